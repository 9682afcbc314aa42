import type { Table } from '#domain/gates/table.ts';
import type { Check, Json } from '#domain/gates/verdict.ts';
import type { Task } from './output-roles.ts';
import type { PerformancePolicy } from './policy.ts';
import { type GapInterval, type Proportion, proportionGap, share } from './proportion-gap.ts';
import type { Quality } from './quality.ts';
import { type Answers, sliceQuality } from './slice-quality.ts';
import { type Slice, sliceBy } from './slices.ts';

export interface Sliced {
  readonly table: Table;
  readonly task: Task;
  readonly answers: Answers;
  /** Names of the columns to slice by, each once. */
  readonly columns: readonly string[];
  readonly policy: Pick<PerformancePolicy, 'sliceRowsMin' | 'sliceAccuracyGapMax'>;
}

export interface Findings {
  readonly checks: readonly Check[];
  readonly evidence: Json;
}

interface Cut {
  readonly column: string;
  /** Of enough rows, the worst first. */
  readonly judged: readonly { readonly slice: Slice; readonly quality: Quality }[];
  /** Slices of too few rows. */
  readonly small: number;
}

const ID = 'performance.slices';
/** Slices of one column whose metrics the evidence keeps. */
const KEPT = 100;
const ROUNDING = 1e-12;

/**
 * Judges the accuracy of every slice against that of the other rows. A slice fails when it lies
 * below them by more than the policy's gap and chance does not explain it: the interval of the
 * gap, over all slices judged together, excludes equality. A regression's errors are reported.
 */
export function judgeSlices(sliced: Sliced): Findings {
  const checks: Check[] = [];
  const cuts: Cut[] = [];
  for (const column of sliced.columns) {
    const cut = cutBy(column, sliced);
    if ('id' in cut) checks.push(cut);
    else cuts.push(cut);
  }
  const comparisons = cuts.reduce((sum, { judged }) => sum + judged.length, 0);
  checks.push(...cuts.map((cut) => judgeCut(cut, comparisons, sliced)));
  return {
    checks: checks.length > 0 ? checks : [NONE],
    evidence: Object.fromEntries(cuts.map((cut) => [cut.column, metricsOf(cut)])),
  };
}

const NONE: Check = {
  id: ID,
  verdict: 'pass',
  message: 'not applicable: the evaluation names no slices',
};

/** The measured slices of a column, or the check that says why there are none. */
function cutBy(column: string, { table, task, answers, policy }: Sliced): Cut | Check {
  const cut = sliceBy(column, table);
  if (!cut.ok) return { id: ID, where: column, verdict: cut.verdict, message: cut.reason };
  const judged = cut.value
    .filter(({ rows }) => rows.length >= policy.sliceRowsMin)
    .flatMap((slice) => {
      const quality = sliceQuality(task, answers, slice);
      return quality.ok ? [{ slice, quality: quality.value }] : [];
    })
    .sort((a, b) => badness(b.quality) - badness(a.quality));
  if (judged.length === 0) {
    const message = `no value of ${column} has ${policy.sliceRowsMin} rows; add rows to the evaluation set or slice by another column`;
    return { id: ID, where: column, verdict: 'inconclusive', message };
  }
  return { column, judged, small: cut.value.length - judged.length };
}

function judgeCut(
  { column, judged, small }: Cut,
  comparisons: number,
  { table, answers, policy }: Sliced,
): Check {
  const { sliceRowsMin: rowsMin, sliceAccuracyGapMax: threshold } = policy;
  const left = small > 0 ? `; ${small} with fewer than ${rowsMin} rows not judged` : '';
  const check = { id: ID, where: column };
  const [worst] = judged;
  if (worst?.quality.task === 'regression') {
    const observed = worst.quality.rmse;
    const message = `RMSE up to ${short(observed)} (${worst.slice.name}) over ${judged.length} slices, reported for the approvers and not judged${left}`;
    return { ...check, verdict: 'pass', observed, message };
  }
  const right = rightRows(answers);
  const whole = tally(right, table.rows.keys());
  const gaps = judged.map(({ slice }) =>
    gapOf(slice, tally(right, slice.rows), whole, comparisons),
  );
  const beyond = gaps.filter(({ gap }) => gap > threshold + ROUNDING);
  const real = beyond.filter(({ lower }) => lower > 0);
  const [decisive] = real.length > 0 ? real : [...gaps].sort((a, b) => b.gap - a.gap);
  if (!decisive) return { ...check, verdict: 'inconclusive', message: 'no slice was judged' };
  const observed = {
    slice: decisive.name,
    gap: decisive.gap,
    low: decisive.lower,
    high: decisive.upper,
  };
  const said = `accuracy ${short(decisive.accuracy)} where ${column} is ${decisive.name} (${decisive.rows} rows) lies ${short(decisive.gap)} below the other rows'`;
  if (real.length > 0) {
    const message = `${said}, more than ${threshold}, and is no chance (at least ${short(decisive.lower)})${left}; add training data of that kind or restrict what the model is used for`;
    return { ...check, verdict: 'fail', observed, threshold, message };
  }
  const chance = beyond.length > 0 ? 'warning: ' : '';
  const why =
    beyond.length > 0
      ? `, more than ${threshold}, which chance may explain`
      : `, of ${threshold} allowed`;
  return {
    ...check,
    verdict: 'pass',
    observed,
    threshold,
    message: `${chance}${said}${why}${left}`,
  };
}

interface SliceGap extends GapInterval {
  readonly name: string;
  readonly rows: number;
  readonly accuracy: number;
}

/** The gap to the rows outside of the slice; a slice of all rows has none. */
function gapOf(
  { name }: Slice,
  mine: Proportion,
  whole: Proportion,
  comparisons: number,
): SliceGap {
  const rest = { hits: whole.hits - mine.hits, of: whole.of - mine.of };
  const interval = rest.of === 0 ? NO_GAP : proportionGap(rest, mine, comparisons);
  return { name, rows: mine.of, accuracy: share(mine), ...interval };
}

const NO_GAP: GapInterval = { gap: 0, lower: 0, upper: 0 };

function rightRows({ truth, predictions }: Answers): (row: number) => boolean {
  if (truth.kind !== 'classes' || predictions.kind !== 'classes') return () => false;
  return (row) => truth.indexes[row] === predictions.predicted[row];
}

function tally(right: (row: number) => boolean, rows: Iterable<number>): Proportion {
  let [hits, of] = [0, 0];
  for (const row of rows) {
    of++;
    if (right(row)) hits++;
  }
  return { hits, of };
}

const badness = (quality: Quality): number =>
  quality.task === 'regression' ? quality.rmse : -quality.accuracy;

const metricsOf = ({ judged, small }: Cut): Json => ({
  notJudged: small,
  slices: judged.slice(0, KEPT).map(({ slice, quality }) => ({
    ...(quality as unknown as Record<string, Json>),
    slice: slice.name,
  })),
});

const short = (value: number): string => String(Number(value.toPrecision(4)));
