import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnreadableRows } from '#domain/gates/dataset/rows.ts';
import type { Table } from '#domain/gates/table.ts';
import { type DataFile, localFile } from '#node/rows/data-file.ts';
import { firstRows } from '#node/rows/first-rows.ts';
import { openRows } from '#node/rows/open-rows.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

const ALL = Number.POSITIVE_INFINITY;
const read = async (path: string): Promise<Table> =>
  firstRows(await openRows(await localFile(path)), ALL);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rows-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function written(name: string, body: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, body);
  return path;
}

const refusal = async (path: string): Promise<string> => {
  const error = await read(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UnreadableRows);
  return (error as Error).message;
};

describe('openRows', () => {
  it.each([
    'types.csv',
    'types.jsonl',
    'types-none.parquet',
    'types-snappy.parquet',
    'types-gzip.parquet',
    'types-zstd.parquet',
    'types-brotli.parquet',
    'types-lz4.parquet',
    'types-v2.parquet',
    'types-int96.parquet',
  ])('reads the same cells from %s', async (name) => {
    const [header, ...rows] = parse(await readFile(fixture('types.csv')));
    expect(await read(fixture(name))).toEqual({ header, rows });
  });

  it('says nested values as JSON', async () => {
    expect(await read(fixture('nested.parquet'))).toEqual({
      header: ['id', 'tags', 'at'],
      rows: [
        ['1', '["a","b"]', '{"x":1}'],
        ['2', '', '{"x":2}'],
      ],
    });
  });

  it('refuses a file by its ending, and says which it knows', async () => {
    expect(await refusal(await written('rows.xlsx', 'PK'))).toContain(
      'ends in .csv, .jsonl, .ndjson, .parquet; export the rows',
    );
  });

  it('lets through that a file cannot be reached', async () => {
    await expect(localFile(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'ENOENT' });
    const gone: DataFile = {
      path: 'a.csv',
      size: 9,
      open: async () =>
        new Readable({
          read() {
            this.destroy(new Error('gone'));
          },
        }),
      read: async () => {
        throw new Error('gone');
      },
    };
    for (const path of ['a.csv', 'a.jsonl', 'a.parquet']) {
      await expect(openRows({ ...gone, path })).rejects.toThrow(/^gone$/);
    }
  });

  it('closes a file of which only some rows are wanted', async () => {
    for (const [name, row] of [
      ['a.csv', 'x,y\n'],
      ['a.jsonl', '{"x":1,"y":2}\n'],
    ] as const) {
      const stream = Readable.from(Array.from({ length: 5000 }, () => Buffer.from(row)));
      const open = async () => stream;
      const file: DataFile = { path: name, size: 1, open, read: async () => new Uint8Array() };
      expect((await firstRows(await openRows(file), 3)).rows).toHaveLength(3);
      await expect.poll(() => stream.destroyed).toBe(true);
    }
  });
});

describe('CSV', () => {
  it('passes over a byte order mark and empty lines, and takes any line end', async () => {
    const path = await written('a.csv', '\ufeffa,b\r\n1,2\r\n\r\n3,"4\r\n5"\r\n');
    expect(await read(path)).toEqual({
      header: ['a', 'b'],
      rows: [
        ['1', '2'],
        ['3', '4\r\n5'],
      ],
    });
  });

  it('keeps rows of another width, for the judge to count', async () => {
    expect((await read(await written('a.csv', 'a,b\n1\n1,2,3\n'))).rows).toEqual([
      ['1'],
      ['1', '2', '3'],
    ]);
  });

  it('hands on every row of a file of many batches', async () => {
    const lines = Array.from({ length: 2500 }, (_, n) => `${n},x`);
    const { rows } = await read(await written('a.csv', ['n,c', ...lines].join('\n')));
    expect(rows.map(([n]) => n)).toEqual(lines.map((_, n) => String(n)));
  });

  it('says where quotes break off, and what to do', async () => {
    const broken = await refusal(await written('a.csv', 'a,b\n1,2\n3,"4\n5,6\n'));
    expect(broken).toMatch(/a\.csv is no CSV at row 2: .*quote.*; export it again/i);
    expect(await refusal(await written('b.csv', '"a\n'))).toContain('at the header');
  });

  it('refuses a file without a header, or with a row that no memory should hold', async () => {
    expect(await refusal(await written('a.csv', ''))).toContain('is empty; export the rows again');
    const endless = `a\n"${'x'.repeat(10_000_100)}"\n`;
    expect(await refusal(await written('b.csv', endless))).toContain('at row 1');
  });
});

