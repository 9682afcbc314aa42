import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingsOf, scanBytes, utf8 } from './fixture.ts';

/** Tables that pyarrow wrote, with the script that made them beside them. */
const FIXTURES = new URL('../../../node/rows/fixtures/', import.meta.url);
const tables = readdirSync(FIXTURES).filter((name) => name.endsWith('.parquet'));
const table = (name: string): Uint8Array => readFileSync(new URL(name, FIXTURES));

const BINARY = 8;
const LIST = 9;
const STRUCT = 12;
const I64 = 6;
type Field = readonly [id: number, type: number, bytes: readonly number[]];

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 128))];
const struct = (...fields: readonly Field[]): number[] => [
  ...fields.flatMap(([id, type, bytes]) => [type, ...varint(id * 2), ...bytes]),
  0,
];
const i64 = (id: number, value: number): Field => [id, I64, varint(value * 2)];
const text = (id: number, value: string): Field => [
  id,
  BINARY,
  [...varint(value.length), ...utf8(value)],
];
const list = (id: number, ...items: readonly (readonly number[])[]): Field => [
  id,
  LIST,
  [(items.length << 4) | STRUCT, ...items.flat()],
];

/** A table of one column of ten bytes, as Thrift's compact protocol writes its footer. */
function tableOf(
  extent: readonly Field[] = [i64(7, 10), i64(9, 4)],
  more: readonly Field[] = [],
): Uint8Array {
  const column = struct(...more, [3, STRUCT, struct(...extent)]);
  const footer = struct(i64(3, 1), list(4, struct(list(1, column))));
  const length = [footer.length & 0xff, footer.length >> 8, 0, 0];
  return Uint8Array.from([
    ...utf8('PAR1'),
    ...new Array(10).fill(0),
    ...footer,
    ...length,
    ...utf8('PAR1'),
  ]);
}

describe('a Parquet table', () => {
  it.each(tables)('passes as pyarrow wrote it: %s', async (name) => {
    const report = await scanBytes(name, table(name));
    expect(findingsOf(report)).toEqual([]);
    expect(report.members).toMatchObject([{ format: 'Parquet table', verdict: 'pass' }]);
  });

  it('passes with one column and nothing else', async () => {
    expect((await scanBytes('t', tableOf())).verdict).toBe('pass');
    expect((await scanBytes('t', tableOf([i64(7, 10), i64(9, 8), i64(11, 4)]))).verdict).toBe(
      'pass',
    );
  });

  it('fails when it keeps a column in another file, which it names', async () => {
    const report = await scanBytes('t', tableOf(undefined, [text(1, '/etc/passwd')]));
    expect(report.verdict).toBe('fail');
    expect(report.checks[0]).toMatchObject({
      id: 'parquet.external',
      message: expect.stringContaining('"/etc/passwd"'),
    });
  });

  it.each([
    ['a column behind the rows', tableOf([i64(7, 11), i64(9, 4)])],
    ['a column before the rows', tableOf([i64(7, 1), i64(9, 3)])],
    ['a column that lies nowhere', tableOf([i64(7, 1)])],
    ['no footer', utf8('PAR1rows')],
    ['another end', Uint8Array.from([...tableOf().slice(0, -1), 0x32])],
    ['bytes behind its end', Uint8Array.from([...tableOf(), 0])],
    ['a footer that is no struct', utf8('PAR1\xff\xff\xff\x03\0\0\0PAR1')],
  ])('fails with %s', async (_, bytes) => {
    const { verdict, checks } = await scanBytes('t', bytes);
    expect(verdict).toBe('fail');
    expect(checks[0]?.id).toBe('parquet.broken');
  });

  it('is decided whatever was changed in it', async () => {
    const whole = table(tables[0] ?? '');
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(whole.length), async (changed, end) => {
        const bytes = Uint8Array.from(whole.subarray(0, end));
        for (const [at, byte] of changed) if (at < end) bytes[at] = byte;
        expect(['pass', 'fail', 'inconclusive']).toContain((await scanBytes('t', bytes)).verdict);
      }),
    );
  });
});
