import { plainName } from '#domain/gates/scan/member-name.ts';

const PICKLE = 'data.pkl';

/** PyTorch's archive: `<root>/data.pkl` describes tensors whose bytes are `<root>/data/<key>`. */
export class TorchLayout {
  /** An entry of TorchScript, which is a program. */
  readonly script: string | undefined;
  /** With their final slash; several when the archive was tampered with. */
  readonly #roots: ReadonlySet<string>;

  private constructor(roots: ReadonlySet<string>, names: readonly string[]) {
    this.#roots = roots;
    this.script = names.find((name) => this.#isScript(plainName(name)));
  }

  /** What an archive's names make it, or undefined for one of no special kind. */
  static of(names: readonly string[]): TorchLayout | undefined {
    const roots = new Set(names.flatMap((name) => rootOf(name) ?? []));
    return roots.size === 0 ? undefined : new TorchLayout(roots, names);
  }

  /** Path of the storage that an entry would be, as `storagePath` writes it. */
  storage(name: string): string | undefined {
    const path = plainName(name);
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const isData = folder === 'data/' || folder.endsWith('/data/');
    return isData && this.#roots.has(folder.slice(0, -'data/'.length)) ? path : undefined;
  }

  #isScript(path: string): boolean {
    const parts = path.split('/');
    return parts.some(
      (part, index) =>
        part === 'code' &&
        index < parts.length - 1 &&
        this.#roots.has(index === 0 ? '' : `${parts.slice(0, index).join('/')}/`),
    );
  }
}

/** The root whose pickle an entry is. */
export function rootOf(name: string): string | undefined {
  const path = plainName(name);
  const isPickle = path === PICKLE || path.endsWith(`/${PICKLE}`);
  return isPickle ? path.slice(0, -PICKLE.length) : undefined;
}

export const storagePath = (root: string, key: string): string => `${root}data/${key}`;