describe('JSON Lines', () => {
  const lines = (...values: readonly unknown[]) =>
    values.map((value) => JSON.stringify(value)).join('\n');

  it('takes the header from the first rows, and what a row lacks for absent', async () => {
    const path = await written(
      'a.ndjson',
      lines({ a: 1 }, { b: [true, null], a: 'x' }, { b: { c: 1 } }),
    );
    expect(await read(path)).toEqual({
      header: ['a', 'b'],
      rows: [
        ['1', ''],
        ['x', '[true,null]'],
        ['', '{"c":1}'],
      ],
    });
  });

  it('gives a row with a late field of its own another width', async () => {
    const many = Array.from({ length: 1000 }, () => ({ a: 1 }));
    const { header, rows } = await read(await written('a.jsonl', lines(...many, { a: 1, b: 2 })));
    expect([header, rows[999], rows[1000]]).toEqual([['a'], ['1'], ['1', '2']]);
  });

  it('puts characters together that a chunk splits', async () => {
    const bytes = Buffer.from('{"a":"東京"}\n{"a":"🦔"}');
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    const file: DataFile = {
      path: 'a.jsonl',
      size: bytes.length,
      open: async () => Readable.from(chunks),
      read: async () => bytes,
    };
    expect((await firstRows(await openRows(file), ALL)).rows).toEqual([['東京'], ['🦔']]);
  });

  it.each<[string | Uint8Array, string]>([
    ['{"a":1}\n\n{"a":', 'at row 2: got text that is no JSON'],
    ['{"a":1}\n[1]', 'at row 2: got no object, expected an object on a line; export it again'],
    ['null', 'at row 1: got no object'],
    ['', 'is empty; export the rows again'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22]), 'is not UTF-8; export it again in UTF-8'],
    [`{"a":1}\n"${'x'.repeat(10_000_100)}`, 'at row 2: got more than 10000000 characters'],
  ])('refuses broken text, case %#', async (body, message) => {
    expect(await refusal(await written('a.jsonl', body))).toContain(message);
  });
});

describe('Parquet', () => {
  it('hands on every row of groups larger than a slice', async () => {
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    const data = Array.from({ length: 30_000 }, (_, n) => n);
    const columnData = Array.from({ length: 80 }, (_, n) => ({
      name: `c${n}`,
      data,
      type: 'INT32' as const,
    }));
    const bytes = parquetWriteBuffer({ columnData, rowGroupSize: [20_000] });
    const { header, rows } = await read(await written('a.parquet', new Uint8Array(bytes)));
    expect(header).toHaveLength(80);
    expect(rows.map((row) => Number(row[79]))).toEqual(data);
  });

  it.each([
    ['no footer', () => Buffer.from('PAR1 and so on'), 'is no Parquet in its footer'],
    ['half a file', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2), 'in its footer'],
    [
      'overwritten pages',
      (bytes: Buffer) => Buffer.from(bytes).fill(0xff, 4, 600),
      'is no Parquet from row 1 on',
    ],
  ])('refuses %s', async (_, damage, message) => {
    const bytes = await readFile(fixture('types-snappy.parquet'));
    expect(await refusal(await written('a.parquet', damage(bytes)))).toContain(message);
  });
});
