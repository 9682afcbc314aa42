import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inParallel } from '../../lambdas/in-parallel.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('inParallel', () => {
  it('answers in the order of the items, whichever ends first', async () => {
    const waits = [5, 0, 3, 1, 0, 4];
    const double = async (index: number): Promise<number> => {
      for (let turns = waits[index] ?? 0; turns > 0; turns--) await turn();
      return index * 2;
    };
    expect(await inParallel(numbers(6), double)).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it('works on four items at a time, and no more', async () => {
    let now = 0;
    let most = 0;
    await inParallel(numbers(50), async () => {
      most = Math.max(most, ++now);
      await turn();
      now--;
    });
    expect(most).toBe(4);
  });

  it('does each item once, and nothing where there is none', async () => {
    const done: number[] = [];
    await inParallel(numbers(1000), async (item) => {
      done.push(item);
    });
    expect(done).toEqual(numbers(1000));
    expect(await inParallel([], async () => 1)).toEqual([]);
  });

  it('throws the first failure, when all that was begun has ended', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const failing = inParallel(numbers(50), async (item) => {
      begun.push(item);
      await turn();
      if (item === 1) throw new Error('file 1 cannot be read');
      await turn();
      ended.push(item);
      if (item === 2) throw new Error('file 2 cannot be read');
    });
    await expect(failing).rejects.toThrow('file 1 cannot be read');
    expect(ended).toEqual(begun.filter((item) => item !== 1));
    const before = begun.length;
    await turn();
    expect(begun.length).toBe(before);
    expect(before).toBeLessThan(6);
  });
});
