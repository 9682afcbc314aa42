import type { Feed } from '#domain/gates/feed.ts';

/** What the parent asks its child to measure, once. */
export interface PeakMemoryQuestion {
  readonly modelPath: string;
  readonly feeds: readonly Feed[];
  readonly wanted: readonly string[];
}

/** What the child answers. */
export type PeakMemoryAnswer =
  | { readonly ok: true; readonly peakMiB: number }
  | { readonly ok: false; readonly reason: string };
