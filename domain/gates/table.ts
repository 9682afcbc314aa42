import { type Problem, problemText } from '#domain/registry/problem.ts';

/** A parsed CSV: its header, and the cells of each row as texts. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One thing to mend in an evaluation set; rows count from 1, without the header. */
export interface EvaluationProblem extends Problem {
  readonly column?: string;
  readonly row?: number;
}

const KEPT = 20;

/** Reads columns cell by cell; counts what is wrong and keeps the first problems. */
export class ProblemList {
  count = 0;
  readonly kept: EvaluationProblem[] = [];

  add(problem: Omit<EvaluationProblem, 'field'>): void {
    this.count++;
    if (this.kept.length >= KEPT) return;
    const { column, row } = problem;
    const field = column === undefined ? 'evaluation set' : `column ${column}`;
    this.kept.push({ field: row === undefined ? field : `${field}, row ${row}`, ...problem });
  }

  /** Hands each cell of a column to `set`, trimmed, and notes the absent, empty and refused. */
  cells(
    column: string,
    { header, rows }: Table,
    expected: string,
    set: (row: number, cell: string) => boolean,
    remedy = 'correct the cell or remove the row',
  ): void {
    const at = header.indexOf(column);
    if (at < 0 || header.lastIndexOf(column) !== at) {
      this.add({
        column,
        got: at < 0 ? `columns ${quoted(header.slice(0, 20).join(', '))}` : 'it more than once',
        expected: 'exactly one column of this name',
        remedy: 'rename or add the column in the CSV, or correct the name in the manifest',
      });
      return;
    }
    rows.forEach((cells, index) => {
      const cell = cells[at]?.trim() ?? '';
      const row = index + 1;
      if (cell === '') {
        const fill = 'fill the cell or remove the row';
        this.add({ column, row, got: 'an empty cell', expected, remedy: fill });
      } else if (!set(index, cell)) {
        this.add({ column, row, got: quoted(cell), expected, remedy });
      }
    });
  }

  /** The first problem, and how many more there are. */
  get reason(): string {
    const [first] = this.kept;
    if (!first) return 'no problem';
    return problemText(first) + (this.count > 1 ? ` (and ${this.count - 1} more)` : '');
  }
}

const quoted = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
