import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { csvRows } from '#node/rows/csv.ts';
import { localFile } from '#node/rows/data-file.ts';
import { failed, messageOf } from './failure.ts';

/** One outcome as the API takes it, or why the row holds none. */
export type OutcomeRow = { readonly row: number } & (
  | { readonly outcome: unknown }
  | { readonly problem: string }
);

const PLAIN = ['decision', 'truth', 'predicted'];
const NUMERIC = ['probability', 'score'];
const GROUP = 'group.';

/**
 * Outcomes of a file as they stream by: of JSON Lines the lines as they are, of CSV the columns
 * decision, truth, predicted, probability, score and group.<attribute>, empty cells left out.
 *
 * @param numbers whether truth and predicted of a CSV are numbers and no labels
 * @throws Failure for another format, or other columns
 */
export function outcomeRows(path: string, numbers: boolean): AsyncIterable<OutcomeRow> {
  switch (extname(path).toLowerCase()) {
    case '.jsonl':
    case '.ndjson':
      return linesOf(path);
    case '.csv':
      return csvOutcomes(path, numbers);
  }
  throw failed({
    field: '--file',
    got: path,
    expected: 'a file that ends in .jsonl, .ndjson or .csv',
    remedy: 'export the outcomes as one of them',
  });
}

async function* linesOf(path: string): AsyncGenerator<OutcomeRow> {
  let row = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    row++;
    if (line.trim() === '') continue;
    yield { row, ...parsed(line) };
  }
}

function parsed(line: string): { readonly outcome: unknown } | { readonly problem: string } {
  try {
    return { outcome: JSON.parse(line) };
  } catch (error) {
    return { problem: `got no JSON (${messageOf(error)}), expected an object; correct the line` };
  }
}

async function* csvOutcomes(path: string, numbers: boolean): AsyncGenerator<OutcomeRow> {
  const { header, batches } = await csvRows(await localFile(path));
  const names = header.map((name) => name.trim());
  const unknown = names.find((name) => !isKnown(name));
  if (unknown !== undefined || !names.includes('decision')) {
    throw failed({
      field: '--file',
      got: unknown === undefined ? 'no column decision' : `a column ${JSON.stringify(unknown)}`,
      expected: `${[...PLAIN, ...NUMERIC].join(', ')} and ${GROUP}<attribute>`,
      remedy: 'rename the columns, and leave out the others',
    });
  }
  let row = 0;
  for await (const batch of batches) {
    for (const cells of batch) yield { row: ++row, outcome: outcomeOf(names, cells, numbers) };
  }
}

const isKnown = (name: string): boolean =>
  PLAIN.includes(name) || NUMERIC.includes(name) || name.startsWith(GROUP);

/** A cell that should be a number and is none goes as text, for the API to refuse. */
function outcomeOf(names: readonly string[], cells: readonly string[], numbers: boolean): unknown {
  const outcome: Record<string, unknown> = {};
  const groups = new Map<string, string>();
  names.forEach((name, at) => {
    const cell = cells[at]?.trim() ?? '';
    if (cell === '') return;
    if (name.startsWith(GROUP)) groups.set(name.slice(GROUP.length), cell);
    else outcome[name] = isNumeric(name, numbers) ? numberOr(cell) : cell;
  });
  return { ...outcome, ...(groups.size > 0 && { groups: Object.fromEntries(groups) }) };
}

const isNumeric = (name: string, numbers: boolean): boolean =>
  NUMERIC.includes(name) || (numbers && name !== 'decision');

const numberOr = (cell: string): number | string => {
  const value = Number(cell);
  return Number.isFinite(value) ? value : cell;
};
