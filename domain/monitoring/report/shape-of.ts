import {
  type FeatureBins,
  type FeatureCounts,
  knownCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { totalOf } from '#domain/monitoring/statistics/chi-square.ts';
import { grouped, grouping } from '#domain/monitoring/statistics/regroup.ts';
import type { ComparedReport } from './drift-report.ts';

type Shape = NonNullable<ComparedReport['shape']>;

/** Groups that are drawn. */
const GROUPS = 20;
/** Categories by name: beside them those without one, and new ones. */
const NAMED = GROUPS - 2;

/** The shares of both sides in at most 20 groups; nothing where a side has no values. */
export function shapeOf(
  bins: FeatureBins,
  reference: FeatureCounts,
  current: FeatureCounts,
): Shape | undefined {
  const [p, q] = [knownCounts(reference), knownCounts(current)];
  if (!(totalOf(p) > 0 && totalOf(q) > 0)) return undefined;
  switch (bins.kind) {
    case 'numeric':
      return ofNumbers(bins.edges, p, q, grouping(bins, p, GROUPS, totalOf(q)));
    case 'categorical':
      return ofCategories([...bins.places.keys()], p, q);
    case 'empty':
      return undefined;
  }
}

function ofNumbers(
  edges: readonly number[],
  p: Float64Array,
  q: Float64Array,
  of: Uint16Array,
): Shape {
  const groups = (of.at(-1) ?? 0) + 1;
  const upTo = Array.from({ length: groups }, (_, group) => edges[of.lastIndexOf(group)]);
  const labels = upTo.map((edge, group) => {
    const from = upTo[group - 1];
    if (edge === undefined) return from === undefined ? 'all' : `> ${short(from)}`;
    return from === undefined ? `≤ ${short(edge)}` : `${short(from)} to ${short(edge)}`;
  });
  return { labels, reference: shares(grouped(p, of)), current: shares(grouped(q, of)) };
}

/** Those with the greatest share on either side, in the reference's order. */
function ofCategories(names: readonly string[], p: Float64Array, q: Float64Array): Shape {
  const [m, n] = [totalOf(p), totalOf(q)];
  const greatest = names
    .map((_, place) => ({ place, share: Math.max((p[place] ?? 0) / m, (q[place] ?? 0) / n) }))
    .sort((a, b) => b.share - a.share)
    .slice(0, NAMED)
    .map(({ place }) => place)
    .sort((a, b) => a - b);
  const counted = (counts: Float64Array): number[] => {
    const named = greatest.map((place) => counts[place] ?? 0);
    const fresh = counts.at(-1) ?? 0;
    return [...named, totalOf(counts) - totalOf(named) - fresh, fresh];
  };
  const labels = [...greatest.map((place) => names[place] ?? ''), '__OTHER__', '__NEW__'];
  const [reference, current] = [counted(p), counted(q)];
  const isUsed = (_: unknown, group: number): boolean =>
    (reference[group] ?? 0) + (current[group] ?? 0) > 0;
  return {
    labels: labels.filter(isUsed),
    reference: shares(reference.filter(isUsed)),
    current: shares(current.filter(isUsed)),
  };
}

/** To four digits: they are drawn, and there are many. */
function shares(counts: ArrayLike<number>): number[] {
  const total = totalOf(counts);
  return Array.from(counts, (count) => Number((count / total).toPrecision(4)));
}

const short = (edge: number): string => String(Number(edge.toPrecision(4)));
