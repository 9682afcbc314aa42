import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeDataset } from '#domain/gates/dataset/judge.ts';
import { measureOverlap } from '#domain/gates/dataset/overlap.ts';
import { DEFAULT_DATASET_POLICY } from '#domain/gates/dataset/policy.ts';
import type { ProfiledDataset, ProfileLimits } from '#domain/gates/dataset/profile.ts';
import { contractOf, HEADER, profiled, type Row, soundRows, sourceOf } from './fixture.ts';

const contract = contractOf({
  columns: [
    { name: 'load', type: 'number', nullable: true, domain: { min: 0, max: 99 } },
    { name: 'region', type: 'category', nullable: true, domain: { values: ['eu', 'us', 'ap'] } },
    { name: 'failed', type: 'boolean', nullable: false },
  ],
});
const cell = {
  load: fc.constantFrom('1', '2.5', '98', '100', '', 'NaN', 'high'),
  region: fc.constantFrom('eu', 'us', 'mars', ''),
  failed: fc.constantFrom('true', 'false', '1', '', 'maybe'),
};
const row = fc.tuple(cell.load, cell.region, cell.failed);
const odd: fc.Arbitrary<Row[]> = fc.array(fc.oneof(row, fc.constant(['1', 'eu'])), {
  maxLength: 40,
});
const sound = soundRows(300);
const data = fc
  .tuple(odd, fc.nat(300))
  .map(([rows, more]): Row[] => [...sound.slice(0, more), ...rows]);
const shuffled = data.chain((rows) =>
  fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
);

/** What must not depend on the order: all but which rows are named as the first. */
function withoutRows(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, one) =>
    key === 'where' || (key === 'rows' && Array.isArray(one)) ? undefined : one,
  );
}

const judged = ({ profile, rowHashes }: ProfiledDataset, test: ProfiledDataset) =>
  judgeDataset({
    contract,
    profile: { ok: true, value: profile },
    overlap: measureOverlap(rowHashes, test.rowHashes),
    policy: { ...DEFAULT_DATASET_POLICY, rowsMin: 50 },
    nowSeconds: 1_710_000_000,
  });

describe('the order of rows', () => {
  it.each([
    ['while everything fits', {}],
    ['when parts stand for all', { rowHashes: 40, sampleRows: 80, distinct: 16 }],
  ] as const)(
    'changes neither profile nor judgement %s',
    async (_, limits: Partial<ProfileLimits>) => {
      const test = await profiled(sourceOf(HEADER, sound.slice(250)), contract);
      await fc.assert(
        fc.asyncProperty(shuffled, fc.integer({ min: 1, max: 50 }), async ([one, other], batch) => {
          const [a, b] = await Promise.all([
            profiled(sourceOf(HEADER, one), contract, limits),
            profiled(sourceOf(HEADER, other, batch), contract, limits),
          ]);
          expect(withoutRows(a.profile)).toEqual(withoutRows(b.profile));
          expect(withoutRows(judged(a, test))).toEqual(withoutRows(judged(b, test)));
        }),
        { numRuns: 60 },
      );
    },
  );
});
