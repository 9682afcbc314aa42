/** Of the 16-bit digits of a double, lowest first (little-endian), those that sort all but nearly equal ones. */
const HIGHEST = [2, 3] as const;
const DIGITS = 4;
const RADIX = 65_536;
/** Longer runs of nearly equal numbers are sorted by comparisons. */
const FEW = 32;

/**
 * A radix sort by the upper half of the doubles' bits, which leaves short runs to put in order. The
 * order of the bits is that of the numbers, but for the sign, which puts negative numbers last and
 * the wrong way round.
 */
export function ascendingByDigits(values: Float64Array): Float64Array {
  let from = values;
  let to: Float64Array = new Float64Array(values.length);
  for (const digit of HIGHEST) {
    const places = startsOf(digitCounts(from, digit), from.length);
    if (places === undefined) continue;
    scatter(from, to, digit, places);
    [from, to] = [to, from];
  }
  const sorted = negativesFirst(from, to);
  settle(sorted);
  return sorted;
}

/** Sorts each run of numbers that share the upper half of their bits. */
function settle(values: Float64Array): void {
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let start = 0; start < values.length; ) {
    const half = halves[2 * start + 1];
    let end = start + 1;
    while (end < values.length && halves[2 * end + 1] === half) end++;
    if (end - start > FEW) sortRun(values.subarray(start, end));
    else if (end - start > 1) insert(values, start, end);
    start = end;
  }
}

/** Long runs are mostly ties. */
function sortRun(run: Float64Array): void {
  for (let i = 1; i < run.length; i++) {
    if (Object.is(run[i], run[i - 1])) continue;
    run.sort();
    return;
  }
}

function insert(values: Float64Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const value = values[i] as number;
    let at = i;
    while (at > start && (values[at - 1] as number) > value) {
      values[at] = values[at - 1] as number;
      at--;
    }
    values[at] = value;
  }
}

const digitsOf = (values: Float64Array): Uint16Array =>
  new Uint16Array(values.buffer, values.byteOffset, values.length * DIGITS);

function digitCounts(values: Float64Array, digit: number): Uint32Array {
  const counts = new Uint32Array(RADIX);
  const digits = digitsOf(values);
  for (let i = digit; i < digits.length; i += DIGITS) {
    const at = digits[i] as number;
    counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

/** Where the values of each digit begin; undefined when all have the same. */
function startsOf(counts: Uint32Array, length: number): Uint32Array | undefined {
  let start = 0;
  for (let digit = 0; digit < RADIX; digit++) {
    const count = counts[digit] as number;
    if (count === length) return undefined;
    counts[digit] = start;
    start += count;
  }
  return counts;
}

function scatter(from: Float64Array, to: Float64Array, digit: number, places: Uint32Array): void {
  const digits = digitsOf(from);
  for (let i = 0; i < from.length; i++) {
    const of = digits[i * DIGITS + digit] as number;
    const place = places[of] as number;
    places[of] = place + 1;
    to[place] = from[i] as number;
  }
}

function negativesFirst(sorted: Float64Array, to: Float64Array): Float64Array {
  let negative = 0;
  while (negative < sorted.length && isNegative(sorted[sorted.length - 1 - negative] as number)) {
    negative++;
  }
  if (negative === 0) return sorted;
  to.set(sorted.subarray(0, sorted.length - negative), negative);
  for (let i = 0; i < negative; i++) to[i] = sorted[sorted.length - 1 - i] as number;
  return to;
}

const isNegative = (value: number): boolean => value < 0 || Object.is(value, -0);
