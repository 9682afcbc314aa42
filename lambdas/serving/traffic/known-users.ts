import { LRUCache } from 'lru-cache';

/** Users that one process remembers; at about 300 bytes each they take 15 MB. */
const MAX_USERS = 50_000;

/** A user is exposed once in each such slice of time: one who never rests weighs no more. */
const SLICE_MS = 60_000;

interface Seen {
  /** The slice in which a version first failed the user in this trial, whichever arm it was. */
  failedIn: number | undefined;
  generation: number;
  readonly arms: Map<string, SeenInArm>;
}

interface SeenInArm {
  assigned: boolean;
  timed: boolean;
  slice: number;
}

/** Tells what is new about users, so that each counts once for what only counts once. */
export class KnownUsers {
  readonly #seen: LRUCache<string, Seen>;

  constructor(max = MAX_USERS) {
    this.#seen = new LRUCache({ max });
  }

  /** Once in a generation for each arm: a step's users are all of those whom it serves. */
  assigned(user: string, generation: number, arm: string): boolean {
    const seen = armOf(this.#of(user, generation), arm);
    const first = !seen.assigned;
    seen.assigned = true;
    return first;
  }

  /** Once in a slice of time for each arm, and no more after the slice of the first failure. */
  exposed(user: string, generation: number, arm: string, now: number): boolean {
    const seen = this.#of(user, generation);
    const slice = sliceOf(now);
    if (seen.failedIn !== undefined && seen.failedIn < slice) return false;
    const inArm = armOf(seen, arm);
    const first = inArm.slice !== slice;
    inArm.slice = slice;
    return first;
  }

  /** Once in a generation for each arm. */
  timed(user: string, generation: number, arm: string): boolean {
    const seen = armOf(this.#of(user, generation), arm);
    const first = !seen.timed;
    seen.timed = true;
    return first;
  }

  /**
   * Once in a trial, whichever arm: whoever moves to the candidate must not bring failures along
   * that no longer count in the arm that was left.
   */
  failed(user: string, generation: number, now: number): boolean {
    const seen = this.#of(user, generation);
    if (seen.failedIn !== undefined) return false;
    seen.failedIn = sliceOf(now);
    return true;
  }

  #of(user: string, generation: number): Seen {
    const known = this.#seen.get(user);
    if (known?.generation === generation) return known;
    const seen = { failedIn: known?.failedIn, generation, arms: new Map() };
    this.#seen.set(user, seen);
    return seen;
  }
}

/** Which slice of time it is, the same in every process. */
export const sliceOf = (now: number): number => Math.floor(now / SLICE_MS);

function armOf({ arms }: Seen, arm: string): SeenInArm {
  const known = arms.get(arm);
  if (known) return known;
  const seen = { assigned: false, timed: false, slice: Number.NaN };
  arms.set(arm, seen);
  return seen;
}
