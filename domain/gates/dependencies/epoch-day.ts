/** Days from 1970-01-01 to a date of the Gregorian calendar; undefined when there is no such day. */
export function epochDay(date: string): number | undefined {
  const [, year = 0, month = 0, day = 0] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date)?.map(Number) ?? [];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (year < 1970 || day < 1 || day > (lengths[month - 1] ?? 0)) return undefined;
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const inYear = lengths.slice(0, month - 1).reduce((sum, length) => sum + length, 0);
  return (year - 1970) * 365 + leapDays - LEAP_DAYS_TO_1969 + inYear + day - 1;
}

/** 1969 ÷ 4 - 1969 ÷ 100 + 1969 ÷ 400, each rounded down: 492 - 19 + 4. */
const LEAP_DAYS_TO_1969 = 477;
