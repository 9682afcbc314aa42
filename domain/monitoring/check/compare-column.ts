import type { Seen } from '#domain/monitoring/capture/seen.ts';
import type { FeatureOverdispersion } from '#domain/monitoring/statistics/overdispersion.ts';
import type { Compared } from './judge-feature.ts';
import type { ReferenceColumn } from './reference.ts';

/** A column of a window beside the reference; undefined where the window has no counts of it. */
export type Compare = (column: ReferenceColumn, window: Seen) => Compared | undefined;

/**
 * @param known how much windows of this length vary, by column
 * @param comparisons that the same check makes
 */
export const columnComparison =
  (
    known: (column: ReferenceColumn) => FeatureOverdispersion | undefined,
    comparisons: number,
  ): Compare =>
  (column, window) => {
    const { bins, counts: reference } = column;
    const current = column.of(window);
    const overdispersion = known(column);
    return current && overdispersion && { bins, reference, current, overdispersion, comparisons };
  };
