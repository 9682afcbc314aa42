import { describe, expect, it } from 'vitest';
import { Recent } from '../../../../lambdas/serving/cache/recent.ts';

describe('Recent', () => {
  it('knows nothing of no numbers', () => {
    const recent = new Recent(3);
    expect([recent.count, recent.median(), recent.mean()]).toEqual([0, undefined, undefined]);
  });

  it('goes by the last ones alone', () => {
    const recent = new Recent(3);
    for (const value of [900, 900, 1, 10, 4]) recent.add(value);
    expect([recent.count, recent.median(), recent.mean()]).toEqual([3, 4, 5]);
  });

  it('goes by those there are while it fills', () => {
    const recent = new Recent(64);
    for (const value of [8, 2]) recent.add(value);
    expect([recent.count, recent.median(), recent.mean()]).toEqual([2, 8, 5]);
  });
});
