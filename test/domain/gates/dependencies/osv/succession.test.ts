import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '#domain/gates/dependencies/osv/snapshot.ts';
import { refusal } from '#domain/gates/dependencies/osv/succession.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { RECORDS, UNMENDED } from '../osv-records.ts';

const TAKEN = 1_790_000_000;
const indexOf = (records: readonly unknown[], takenAt = TAKEN) =>
  buildSnapshot(records, { takenAt, source: parseDigest('ee'.repeat(32)) }).index;
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ ...UNMENDED, id: `PYSEC-2026-${n}` }));

describe('a new snapshot', () => {
  it('is the first one if it holds anything', () => {
    expect(refusal(undefined, indexOf(RECORDS))).toBeUndefined();
    expect(refusal(undefined, indexOf([]))).toContain('no advisories among 0 records');
    expect(refusal(undefined, indexOf([7]))).toContain('no advisories among 1 records');
  });

  it('takes the place of one that was taken before it, and of no other', () => {
    const now = indexOf(RECORDS);
    expect(refusal(indexOf(RECORDS, TAKEN - 1), now)).toBeUndefined();
    expect(refusal(indexOf(RECORDS, TAKEN), now)).toContain('not after the one in use');
    expect(refusal(indexOf(RECORDS, TAKEN + 1), now)).toContain('not after the one in use');
  });

  it.each([
    [4, false],
    [5, true],
    [6, true],
    [100, true],
  ])('with %d records in the place of 10 may come: %s', (count, may) => {
    const why = refusal(indexOf(many(10), TAKEN - 1), indexOf(many(count)));
    expect(why === undefined).toBe(may);
    if (!may)
      expect(why).toBe(
        `it has ${count} records, expected at least half of the 10 that the one in use has`,
      );
  });
});
