import { problemsOf } from '#domain/registry/problem.ts';
import { ColumnSketch } from './column-sketch.ts';
import { type Column, DatasetContract } from './contract.ts';
import type { ContractResult } from './parse-contract.ts';
import type { RowSource } from './rows.ts';

export interface ContractWishes {
  readonly label?: string | undefined;
  readonly task?: DatasetContract['label']['task'] | undefined;
  /** `YYYY-MM-DD`; used where no column tells. */
  readonly collected: string;
}

/** Names that people give the truth, most telling first. */
const LABEL_NAMES = ['label', 'target', 'class', 'y', 'outcome', 'diagnosis'];
const IDENTIFIER = /^(?:id|uuid|guid|index|row_?(?:id|number)|unnamed: 0|.+_id)$/i;
/** Whole numbers of no more different values are classes, others amounts. */
const MAX_CLASSES = 20;

/**
 * Drafts a contract that the rows keep: types, categories and where cells may be missing. It sets
 * no intervals, which the rows of today would draw too narrow.
 *
 * @throws UnreadableRows as the source does.
 */
export async function draftContract(
  source: RowSource,
  wishes: ContractWishes,
): Promise<ContractResult> {
  const sketches = source.header.map((name) => new ColumnSketch(name));
  for await (const batch of source.batches) {
    for (const cells of batch) {
      for (let index = 0; index < sketches.length; index++)
        sketches[index]?.add(cells[index] ?? '');
    }
  }
  const missingValues = new Set(
    sketches.filter((one) => one.hasNothing).flatMap((one) => [...one.nothing.keys()]),
  );
  const columns = sketches.map((one) => one.column(missingValues));
  const label = wishes.label ?? guessLabel(source.header);
  if (label === undefined || !source.header.includes(label)) {
    return { ok: false, problems: [noLabel(label, source.header)] };
  }
  const truth = sketches.find(({ name }) => name === label);
  const timestamp = columns.find(({ type }) => type === 'timestamp')?.name;
  const identifiers = columns
    .filter(({ name, type }) => name !== label && isCode(type) && IDENTIFIER.test(name))
    .map(({ name }) => name);
  const drafted = {
    schema: 'assay.dataset/v1',
    columns,
    label: {
      column: label,
      task:
        wishes.task ??
        guessTask(
          columns.find(({ name }) => name === label),
          truth,
        ),
    },
    ...(timestamp === undefined ? { collected: wishes.collected } : { timestamp }),
    ...(identifiers.length > 0 && { identifiers }),
    ...(missingValues.size > 0 && { missingValues: [...missingValues].sort() }),
  };
  const parsed = DatasetContract.safeParse(drafted);
  return parsed.success
    ? { ok: true, contract: parsed.data }
    : { ok: false, problems: problemsOf(parsed.error, drafted, 'correct the file') };
}

const isCode = (type: Column['type']): boolean =>
  type === 'integer' || type === 'text' || type === 'category';

const guessLabel = (header: readonly string[]): string | undefined => {
  for (const name of LABEL_NAMES) {
    const found = header.find((column) => column.toLowerCase() === name);
    if (found !== undefined) return found;
  }
  return undefined;
};

function guessTask(
  column: Column | undefined,
  sketch: ColumnSketch | undefined,
): DatasetContract['label']['task'] {
  const classes = sketch?.distinct ?? Number.POSITIVE_INFINITY;
  const isAmount =
    column?.type === 'number' || (column?.type === 'integer' && classes > MAX_CLASSES);
  if (isAmount) return 'regression';
  return classes === 2 ? 'binary-classification' : 'multiclass-classification';
}

const noLabel = (label: string | undefined, header: readonly string[]) => ({
  field: 'label',
  got: label === undefined ? 'no column that is named like one' : `"${label}"`,
  expected: `one of ${header.slice(0, 20).join(', ')}`,
  remedy: 'name the column with the truth',
});
