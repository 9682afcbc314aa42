import { readFileSync } from 'node:fs';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));

export const bytesOf = (base64: string): Uint8Array =>
  new Uint8Array(Buffer.from(base64, 'base64'));

/** A pickle, and what `pickletools.genops` and the unpickler of CPython find in it. */
export interface Disassembled {
  readonly name: string;
  readonly base64: string;
  readonly ops: readonly (readonly [name: string, position: number, argument: Shown])[];
  readonly loaded: boolean;
  readonly globals: readonly (readonly [module: string, name: string])[];
}

export type Shown =
  | null
  | readonly ['int' | 'float' | 'bytes', string]
  | readonly ['text', string | readonly number[]];

export const disassembled = (): readonly Disassembled[] => read('opcodes');

/** A file made by a real library, or by hand as one would. */
export interface Sample {
  readonly name: string;
  readonly base64: string;
  readonly kind: 'pickle' | 'torch' | 'npy' | 'zlib' | 'gzip';
}

export const benign = (): readonly Sample[] =>
  ['benign', 'benign-current', 'benign-numpy1', 'benign-xgboost'].flatMap(
    (name) => read(name) as Sample[],
  );

/** A file that runs something when loaded; `id` is one of the findings expected. */
export interface Attack extends Sample {
  readonly id: string;
}

export const malicious = (): readonly Attack[] => read('malicious');

/** A damaged pickle, and what the unpicklers of CPython ask for before they give up. */
export interface Mutant {
  readonly base64: string;
  readonly globals: readonly (readonly [module: string, name: string])[];
  readonly inPython: readonly (readonly [module: string, name: string])[];
}

export const mutants = (): readonly Mutant[] => read('mutants');
