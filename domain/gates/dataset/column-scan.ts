import { cellReader, type ReadCell, WRONG } from './cell.ts';
import type { Column } from './contract.ts';
import { DistinctValues } from './distinct-values.ts';
import { Hash64 } from './hash.ts';

/** Cells or rows that break a rule, and the first of them; rows count from 1, without the header. */
export interface Offences {
  readonly count: number;
  readonly rows: readonly number[];
}

/** What one column holds. Moments are epoch seconds. */
export interface ColumnProfile extends Pick<Column, 'name' | 'type' | 'nullable'> {
  readonly rows: number;
  readonly missing: Offences;
  readonly wrongType: Offences;
  /** Beyond the declared interval, or none of the declared values. */
  readonly outOfDomain: Offences;
  readonly min?: number;
  readonly max?: number;
  /** Different values, missing ones and those of a wrong type aside; an estimate when not exact. */
  readonly distinct: { readonly count: number; readonly exact: boolean };
  /** The most frequent values of a category; none where there are too many to count. */
  readonly top?: readonly { readonly value: string; readonly rows: number }[];
}

const SHOWN_VALUES = 20;
const SHOWN_ROWS = 5;

/** Reads one column cell by cell. */
export class ColumnScan {
  readonly column: Column;
  readonly values: DistinctValues;
  readonly #isText: boolean;
  readonly #missingTexts: ReadonlySet<string>;
  readonly #hash: Hash64;
  readonly #read: ReadCell;
  readonly #min: number;
  readonly #max: number;
  /** The declared values with their texts; empty where any may be. */
  readonly #allowed: ReadonlyMap<number, string>;
  readonly #missing = new OffenceList();
  readonly #wrongType = new OffenceList();
  readonly #outOfDomain = new OffenceList();
  #rows = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;

  constructor(
    column: Column,
    options: { missingTexts: ReadonlySet<string>; distinct: number; seed: number },
  ) {
    const { domain = {}, type } = column;
    this.column = column;
    this.values = new DistinctValues(options.distinct);
    this.#isText = type === 'category' || type === 'text';
    this.#missingTexts = options.missingTexts;
    this.#hash = new Hash64(options.seed);
    this.#read = cellReader(type, this.#hash);
    const interval = 'values' in domain ? {} : domain;
    this.#min = interval.min ?? Number.NEGATIVE_INFINITY;
    this.#max = interval.max ?? Number.POSITIVE_INFINITY;
    const values = 'values' in domain ? domain.values.map(String) : [];
    this.#allowed = new Map(values.map((text) => [this.#read(text), text]));
  }

  /** The cell as a number, NaN where it is none; adds it to the hash of its row. */
  read(cell: string, row: number, rowHash: Hash64 | undefined): number {
    this.#rows++;
    const text = cell.trim();
    const value = text === '' || this.#missingTexts.has(text) ? Number.NaN : this.#read(text);
    if (Number.isNaN(value)) {
      this.#missing.add(row);
      rowHash?.word(MISSING);
      return Number.NaN;
    }
    if (value === WRONG) {
      this.#wrongType.add(row);
      rowHash?.text(text);
      return Number.NaN;
    }
    if (rowHash) this.#addTo(rowHash, value, text);
    if (
      value < this.#min ||
      value > this.#max ||
      (this.#allowed.size > 0 && !this.#allowed.has(value))
    ) {
      this.#outOfDomain.add(row);
    }
    if (value < this.#least) this.#least = value;
    if (value > this.#greatest) this.#greatest = value;
    this.values.add(value, this.#isText ? text : '');
    return value;
  }

  /** Whole numbers that a double cannot hold are told apart by their digits. */
  #addTo(rowHash: Hash64, value: number, text: string): void {
    if (this.#isText) {
      rowHash.word(this.#hash.high);
      rowHash.word(this.#hash.low);
    } else if (this.column.type === 'integer' && !Number.isSafeInteger(value)) {
      rowHash.text(text);
    } else {
      rowHash.number(value);
    }
  }

  /** Rows by value, the most frequent first, then the declared values that never occur. */
  ranked(): { readonly value: string; readonly rows: number }[] {
    const found = this.values.ranked().map(({ value, text, rows }) => ({
      value: this.#isText
        ? text
        : this.column.type === 'boolean'
          ? String(value === 1)
          : String(value),
      rows,
    }));
    const absent = [...this.#allowed].filter(([value]) => !this.values.has(value));
    return [...found, ...absent.map(([, value]) => ({ value, rows: 0 }))];
  }

  profile(): ColumnProfile {
    const { name, type, nullable } = this.column;
    const { range, count } = this.values;
    const ordered = !this.#isText && this.#least <= this.#greatest;
    return {
      name,
      type,
      nullable,
      rows: this.#rows,
      missing: this.#missing.offences,
      wrongType: this.#wrongType.offences,
      outOfDomain: this.#outOfDomain.offences,
      ...(ordered ? { min: this.#least, max: this.#greatest } : {}),
      distinct: { count, exact: range.exact },
      ...(type === 'category' && range.exact ? { top: this.ranked().slice(0, SHOWN_VALUES) } : {}),
    };
  }
}

/** A word in the hash of a row where it has no value. */
const MISSING = 0x6d697373;

/** Counts offences and keeps the first rows. */
export class OffenceList {
  #count = 0;
  readonly #rows: number[] = [];

  add(row: number): void {
    this.#count++;
    if (this.#rows.length < SHOWN_ROWS) this.#rows.push(row);
  }

  get offences(): Offences {
    return { count: this.#count, rows: this.#rows };
  }
}
