const DAY_MS = 86_400_000;
/** Days of 400 years, after which the calendar repeats, and from 1 March of year 0 to 1970. */
const DAYS_PER_ERA = 146_097;
const DAYS_TO_1970 = 719_468;

/**
 * A time in ms since 1970 in ISO 8601, UTC, as `Date.prototype.toISOString` has it (days to civil
 * by Hinnant, https://howardhinnant.github.io/date_algorithms.html#civil_from_days).
 */
export function isoTime(ms: number): string {
  const whole = Math.floor(ms);
  const day = Math.floor(whole / DAY_MS);
  const rest = whole - day * DAY_MS;
  const [hours, minutes] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60];
  const seconds = `${padded(Math.floor(rest / 1000) % 60)}.${padded(rest % 1000, 3)}`;
  return `${dateOf(day)}T${padded(hours)}:${padded(minutes)}:${seconds}Z`;
}

/** A year begins in March there, so that the leap day is its last. */
function dateOf(day: number): string {
  const days = day + DAYS_TO_1970;
  const era = Math.floor(days / DAYS_PER_ERA);
  const ofEra = days - era * DAYS_PER_ERA;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const date = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  const civil = year + era * 400 + (month <= 2 ? 1 : 0);
  return `${padded(civil, 4)}-${padded(month)}-${padded(date)}`;
}

const padded = (value: number, digits = 2): string => String(value).padStart(digits, '0');
