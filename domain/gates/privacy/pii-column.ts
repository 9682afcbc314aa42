import type { Table } from '#domain/gates/table.ts';
import { announced } from './context.ts';
import { PII_KINDS, type PiiKind } from './kinds.ts';
import { CHECKED, ENOUGH, saidByChecksum } from './repetition.ts';
import { candidatesIn, effective, isTold, scanText, unescaped } from './scan-text.ts';
import { wilson } from './wilson.ts';

/** How much of a column is of one kind; never what stands in it. */
export interface ColumnFinding {
  readonly column: string;
  readonly kind: PiiKind;
  /** Cells that hold the kind, of all that are not empty. */
  readonly hits: number;
  readonly cells: number;
  readonly share: number;
  /** Lower end of the share's 95 % Wilson interval. */
  readonly shareLower: number;
}

interface Tally {
  /** Cells written as the kind is, their checksums apart. */
  shaped: number;
  /** Cells that pass, whatever the context. */
  passed: number;
  /** Cells that pass and need no column name. */
  told: number;
  /** Different values that pass, up to `ENOUGH`. */
  readonly values: Set<string>;
}

/** One kind in one cell. */
interface Sign {
  readonly kind: PiiKind;
  /** What passes as one; undefined for what is only written as one. */
  readonly value: string | undefined;
  /** Whether it needs no column name. */
  readonly told: boolean;
}
const NONE: readonly Sign[] = [];

/** Different texts of a column that are remembered: dates of five years are fewer. */
const KNOWN_TEXTS = 2000;

/** A number that pandas kept as a float, because cells of its column were empty. */
const WHOLE_FLOAT = /^(\d{8,19})\.0$/;

/** Reads a column cell by cell, in memory that does not grow with it. */
export class PiiColumn {
  cells = 0;
  /** The column's name, or its position when the name itself holds something personal. */
  readonly label: string;
  /** Kinds that the name announces. */
  readonly hints: ReadonlySet<PiiKind>;
  readonly #tallies = new Map<PiiKind, Tally>();
  #known: Map<string, readonly Sign[]> | undefined = new Map();

  /** @param position of the column, from 1. */
  constructor(name: string, position: number) {
    this.label = scanText(name).length > 0 ? `column ${position}` : name;
    this.hints = announced(name);
  }

  add(cell: string): void {
    const text = unescaped(cell).trim().replace(WHOLE_FLOAT, '$1');
    if (text === '') return;
    this.cells++;
    for (const { kind, value, told } of this.#signsIn(text)) {
      const tally = this.#tally(kind);
      tally.shaped++;
      if (value !== undefined) tally.passed++;
      if (value !== undefined && tally.values.size < ENOUGH) tally.values.add(value);
      if (told) tally.told++;
    }
  }

  /** Cells of most columns repeat: each text is looked at once, until there are too many. */
  #signsIn(text: string): readonly Sign[] {
    const known = this.#known?.get(text);
    if (known) return known;
    const signs = this.#look(text);
    if (this.#known && this.#known.size < KNOWN_TEXTS) this.#known.set(text, signs);
    else this.#known = undefined;
    return signs;
  }

  #look(text: string): readonly Sign[] {
    const candidates = candidatesIn(text);
    if (candidates.length === 0) return NONE;
    const passed = effective(
      candidates,
      (each) => isTold(each, text) || this.hints.has(each.kind) || CHECKED.has(each.kind),
    );
    const told = new Set(passed.filter((each) => isTold(each, text)).map(({ kind }) => kind));
    const values = new Map(passed.map(({ kind, start, end }) => [kind, text.slice(start, end)]));
    return [...new Set(candidates.map(({ kind }) => kind))].map((kind) => ({
      kind,
      value: values.get(kind),
      told: told.has(kind),
    }));
  }

  #tally(kind: PiiKind): Tally {
    const tally = this.#tallies.get(kind) ?? { shaped: 0, passed: 0, told: 0, values: new Set() };
    this.#tallies.set(kind, tally);
    return tally;
  }

  /** What the column holds, kinds in their order. */
  findings(): ColumnFinding[] {
    const { cells } = this;
    return PII_KINDS.flatMap((kind) => {
      const hits = this.#hits(kind);
      if (hits === 0) return [];
      const shareLower = wilson(hits, cells).lower;
      return [{ column: this.label, kind, hits, cells, share: hits / cells, shareLower }];
    });
  }

  /**
   * A name or a checksum that nearly every value passes makes weak matches count. A column of
   * other numbers passes a checksum of one digit one time in ten: what most fail proves nothing.
   */
  #hits(kind: PiiKind): number {
    const tally = this.#tallies.get(kind);
    if (!tally) return 0;
    if (this.hints.has(kind)) return tally.passed;
    if (!CHECKED.has(kind)) return tally.told;
    const said = saidByChecksum(tally.passed, tally.shaped, tally.values.size);
    return said === 'kind' ? tally.passed : said === 'other' ? 0 : tally.told;
  }
}

/** A table's columns with the cells of its first rows; cells beyond the header are columns too. */
export function scanTable({ header, rows }: Table, first = rows.length): PiiColumn[] {
  const looked = rows.slice(0, first);
  const width = looked.reduce((most, row) => Math.max(most, row.length), header.length);
  return Array.from({ length: width }, (_, index) => {
    const column = new PiiColumn(header[index] ?? `column ${index + 1}`, index + 1);
    for (const row of looked) column.add(row[index] ?? '');
    return column;
  });
}
