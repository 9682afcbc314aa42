import type { Check } from '#domain/gates/verdict.ts';
import { problemsOf, problemText } from '#domain/registry/problem.ts';
import type { FeatureColumn } from './feature-columns.ts';
import type { PerformancePolicy } from './policy.ts';
import { type Distribution, ReferenceProfile } from './reference-profile.ts';
import { countInto, stabilityByChance, stabilityIndex } from './stability.ts';

const ID = 'performance.reference-profile';
/** Chance of calling rows of one distribution different, over all features together. */
const ALPHA = 0.001;

/**
 * Judges a reference distribution that the submitter declares by the rows that judge the version:
 * the same features, and none whose stability index reaches both the policy's limit and what
 * chance explains. Service is compared with the gate's own profile, never with the declared one.
 *
 * @param declared the parsed JSON
 */
export function judgeReference(
  declared: unknown,
  columns: readonly FeatureColumn[],
  { referencePsiMax: threshold }: Pick<PerformancePolicy, 'referencePsiMax'>,
): Check {
  const check = { id: ID, where: 'referenceDistribution', threshold };
  const parsed = ReferenceProfile.safeParse(declared);
  if (!parsed.success) {
    const [problem] = problemsOf(parsed.error, declared, 'correct the file or leave it out');
    const message = `the declared reference distribution is no assay.reference-profile/v1: ${problem ? problemText(problem) : 'unreadable'}`;
    return { ...check, verdict: 'inconclusive', message };
  }
  const known = new Map(parsed.data.features.map((one) => [`${one.input}/${one.name}`, one]));
  const names = columns.map(({ input, name }) => `${input}/${name}`);
  const absent = names.find((name) => !known.has(name));
  const unknown = [...known.keys()].find((name) => !names.includes(name));
  if (absent !== undefined || unknown !== undefined) {
    const message = `the declared reference distribution ${absent === undefined ? `has ${unknown}, which is no feature` : `lacks feature ${absent}`}; make it again from the columns of the manifest`;
    return { ...check, verdict: 'inconclusive', message };
  }
  let worst = { name: '', psi: 0 };
  let drifted = { name: '', psi: 0 };
  for (const column of columns) {
    const name = `${column.input}/${column.name}`;
    const shift = shiftOf(known.get(name)?.distribution, column);
    if (shift === undefined) {
      const message = `feature ${name} is ${column.kind}, and not so in the declared reference distribution; make it again from the columns of the manifest`;
      return { ...check, verdict: 'inconclusive', message };
    }
    const { psi, bins, m, n } = shift;
    const chance = stabilityByChance(bins, m, n, ALPHA / columns.length);
    if (psi > worst.psi) worst = { name, psi };
    if (psi >= Math.max(threshold, chance) && psi > drifted.psi) drifted = { name, psi };
  }
  if (drifted.name !== '') {
    const message = `the judging rows are not of the declared reference distribution: PSI ${short(drifted.psi)} of ${drifted.name}, from ${threshold} on they differ; declare the data that the version was made for`;
    return { ...check, verdict: 'fail', observed: drifted.psi, message };
  }
  const message = `the judging rows are of the declared reference distribution: PSI up to ${short(worst.psi)}${worst.name && ` (${worst.name})`}, below ${threshold} or within chance`;
  return { ...check, verdict: 'pass', observed: worst.psi, message };
}

interface Shift {
  readonly psi: number;
  readonly bins: number;
  readonly m: number;
  readonly n: number;
}

/** Missing values are a bin of their own; undefined where the kinds differ. */
function shiftOf(declared: Distribution | undefined, column: FeatureColumn): Shift | undefined {
  const [expected, actual] = countsOf(declared, column) ?? [];
  if (!expected || !actual) return undefined;
  const total = (counts: readonly number[]) => counts.reduce((sum, one) => sum + one, 0);
  const psi = stabilityIndex(expected, actual);
  return { psi, bins: expected.length, m: total(expected), n: total(actual) };
}

function countsOf(
  declared: Distribution | undefined,
  column: FeatureColumn,
): readonly [expected: number[], actual: number[]] | undefined {
  if (declared?.kind === 'empty') {
    const missing = column.values.length - knownOf(column);
    return [
      [0, declared.missing],
      [knownOf(column), missing],
    ];
  }
  if (declared?.kind === 'numeric' && column.kind === 'numeric') {
    const counts = countInto(declared.edges, column.values);
    const missing = column.values.length - knownOf(column);
    return [
      [...declared.counts, declared.missing],
      [...counts, missing],
    ];
  }
  if (declared?.kind === 'categorical' && column.kind === 'categorical') {
    const at = new Map(declared.categories.map(({ value }, index) => [value, index]));
    const other = at.size;
    const actual = new Array<number>(other + 2).fill(0);
    for (const value of column.values) {
      const bin = value === '' ? other + 1 : (at.get(value) ?? other);
      actual[bin] = (actual[bin] as number) + 1;
    }
    const counts = declared.categories.map(({ count }) => count);
    return [[...counts, declared.other, declared.missing], actual];
  }
  return undefined;
}

const knownOf = ({ values }: FeatureColumn): number => {
  let known = 0;
  for (const value of values) if (value !== '' && !Number.isNaN(value)) known++;
  return known;
};

const short = (value: number): string => String(Number(value.toPrecision(4)));
