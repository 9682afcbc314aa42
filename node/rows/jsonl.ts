import type { Readable } from 'node:stream';
import { type RowSource, UnreadableRows } from '#domain/gates/dataset/rows.ts';
import { type Cells, inBatches, MAX_ROW_CHARACTERS } from './batches.ts';
import { cellText } from './cell-text.ts';
import type { DataFile } from './data-file.ts';

type Fields = Readonly<Record<string, unknown>>;

/** First rows whose fields make the header. */
const HEADER_ROWS = 1000;

/**
 * JSON Lines: an object a line. The header is every field of the first 1,000; a later row with a
 * field of its own is a row of another width.
 */
export async function jsonlRows(file: DataFile): Promise<RowSource> {
  const objects = objectsOf(file, await file.open());
  const first: Fields[] = [];
  while (first.length < HEADER_ROWS) {
    const { value } = await objects.next();
    if (!value) break;
    first.push(value);
  }
  if (first.length === 0) {
    throw new UnreadableRows(`${file.path} is empty; export the rows again, an object a line`);
  }
  const header = [...new Set(first.flatMap((fields) => Object.keys(fields)))];
  const known = new Set(header);
  const cellsOf = (fields: Fields): Cells => [
    ...header.map((name) => cellText(fields[name])),
    ...Object.keys(fields).flatMap((name) => (known.has(name) ? [] : cellText(fields[name]))),
  ];
  return {
    header,
    batches: inBatches(
      (async function* () {
        try {
          for (const fields of first) yield cellsOf(fields);
          for await (const fields of objects) yield cellsOf(fields);
        } finally {
          await objects.return(undefined);
        }
      })(),
    ),
  };
}

async function* objectsOf({ path }: DataFile, stream: Readable): AsyncGenerator<Fields> {
  let row = 0;
  for await (const line of linesOf(path, stream)) {
    if (line.trim() === '') continue;
    row++;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw broken(path, row, 'text that is no JSON', cause);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw broken(path, row, 'no object');
    }
    yield value as Fields;
  }
}

async function* linesOf(path: string, stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      const message = `${path} is not UTF-8; export it again in UTF-8`;
      throw new UnreadableRows(message, { cause });
    }
  };
  let rest = '';
  let row = 1;
  for await (const chunk of stream) {
    const lines = (rest + decode(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_ROW_CHARACTERS) {
      throw broken(path, row + lines.length, `more than ${MAX_ROW_CHARACTERS} characters`);
    }
    row += lines.length;
    yield* lines;
  }
  yield rest + decode();
}

const broken = (path: string, row: number, got: string, cause?: unknown): UnreadableRows =>
  new UnreadableRows(
    `${path} is no JSON Lines at row ${row}: got ${got}, expected an object on a line; export it again`,
    { cause },
  );
