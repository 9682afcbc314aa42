import { cellReader, WRONG } from './cell.ts';
import type { Column, ColumnType } from './contract.ts';
import { Hash64 } from './hash.ts';

/** Texts that exports write for nothing; they count so only where a column is of another type. */
const NOTHING = new Set(['NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '?']);
/** More different texts are no categories. */
const MAX_CATEGORIES = 50;
/** Rows a category, on average, below which texts are not categories. */
const ROWS_A_CATEGORY = 2;

/** Narrowest first; a boolean is one by its words, and 0 and 1 are whole numbers. */
const TYPES = ['integer', 'number', 'boolean', 'timestamp'] as const;

/** Finds the type that every cell of a column is of. */
export class ColumnSketch {
  readonly name: string;
  rows = 0;
  missing = 0;
  /** Texts for nothing that were found. */
  readonly nothing = new Map<string, number>();
  #types: readonly (readonly [ColumnType, (text: string) => number])[];
  /** Up to one more than there may be categories. */
  readonly #values = new Set<string>();

  constructor(name: string) {
    this.name = name;
    this.#types = TYPES.map((type) => [type, cellReader(type, new Hash64(0))]);
  }

  add(cell: string): void {
    this.rows++;
    const text = cell.trim();
    if (text === '') {
      this.missing++;
    } else if (NOTHING.has(text)) {
      this.nothing.set(text, (this.nothing.get(text) ?? 0) + 1);
    } else {
      if (this.#values.size <= MAX_CATEGORIES) this.#values.add(text);
      if (this.#types.length > 0) {
        this.#types = this.#types.filter(([, read]) => read(text) !== WRONG);
      }
    }
  }

  /** Different values, or undefined for more than there may be categories. */
  get distinct(): number | undefined {
    return this.#values.size > MAX_CATEGORIES ? undefined : this.#values.size;
  }

  /** The type of all cells but those for nothing; undefined for texts. */
  get #type(): ColumnType | undefined {
    return this.#values.size === 0 ? undefined : this.#types[0]?.[0];
  }

  /** Whether texts for nothing stand among values of a type that they are not of. */
  get hasNothing(): boolean {
    return this.#type !== undefined && this.nothing.size > 0;
  }

  /** @param missingValues the texts that stand for nothing in the whole file. */
  column(missingValues: ReadonlySet<string>): Column {
    const said = [...this.nothing].filter(([text]) => !missingValues.has(text));
    const absent = this.missing + this.#absent(missingValues);
    const { name } = this;
    const nullable = absent > 0 || this.rows === 0;
    const type = said.length === 0 ? this.#type : undefined;
    if (type) return { name, type, nullable };
    const values = [...this.#values, ...said.map(([text]) => text)].sort();
    const few = values.length > 0 && values.length <= MAX_CATEGORIES;
    return few && this.rows - absent >= ROWS_A_CATEGORY * values.length
      ? { name, type: 'category', nullable, domain: { values } }
      : { name, type: 'text', nullable };
  }

  #absent(missingValues: ReadonlySet<string>): number {
    return [...this.nothing].reduce(
      (sum, [text, rows]) => sum + (missingValues.has(text) ? rows : 0),
      0,
    );
  }
}
