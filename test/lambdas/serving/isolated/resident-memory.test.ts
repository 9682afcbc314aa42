import { describe, expect, it } from 'vitest';
import { peakResidentMiB } from '../../../../lambdas/onnx/peak-resident.ts';
import { residentMiB, watchMemory } from '../../../../lambdas/serving/isolated/resident-memory.ts';

const MIB = 1024 * 1024;

describe('the memory of a process', () => {
  it('is told by ps about as Node tells it', async () => {
    const got = (await residentMiB(process.pid)) ?? 0;
    const now = process.memoryUsage.rss() / MIB;
    expect(got / now).toBeGreaterThan(0.5);
    expect(got / now).toBeLessThan(2);
  });

  it.runIf(process.platform === 'linux')('has a peak that is not below what it takes', () => {
    const now = process.memoryUsage.rss() / MIB;
    expect(peakResidentMiB(process.pid)).toBeGreaterThan(now * 0.9);
  });

  it('is unknown of a process that is gone', async () => {
    expect(peakResidentMiB(2 ** 30)).toBeUndefined();
    expect(await residentMiB(2 ** 30)).toBeUndefined();
  });

  it('is told once it is above the limit', async () => {
    const stops: (() => void)[] = [];
    const got = await new Promise<number>((resolve) => {
      stops.push(watchMemory(process.pid, 1, resolve));
    });
    for (const stop of stops) stop();
    expect(got).toBeGreaterThan(1);
  });
});
