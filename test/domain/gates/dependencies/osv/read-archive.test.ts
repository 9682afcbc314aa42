import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecord } from '#domain/gates/dependencies/osv/advisory.ts';
import { ARCHIVE_LIMITS, readArchive } from '#domain/gates/dependencies/osv/read-archive.ts';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import { archiveOf, zipOf } from '../../../../support/zip.ts';
import { RECORDS } from '../osv-records.ts';

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../fixtures/archives/${name}`, import.meta.url));

async function read(bytes: Uint8Array, limits = ARCHIVE_LIMITS): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const record of readArchive(sourceOf(bytes), NODE_DECOMPRESSORS, limits)) {
    records.push(record);
  }
  return records;
}

/** Bytes of each record, unpacked. */
const SIZES = RECORDS.map((record) => Buffer.byteLength(JSON.stringify(record)));

describe('readArchive', () => {
  it.each(['deflated.zip', 'stored.zip', 'streamed.zip'])(
    'reads every record that Python has written: %s',
    async (name) => {
      expect(await read(fixture(name))).toMatchObject([
        { id: 'PYSEC-2026-1' },
        { id: 'PYSEC-2026-2' },
        { id: 'PYSEC-2026-3' },
      ]);
    },
  );

  it('gives records as they are', async () => {
    expect(await read(archiveOf(RECORDS))).toEqual(RECORDS);
    expect(await read(zipOf({}))).toEqual([]);
  });

  it.each([
    ['text that is not JSON', '{'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('gives %s as an id that no snapshot takes for readable', async (_, content) => {
    const records = await read(zipOf({ 'PyPI/GHSA-1.json': content }));
    expect(records).toEqual([{ id: 'GHSA-1' }]);
    expect(readRecord(records[0])).toMatchObject({ kind: 'unreadable', id: 'GHSA-1' });
  });

  it('passes over what is no record', async () => {
    expect(await read(zipOf({ 'README.txt': 'hello', 'A.json': '{}' }))).toEqual([{}]);
  });

  it('refuses an archive that is cut off anywhere', async () => {
    const whole = archiveOf(RECORDS);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await expect(read(whole.subarray(0, length))).rejects.toThrow();
      }),
    );
  });

  it('never gives other records for one changed byte of what was packed', async () => {
    const whole = archiveOf(RECORDS);
    const directory = whole.indexOf('PK\x01\x02');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: directory - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const altered = Buffer.from(whole);
          altered[at] = (altered[at] ?? 0) ^ flip;
          const records = await read(altered).catch(() => 'refused');
          // Fields that unpack nothing, such as times, may change.
          if (records !== 'refused') expect(records).toEqual(RECORDS);
        },
      ),
    );
  });

  it('refuses a compression that it cannot undo', async () => {
    await expect(read(fixture('bzip2.zip'))).rejects.toThrow('neither stored nor deflated');
  });

  it('refuses an entry that lies within another', async () => {
    const name = '../../scan/fixtures/bad-overlap.zip';
    const bytes = readFileSync(new URL(name, import.meta.url));
    await expect(read(bytes)).rejects.toThrow('is not what and where the directory says');
  });

  it.each([
    ['entries', RECORDS.length],
    ['memberBytes', Math.max(...SIZES)],
    ['unpackedBytes', SIZES.reduce((sum, size) => sum + size)],
  ] as const)('stops beyond the limit of %s, and not before', async (limit, enough) => {
    const bytes = archiveOf(RECORDS);
    const at = (value: number) => read(bytes, { ...ARCHIVE_LIMITS, [limit]: value });
    await expect(at(enough - 1)).rejects.toThrow();
    expect(await at(enough)).toHaveLength(RECORDS.length);
  });

  it('stops at a bomb', async () => {
    const bomb = zipOf({ 'A.json': Buffer.alloc(20 * 1024 * 1024, ' ') });
    await expect(read(bomb)).rejects.toThrow('as a bomb does');
  });
});
