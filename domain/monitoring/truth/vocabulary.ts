/** How much is told apart of what clients name; the rest is `OTHER`, or of no attribute. */
export const LABELS = 64;
export const ATTRIBUTES = 5;
/** Of one attribute. */
export const GROUPS = 20;

/** What stands for all names beyond those that are kept. */
export const OTHER = '__OTHER__';

type Names = ReadonlyMap<string, ReadonlySet<string>>;

/** Names by what they are names of, each with a place for so many: who comes later finds none. */
export class Vocabulary {
  readonly #known: Names;
  readonly #learned = new Map<string, Set<string>>();

  constructor(known: Names = new Map()) {
    this.#known = known;
  }

  /** What was not known before. */
  get learned(): Names {
    return this.#learned;
  }

  /** Whether the name has a place among those of `what`, or was given one of `most` now. */
  has(what: string, name: string, most: number): boolean {
    const known = this.#known.get(what) ?? NOBODY;
    const learned = this.#learned.get(what) ?? new Set<string>();
    if (known.has(name) || learned.has(name)) return true;
    if (known.size + learned.size >= most) return false;
    this.#learned.set(what, learned.add(name));
    return true;
  }
}

const NOBODY: ReadonlySet<string> = new Set();
