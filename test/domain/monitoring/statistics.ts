import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mulberry32 } from '#domain/gates/random.ts';

/** What scipy says; `fixtures/make_statistics.py` made it. */
export const truth = JSON.parse(
  readFileSync(fileURLToPath(new URL('fixtures/statistics.json', import.meta.url)), 'utf8'),
) as Truth;

interface Drawn {
  readonly seed: number;
  readonly n: number;
  readonly shift: number;
  readonly scale: number;
  readonly grid: number;
}

interface Compared<T> {
  readonly name: string;
  readonly a: T;
  readonly b: T;
  readonly d: number;
  readonly p: number;
  readonly wasserstein: number;
}

interface Truth {
  readonly samples: readonly Compared<readonly (number | null)[]>[];
  readonly generated: readonly Compared<Drawn>[];
  readonly kolmogorov: readonly { readonly n: number; readonly d: number; readonly p: number }[];
  readonly tables: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly psi: number;
    readonly js: number;
    readonly chiSquare: { readonly statistic: number; readonly dof: number; readonly p: number };
  }[];
  readonly tails: readonly { readonly a: number; readonly x: number; readonly q: number }[];
  readonly quantiles: readonly {
    readonly dof: number;
    readonly tail: number;
    readonly x: number;
  }[];
  readonly proportions: readonly {
    readonly before: { readonly hits: number; readonly of: number };
    readonly now: { readonly hits: number; readonly of: number };
    readonly difference: number;
    readonly z: number;
    readonly p: number;
  }[];
}

/** The sample that `drawn` of make_statistics.py draws. */
export function drawn({ seed, n, shift, scale, grid }: Drawn): Float64Array {
  const random = mulberry32(seed);
  return Float64Array.from({ length: n }, () => {
    const value = (random() + random() + random() - 1.5) * scale + shift;
    return grid > 0 ? Math.floor(value * grid) / grid : value;
  });
}

export const withMissing = (values: readonly (number | null)[]): number[] =>
  values.map((value) => value ?? Number.NaN);

/** How far apart two numbers are: absolutely below 1, relatively above. */
export const apart = (found: number, expected: number): number =>
  Object.is(found, expected) ? 0 : Math.abs(found - expected) / Math.max(1, Math.abs(expected));

/** How far apart two small probabilities are, in parts of the expected one. */
export const apartRelatively = (found: number, expected: number): number =>
  found === expected ? 0 : Math.abs(found - expected) / Math.abs(expected);
