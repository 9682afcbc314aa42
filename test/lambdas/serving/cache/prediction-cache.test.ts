import { beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '#domain/registry/canonical.ts';
import type { Question } from '#domain/serving/prediction-key.ts';
import { PredictionCache } from '../../../../lambdas/serving/cache/prediction-cache.ts';
import {
  answer,
  bitsOf,
  largeAnswer,
  OTHER_TENANT_KEY,
  question,
  TENANT_KEY,
} from './questions.ts';

const HOUR_MS = 3_600_000;
const KIB = 1024;

let now: number;
let random: number;
beforeEach(() => {
  now = 1_800_000_000_000;
  random = 0.5;
});

const cacheOf = (limitBytes = 64 * KIB * KIB) =>
  new PredictionCache({ limitBytes, clock: () => now, random: () => random });

/** Whether the cache has it; a miss is answered at once. */
async function ask(
  cache: PredictionCache,
  asked: Question,
  outputs = answer(0.5),
): Promise<boolean> {
  if (await cache.find(TENANT_KEY, asked)) return true;
  cache.keep(TENANT_KEY, asked, outputs);
  return false;
}

describe('PredictionCache', () => {
  it('gives the answer that was kept, bit by bit, however the question is put together', async () => {
    const cache = cacheOf();
    const outputs = answer(0.1, -0, Number.NaN);
    cache.keep(TENANT_KEY, question(1), outputs);
    const found = await cache.find(TENANT_KEY, question(1));
    expect(found).toEqual(outputs);
    expect(bitsOf(found)).toBe(bitsOf(outputs));
  });

  it('gives no answer to another question, another model or another tenant', async () => {
    const cache = cacheOf();
    await ask(cache, question(1));
    expect(await cache.find(TENANT_KEY, question(2))).toBeUndefined();
    expect(await cache.find(TENANT_KEY, question(1, hashOf('another')))).toBeUndefined();
    expect(await cache.find(OTHER_TENANT_KEY, question(1))).toBeUndefined();
  });

  it('keeps a copy, which the engine can use its memory without', async () => {
    const cache = cacheOf();
    const memory = Float32Array.of(9, 0.5, 9);
    const view = memory.subarray(1, 2);
    const output = { name: 'y', datatype: 'FP32' as const, shape: [1], data: view };
    cache.keep(TENANT_KEY, question(1), [output]);
    memory.fill(7);
    const [kept] = (await cache.find(TENANT_KEY, question(1))) ?? [];
    expect(kept?.data).toEqual(Float32Array.of(0.5));
    expect(kept?.data).toHaveProperty('buffer.byteLength', 4);
  });

  it('forgets after an hour, a tenth more or less', async () => {
    for (const [drawn, ttlMs] of [
      [0, 0.9 * HOUR_MS],
      [0.5, HOUR_MS],
      [1, 1.1 * HOUR_MS],
    ] as const) {
      random = drawn;
      const cache = cacheOf();
      const keptAt = now;
      await ask(cache, question(1));
      now = keptAt + ttlMs - 2;
      expect(await cache.find(TENANT_KEY, question(1))).toBeDefined();
      now = keptAt + ttlMs + 2;
      expect(await cache.find(TENANT_KEY, question(1))).toBeUndefined();
    }
  });

  it('keeps answers of up to 256 KiB, and says how many were larger', async () => {
    const cache = cacheOf();
    expect(await ask(cache, question(1), largeAnswer(255 * KIB))).toBe(false);
    expect(await ask(cache, question(1))).toBe(true);
    expect(await ask(cache, question(2), largeAnswer(256 * KIB + 1))).toBe(false);
    expect(await cache.find(TENANT_KEY, question(2))).toBeUndefined();
    expect(cache.take().tooLarge).toBe(1);
  });

  it('takes no more memory than it may, and forgets what was asked for longest ago', async () => {
    const cache = cacheOf(1024 * KIB);
    for (let n = 0; n < 12; n++) {
      await ask(cache, question(n), largeAnswer(100 * KIB));
      await cache.find(TENANT_KEY, question(0));
    }
    const kept: number[] = [];
    for (let n = 0; n < 12; n++) {
      if (await cache.find(TENANT_KEY, question(n))) kept.push(n);
    }
    expect(kept).toEqual([0, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('counts the keys and objects of small answers too', async () => {
    const cache = cacheOf(100 * KIB);
    for (let n = 0; n < 1_000; n++) await ask(cache, question(n));
    let kept = 0;
    for (let n = 0; n < 1_000; n++) {
      if (await cache.find(TENANT_KEY, question(n))) kept += 1;
    }
    expect(kept).toBeGreaterThan(100);
    expect(kept).toBeLessThan(200);
  });

  it('counts hits and misses, from the last time on', async () => {
    const cache = cacheOf();
    for (const n of [1, 2, 1, 1]) await ask(cache, question(n));
    expect(cache.take()).toEqual({ hits: 2, misses: 2, tooLarge: 0 });
    expect(cache.take()).toEqual({ hits: 0, misses: 0, tooLarge: 0 });
  });
});
