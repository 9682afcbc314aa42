import { cellReader, WRONG } from '#domain/gates/dataset/cell.ts';
import { Hash64 } from '#domain/gates/dataset/hash.ts';
import { numericDistribution, rankedCategories } from '#domain/gates/performance/distribution.ts';
import type { Distribution } from '#domain/gates/performance/reference-profile.ts';

/** Texts that exports write for nothing. */
const NOTHING: ReadonlySet<string> = new Set([
  '',
  'NA',
  'N/A',
  'NaN',
  'nan',
  'null',
  'NULL',
  'None',
  '?',
]);
/** JSON and the reference profile have no infinity: the greatest double stands for it. */
const INFINITE: ReadonlyMap<string, number> = new Map([
  ['inf', Number.MAX_VALUE],
  ['infinity', Number.MAX_VALUE],
  ['+inf', Number.MAX_VALUE],
  ['-inf', -Number.MAX_VALUE],
  ['-infinity', -Number.MAX_VALUE],
]);
/** Columns with more different texts are names or identifiers, which no two samples share. */
const MOST_TEXTS = 10_000;
const CHUNK = 16_384;

const readNumber = cellReader('number', new Hash64(0));

/** A cell as a number: NaN is missing, undefined is a text. */
export function cellNumber(cell: string): number | undefined {
  const text = cell.trim();
  if (NOTHING.has(text)) return Number.NaN;
  const value = readNumber(text);
  return value === WRONG ? INFINITE.get(text.toLowerCase()) : value;
}

/** A cell as a category, the empty one missing; numbers are equal however they are written. */
export function cellCategory(cell: string): string {
  const number = cellNumber(cell);
  if (number === undefined) return cell.trim();
  return Number.isNaN(number) ? '' : String(number);
}

/** The values of a column as they stream by: numbers until a text comes, then categories. */
export class ColumnValues {
  #chunks: Float64Array[] = [];
  #rows = 0;
  #categories: Map<string, number> | undefined;
  #missing = 0;

  add(cell: string): void {
    if (this.#categories === undefined) {
      const number = cellNumber(cell);
      if (number !== undefined) {
        this.#push(number);
        return;
      }
      this.#turnIntoCategories();
    }
    this.#count(cellCategory(cell));
  }

  /**
   * How they are distributed, and the values themselves where they are numbers; they are gone then.
   * Undefined of more different texts than categories have.
   */
  taken():
    | { readonly distribution: Distribution; readonly values: Float64Array | undefined }
    | undefined {
    if (this.#categories === undefined) {
      const values = this.#numbers();
      this.#chunks = [];
      return { distribution: numericDistribution(values), values };
    }
    if (this.#categories.size > MOST_TEXTS) return undefined;
    const distribution = rankedCategories(this.#categories, this.#missing);
    return { distribution, values: undefined };
  }

  #push(value: number): void {
    const at = this.#rows++ % CHUNK;
    if (at === 0) this.#chunks.push(new Float64Array(CHUNK));
    (this.#chunks.at(-1) as Float64Array)[at] = value;
  }

  #numbers(): Float64Array {
    const all = new Float64Array(this.#rows);
    this.#chunks.forEach((chunk, i) => {
      all.set(chunk.subarray(0, this.#rows - i * CHUNK), i * CHUNK);
    });
    return all;
  }

  #turnIntoCategories(): void {
    const numbers = this.#numbers();
    this.#categories = new Map();
    this.#chunks = [];
    for (const number of numbers) this.#count(Number.isNaN(number) ? '' : String(number));
  }

  #count(category: string): void {
    const categories = this.#categories as Map<string, number>;
    if (category === '') this.#missing++;
    else if (categories.size <= MOST_TEXTS || categories.has(category)) {
      categories.set(category, (categories.get(category) ?? 0) + 1);
    }
  }
}
