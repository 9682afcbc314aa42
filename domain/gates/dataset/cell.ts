import { parseDecimal } from '#domain/gates/feed.ts';
import type { ColumnType } from './contract.ts';
import type { Hash64 } from './hash.ts';
import { epochSeconds } from './timestamp.ts';

/** A cell that is not of its column's type. */
export const WRONG = Number.POSITIVE_INFINITY;

/** A trimmed text, not empty, as a number; NaN where it says NaN, `WRONG` where it is no such value. */
export type ReadCell = (text: string) => number;

/** Numbers as they are, booleans as 0 and 1, moments in epoch seconds, texts by their hash. */
export function cellReader(type: ColumnType, hash: Hash64): ReadCell {
  switch (type) {
    case 'number':
      return number;
    case 'integer':
      return integer;
    case 'boolean':
      return (text) => BOOLEANS.get(text) ?? BOOLEANS.get(text.toLowerCase()) ?? WRONG;
    case 'timestamp':
      return (text) => epochSeconds(text) ?? WRONG;
    case 'category':
    case 'text':
      return (text) => textCode(text, hash);
  }
}

const BOOLEANS = new Map([
  ['true', 1],
  ['1', 1],
  ['false', 0],
  ['0', 0],
]);

/** 1e999 is a decimal number, but none that a double can hold. */
const number: ReadCell = (text) => {
  const quick = Number(text);
  if (Number.isFinite(quick) && !hasRadix(text)) return quick;
  return parseDecimal(text) !== undefined && Number.isNaN(quick) ? Number.NaN : WRONG;
};

/** Whether it is one of the texts that JavaScript, but nobody else, takes for a number: 0x1f. */
const hasRadix = (text: string): boolean =>
  text.charCodeAt(0) === ZERO && text.charCodeAt(1) > NINE && !/^0e/i.test(text);
const ZERO = 48;
const NINE = 57;

const integer: ReadCell = (text) => {
  const value = number(text);
  return Number.isInteger(value) || Number.isNaN(value) ? value : WRONG;
};

/** 53 bits of the text's hash: as many as a double tells apart. */
function textCode(text: string, hash: Hash64): number {
  hash.start();
  hash.text(text);
  hash.finish();
  return (hash.high & 0x1fffff) * 2 ** 32 + hash.low;
}
