import type { PredictionProfile } from '#domain/gates/performance/reference-profile.ts';
import { type GroupTruth, NO_TRUTH, PROBABILITY_BINS, type TruthSums } from './truth-sums.ts';
import { addTallies, MILLION, type Tally } from './truth-tally.ts';
import { ATTRIBUTES, GROUPS, OTHER } from './vocabulary.ts';

/** Of one hour, or a part of it. */
export interface GroupTally {
  readonly attribute: string;
  readonly group: string;
  readonly tally: Tally;
}

/** Class 1 of two classes: what is favourable, and what scores are the probability of. */
export const classOneOf = (predictions: PredictionProfile | undefined): string | undefined =>
  predictions?.kind === 'classes' && predictions.classes.length === 2
    ? predictions.classes[1]?.label
    : undefined;

/**
 * What tallies of one hour come to. Of more than the kept groups the largest stay, and the others
 * are one.
 *
 * @param predictions of the version's profile, which says what a probability is of and which class is
 *   favourable: without it bins stay empty, and without a class 1 groups have no favourable answers
 */
export function sumsOfTallies(
  rows: Tally,
  groups: readonly GroupTally[],
  predictions: PredictionProfile | undefined,
): TruthSums {
  const classOne = classOneOf(predictions);
  return {
    ...scoresOf(rows),
    squares: numberAt(rows, 'squares') / MILLION ** 2,
    labels: Object.fromEntries(
      Object.entries(rows).flatMap(([name, count]) =>
        name.startsWith('truth:') ? [[name.slice('truth:'.length), Number(count)]] : [],
      ),
    ),
    scored: predictions ? scoredIn(rows, classOne) : NO_TRUTH.scored,
    groups: kept(groups).map((group) => groupOf(group, classOne)),
  };
}

function scoredIn(rows: Tally, classOne: string | undefined): TruthSums['scored'] {
  const bins = (what: string): number[] =>
    Array.from({ length: PROBABILITY_BINS }, (_, bin) => numberAt(rows, `bin:${bin}:${what}`));
  return {
    counts: bins('rows'),
    sums: bins('sum').map((sum) => sum / MILLION),
    hits: bins(classOne === undefined ? 'right' : `truth:${classOne}`),
  };
}

const numberAt = (tally: Tally, name: string): number => Number(tally[name] ?? 0n);

const scoresOf = (tally: Tally) => ({
  rows: numberAt(tally, 'rows'),
  score: numberAt(tally, 'scores') / MILLION,
});

function groupOf(
  { attribute, group, tally }: GroupTally,
  classOne: string | undefined,
): GroupTruth {
  const of = (what: string): number =>
    classOne === undefined ? 0 : numberAt(tally, `${what}:${classOne}`);
  const [selected, truePositives] = [of('answered'), of('right')];
  return {
    ...{ attribute, group, ...scoresOf(tally), selected, positives: of('truth') },
    ...{ truePositives, falsePositives: selected - truePositives },
  };
}

/** Each group once, the attributes and groups with the most rows apart from the others. */
function kept(groups: readonly GroupTally[]): readonly GroupTally[] {
  const attributes = new Map<string, Map<string, Tally>>();
  for (const { attribute, group, tally } of groups) {
    const of = attributes.get(attribute) ?? new Map<string, Tally>();
    attributes.set(attribute, of.set(group, addTallies(of.get(group) ?? {}, tally)));
  }
  return [...attributes]
    .map(([attribute, of]) => ({ attribute, ...split(of) }))
    .sort((a, b) => b.rows - a.rows || (a.attribute < b.attribute ? -1 : 1))
    .slice(0, ATTRIBUTES)
    .flatMap(({ attribute, largest, others }) => [
      ...largest.map(([group, tally]) => ({ attribute, group, tally })),
      ...(others.length > 0 ? [{ attribute, group: OTHER, tally: others.reduce(addTallies) }] : []),
    ]);
}

function split(of: ReadonlyMap<string, Tally>) {
  const ranked = [...of]
    .filter(([group]) => group !== OTHER)
    .sort(([a, x], [b, y]) => numberAt(y, 'rows') - numberAt(x, 'rows') || (a < b ? -1 : 1));
  const rest = of.get(OTHER);
  return {
    rows: [...of.values()].reduce((sum, tally) => sum + numberAt(tally, 'rows'), 0),
    largest: ranked.slice(0, GROUPS),
    others: [...ranked.slice(GROUPS).map(([, tally]) => tally), ...(rest ? [rest] : [])],
  };
}
