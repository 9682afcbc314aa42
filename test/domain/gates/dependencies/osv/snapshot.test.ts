import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildSnapshot,
  readShard,
  SnapshotIndex,
  shardKey,
  shardOf,
  shardsFor,
  snapshotDigest,
} from '#domain/gates/dependencies/osv/snapshot.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { RECORDS, TORCH, UNMENDED } from '../osv-records.ts';

const origin = { takenAt: 1_790_000_000, source: parseDigest('ee'.repeat(32)) };
const build = (records: Iterable<unknown>) => buildSnapshot(records, origin);
const lookup = (records: Iterable<unknown>, name: string) => {
  const { index, shards } = build(records);
  return shardsFor(index, [name]).flatMap((digest) => {
    const text = new TextDecoder().decode(shards.get(digest));
    return readShard(digest, text).get(name) ?? [];
  });
};

describe('buildSnapshot', () => {
  it('counts what it read, and leaves out what was withdrawn or is about other ecosystems', () => {
    const { index } = build(RECORDS);
    expect(index.counts).toEqual({ records: 8, advisories: 6, packages: 5, withdrawn: 1 });
    expect(index.unreadable).toEqual([]);
    expect(SnapshotIndex.safeParse(index).success).toBe(true);
  });

  it('keeps advisories by normalised name, without commit ranges', () => {
    expect(lookup(RECORDS, 'torch')).toEqual([
      {
        id: 'GHSA-53q9-r3pm-6pq6',
        aliases: ['CVE-2025-32434'],
        summary: 'torch.load runs code of a file even with weights_only=True',
        severity: {
          score: 9.3,
          basis: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N',
        },
        ranges: [
          [
            ['i', '0'],
            ['f', '2.6.0'],
          ],
        ],
        versions: [],
      },
      {
        id: 'PYSEC-2025-41',
        aliases: ['CVE-2025-32434'],
        summary: '',
        ranges: [
          [
            ['i', '0'],
            ['f', '2.6.0'],
          ],
        ],
        versions: ['2.5.0', '2.5.1'],
      },
    ]);
    expect(lookup(RECORDS, 'sample-branches')[0]?.severity).toEqual({
      score: 6.9,
      basis: 'rated MODERATE',
    });
    expect(lookup(RECORDS, 'nothing-known')).toEqual([]);
  });

  it('holds a record that it cannot read against the package that it names', () => {
    expect(lookup(RECORDS, 'sample-odd')).toMatchObject([
      { id: 'GHSA-dddd-dddd-dddd', unreadable: true },
    ]);
  });

  it('tells of a record that cannot be read and names no package', () => {
    const { index } = build([
      { ...TORCH, affected: 'all' },
      7,
      { ...UNMENDED, schema_version: '2.0' },
    ]);
    expect(index.unreadable).toEqual([
      'GHSA-53q9-r3pm-6pq6: "affected" is of another kind',
      'without an id: "record" is of another kind',
    ]);
    expect(index.counts.advisories).toBe(1);
  });

  it('is the same whatever the order of records, and another when one of them changes', () => {
    const digest = snapshotDigest(build(RECORDS).index);
    fc.assert(
      fc.property(fc.shuffledSubarray([...RECORDS], { minLength: RECORDS.length }), (shuffled) => {
        expect(snapshotDigest(build(shuffled).index)).toBe(digest);
      }),
      { numRuns: 20 },
    );
    const changed = RECORDS.map((record) =>
      record === TORCH ? { ...TORCH, summary: 'x' } : record,
    );
    expect(snapshotDigest(build(changed).index)).not.toBe(digest);
  });

  it('shares with the snapshot of another day the shards that did not change', () => {
    const [today, tomorrow] = [build(RECORDS), build(RECORDS.filter((each) => each !== UNMENDED))];
    const gone = today.index.shards[shardOf('sample-unmended')];
    const shared = Object.values(today.index.shards).filter((digest) => digest !== gone);
    expect(Object.values(tomorrow.index.shards)).toEqual(shared);
  });

  it('survives halves of characters, which escapes and cuts leave behind', () => {
    const long = { ...UNMENDED, summary: `${'x'.repeat(199)}\u{1f600}` };
    const half = { ...UNMENDED, id: 'PYSEC-2026-4', aliases: ['\ud800'], summary: '\udfff' };
    expect(lookup([long, half], 'sample-unmended').map(({ summary }) => summary.at(-1))).toEqual([
      '\ufffd',
      '\ufffd',
    ]);
  });

  it('survives package names that are words of the language', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      const record = structuredClone(UNMENDED);
      for (const affected of record.affected) affected.package.name = name;
      expect(lookup([record], name.replace(/_+/g, '-').toLowerCase())).toHaveLength(1);
    }
  });
});

describe('readShard', () => {
  it('refuses text that is not what the index names', () => {
    const { index, shards } = build(RECORDS);
    const [digest] = shardsFor(index, ['torch']);
    if (digest === undefined) throw new Error('torch has no shard');
    const text = new TextDecoder().decode(shards.get(digest));
    expect(() => readShard(digest, text.replace('2.6.0', '2.5.0'))).toThrow(`expected ${digest}`);
    expect(shardKey(digest)).toBe(`shards/${digest}.json`);
  });
});
