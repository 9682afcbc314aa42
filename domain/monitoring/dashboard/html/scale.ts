import { extentOf } from './extent.ts';

/** Numbers beside an axis, evenly apart; the axis reaches from the first to the last. */
export interface Scale {
  readonly ticks: readonly number[];
}

/** Steps between ticks: 1, 2 or 5, and a power of ten. */
const STEPS = [1, 2, 5, 10];
const INTERVALS = 4;

/** Round numbers around all values, and to the bounds that are given. */
export function scaleOf(
  values: readonly number[],
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
): Scale {
  const within = extentOf(values);
  const least = Math.min(within.least, min ?? Number.POSITIVE_INFINITY);
  const greatest = Math.max(within.greatest, max ?? Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(least) || !Number.isFinite(greatest)) return { ticks: [0, 1] };
  const size = Math.max(Math.abs(least), Math.abs(greatest));
  // Less than a billionth of its size is a double's rounding.
  const span = greatest - least > 1e-9 * size ? greatest - least : size || 1;
  const step = roundStep(Math.max(span, Number.EPSILON) / INTERVALS);
  const first = Math.floor(least / step);
  const last = Math.max(Math.ceil(greatest / step), first + 1);
  return { ticks: Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step) };
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * (STEPS.find((step) => step * power >= least * 0.999_999) ?? 10);
}

/** Where a value lies between the ends of the scale, from 0 to 1. */
export function shareOf(value: number, { ticks }: Scale): number {
  const [first = 0, last = 1] = [ticks[0], ticks.at(-1)];
  return (value - first) / (last - first);
}

/** `2.9e−6`, `0.000213`, `2.04`, `1,500`: three digits that matter, and all before the point. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 1e-4) return value.toExponential(1).replaceAll('-', '−');
  return tickText(size >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

/** `0.005`, `2`, `1,500`: what steps add up to, without their rounding errors. */
export const tickText = (tick: number): string =>
  String(Number(tick.toPrecision(10)))
    .replace(/^-/, '−')
    .replace(/^(−?\d+)(?=\.|$)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
