const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What CloudWatch shows without a start. */
const USUAL_MS = 3 * HOUR_MS;
/** CloudWatch keeps numbers for 455 days. */
const MOST_MS = 455 * DAY_MS;

/** A month is 30 days. */
const START = /^-P(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/;
const UNITS_MS = [30 * DAY_MS, 7 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS];

/** Of `-P2D` or `-PT30M`; the usual, where it is a fixed time or none. */
export function spanMsOf(start: string): number {
  const [, ...counts] = START.exec(start) ?? [];
  const ms = UNITS_MS.reduce((sum, unit, i) => sum + unit * Number(counts[i] ?? 0), 0);
  return ms > 0 ? Math.min(ms, MOST_MS) : USUAL_MS;
}
