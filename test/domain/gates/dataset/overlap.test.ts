import { describe, expect, it } from 'vitest';
import { measureOverlap } from '#domain/gates/dataset/overlap.ts';
import type { ProfileLimits } from '#domain/gates/dataset/profile.ts';
import { contractOf, HEADER, profiled, type Row, soundRows, sourceOf } from './fixture.ts';

const hashesOf = async (rows: readonly Row[], limits: Partial<ProfileLimits> = {}, seed = 1) => {
  const { rowHashes } = await profiled(sourceOf(HEADER, rows), contractOf(), limits, seed);
  return rowHashes;
};
const all = soundRows(4000);

describe('measureOverlap', () => {
  it('counts each test row that is a training row, as often as it occurs', async () => {
    const train = await hashesOf(all.slice(0, 3000));
    const repeated = [...all.slice(2990, 3100), ...all.slice(2995, 3000)];
    expect(measureOverlap(train, await hashesOf(repeated))).toEqual({
      ok: true,
      value: { rows: 15, compared: 115, exact: true },
    });
  });

  it('knows a row however its cells are written, and in whichever order the columns come', async () => {
    const train = await hashesOf([['1.50', 'eu', 'true']]);
    const source = sourceOf(['failed', 'load', 'region'], [['TRUE', '1.5', ' eu']]);
    const { rowHashes } = await profiled(source, contractOf());
    expect(measureOverlap(train, rowHashes)).toMatchObject({ value: { rows: 1 } });
  });

  it('compares a part of the rows when there are too many, and says so', async () => {
    const train = await hashesOf(all.slice(0, 3000), { rowHashes: 1000 });
    const overlap = measureOverlap(train, await hashesOf(all.slice(2000)));
    if (!overlap.ok) throw new Error(overlap.reason);
    const { rows, compared, exact } = overlap.value;
    expect(exact).toBe(false);
    expect(compared).toBeGreaterThan(200);
    expect(compared).toBeLessThan(1000);
    expect(Math.abs(rows / compared - 0.5)).toBeLessThan(0.1);
  });

  it('is inconclusive between rows of different columns', async () => {
    const { rowHashes } = await profiled(sourceOf(['failed'], [['1']]), contractOf());
    expect(measureOverlap(await hashesOf(all.slice(0, 5)), rowHashes)).toMatchObject({
      ok: false,
      verdict: 'inconclusive',
      reason: expect.stringContaining('failed (boolean)'),
    });
  });

  it('throws on hashes of different seeds, which never meet', async () => {
    const [train, test] = [await hashesOf(all.slice(0, 5)), await hashesOf(all.slice(0, 5), {}, 2)];
    expect(() => measureOverlap(train, test)).toThrow(RangeError);
  });
});
