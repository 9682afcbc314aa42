import { hourOf } from '#domain/monitoring/capture/seen.ts';

/** Hours of the windows that are compared, the shorter first. */
export const QUARTER_HOURS = 6;
export const DAY_HOURS = 24;
/** Windows of six hours that a day has, and that a week has. */
export const QUARTERS_A_DAY = DAY_HOURS / QUARTER_HOURS;
const QUARTERS_A_WEEK = 7 * QUARTERS_A_DAY;

/** Hours since 1970, `to` not in it. */
export interface HourRange {
  readonly from: number;
  readonly to: number;
}

/** The hours up to a time in ms since 1970: the one that it lies in is the last, unless it begins it. */
export const hoursUpTo = (at: number, hours: number): HourRange => {
  const to = hourOf(at - 1) + 1;
  return { from: to - hours, to };
};

/** The window of six hours that ends at a time, and those of the week before it, the newest first. */
export const quartersUpTo = (at: number): readonly HourRange[] => {
  const { to } = hoursUpTo(at, 0);
  return Array.from({ length: QUARTERS_A_WEEK }, (_, back) => ({
    from: to - (back + 1) * QUARTER_HOURS,
    to: to - back * QUARTER_HOURS,
  }));
};

export const hoursOf = ({ from, to }: HourRange): readonly number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
