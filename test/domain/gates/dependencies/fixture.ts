import { readFileSync } from 'node:fs';

const read = (name: string): string =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

/** What packaging, pip and cvss said; see fixtures/make_truth.py. */
export const truth = JSON.parse(read('truth.json')) as {
  /** Equal versions in one list, lists in ascending order. */
  readonly versions: { readonly ordered: string[][]; readonly invalid: string[] };
  readonly environments: Record<string, string>[];
  /** Text, and whether it holds in each environment; null when it is no marker. */
  readonly markers: [text: string, holds: boolean[] | 'undefined' | null][];
  /** File, and what pip would install; null when pip refuses it or would install from a URL. */
  readonly requirements: [text: string, installed: Installed[] | null][];
  readonly scores: [vector: string, score: number][];
};

interface Installed {
  readonly line: number;
  readonly name: string;
  readonly extras: string[];
  readonly specifier: string[];
  readonly marker: boolean;
  readonly hashes: number;
}

/** One project locked by pip-compile, poetry and uv; see fixtures/make_locks.py. */
export const lockFile = (name: 'requirements.txt' | 'poetry.lock' | 'uv.lock'): string =>
  read(`locks/${name}`);
