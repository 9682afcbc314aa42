import { sampledScores } from '#domain/gates/performance/choose-pairs.ts';
import { featurePairs } from '#domain/gates/performance/feature-pairs.ts';
import type { ComparedColumn, ComparedPair } from '#domain/monitoring/report/comparison.ts';
import { noCounts } from '#domain/monitoring/statistics/bins.ts';
import { pairBinsOf } from '#domain/monitoring/statistics/pair-bins.ts';

/** A column of the reference, and its values where they are numbers. */
interface ReferenceValues {
  readonly column: ComparedColumn;
  readonly values: Float64Array | undefined;
}

/** The pairs that the performance gate would watch together, were these a model's features. */
export function columnPairs(all: readonly ReferenceValues[]): readonly ComparedPair[] {
  const features = all.map(({ column: { name, reference } }) => ({
    ...{ name, input: '', distribution: reference },
  }));
  const scores = all.map(({ column: { reference }, values }) =>
    values && reference.kind === 'numeric' ? sampledScores(values, reference) : undefined,
  );
  const pairs = featurePairs(features, scores, (at) => {
    const values = all[at]?.values ?? new Float64Array();
    return { name: features[at]?.name ?? '', input: '', kind: 'numeric', values };
  });
  return pairBinsOf({ features, pairs }).map((pair) => {
    const [first, second] = pair.of.map((at) => all[at]?.column);
    if (!first || !second) throw new RangeError(`got a pair of ${pair.of}; expected two columns`);
    const names = [first.name, second.name] as const;
    return { pair: { ...pair, features: names }, first, second, current: noCounts(pair.bins) };
  });
}
