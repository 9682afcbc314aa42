import { beforeEach, describe, expect, it } from 'vitest';
import type { Question } from '#domain/serving/prediction-key.ts';
import { PredictionCache } from '../../../../lambdas/serving/cache/prediction-cache.ts';
import { questionKey } from '../../../../lambdas/serving/cache/question-key.ts';
import { SharedAnswers } from '../../../../lambdas/serving/cache/shared-answers.ts';
import { answer, largeAnswer, MemoryStore, question, TENANT_KEY } from './questions.ts';

const START = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

let now: number;
let elapsedMs: number;
let store: MemoryStore;
beforeEach(() => {
  now = START;
  elapsedMs = 0;
  store = new MemoryStore();
});

/** The cache of a process of its own. */
function sandbox(): PredictionCache {
  const stopwatch = () => elapsedMs;
  return new PredictionCache({
    limitBytes: 1024 * 1024,
    clock: () => now,
    random: () => 0.5,
    stopwatch,
    shared: new SharedAnswers(store, stopwatch),
  });
}

/** Asks as the serving function does, of a model that takes so long. */
async function ask(
  cache: PredictionCache,
  asked: Question,
  { modelMs = 10, outputs = answer(0.5) } = {},
) {
  const found = await cache.find(TENANT_KEY, asked);
  if (found) return found;
  elapsedMs += modelMs;
  cache.keep(TENANT_KEY, asked, outputs);
  await cache.settled();
  return undefined;
}

describe('answers that processes share', () => {
  it('are found by another process, which then has them itself', async () => {
    await ask(sandbox(), question(1), { outputs: answer(0.1, Number.NaN) });
    const other = sandbox();
    expect(await ask(other, question(1))).toEqual(answer(0.1, Number.NaN));
    expect(await ask(other, question(1))).toEqual(answer(0.1, Number.NaN));
    expect(store.asked).toHaveLength(2);
    expect(other.take()).toMatchObject({ hits: 1, misses: 0, shared: { hits: 1, misses: 0 } });
  });

  it('expire together, wherever they are kept', async () => {
    await ask(sandbox(), question(1));
    expect([...store.values.values()].map(({ ttlMs }) => ttlMs)).toEqual([HOUR_MS]);
    const other = sandbox();
    now = START + HOUR_MS - 1;
    expect(await ask(other, question(1))).toBeDefined();
    now = START + HOUR_MS;
    // The store here forgets nothing by itself.
    expect(await ask(other, question(1))).toBeUndefined();
  });

  it('are named by the key, and say nothing of what was asked', async () => {
    await ask(sandbox(), question(1));
    const key = questionKey(TENANT_KEY, question(1));
    expect([...store.values.keys()]).toEqual([`assay:prediction:${key}`]);
  });

  it('are not written when they are too large', async () => {
    await ask(sandbox(), question(1), { outputs: largeAnswer(300 * 1024) });
    expect(store.values.size).toBe(0);
  });

  it('count as misses when somebody altered them', async () => {
    await ask(sandbox(), question(1));
    for (const { value } of store.values.values()) value[value.length - 1] = 77;
    const other = sandbox();
    expect(await ask(other, question(1))).toBeUndefined();
    expect(other.take()).toMatchObject({ misses: 1, shared: { hits: 0, misses: 1, altered: 1 } });
    // What was altered has been written over.
    expect(await ask(sandbox(), question(1))).toEqual(answer(0.5));
  });

  it('harm nobody when the store fails, and its failures are counted', async () => {
    store.state = 'failing';
    const cache = sandbox();
    expect(await ask(cache, question(1))).toBeUndefined();
    expect(await ask(cache, question(1))).toEqual(answer(0.5));
    expect(cache.take()).toMatchObject({ hits: 1, misses: 1, shared: { failures: 2 } });
  });

  it('harm nobody while the store is away, which is no failure', async () => {
    store.state = 'away';
    const cache = sandbox();
    expect(await ask(cache, question(1))).toBeUndefined();
    expect(await ask(cache, question(1))).toEqual(answer(0.5));
    expect(cache.take().shared).toEqual({ hits: 0, misses: 0, failures: 0, altered: 0 });
  });

  it('are neither asked for nor written where the model is faster', async () => {
    store.took = () => {
      elapsedMs += 1;
    };
    const cache = sandbox();
    for (let n = 0; n < 500; n++) await ask(cache, question(n), { modelMs: 0.5 });
    // The first one, and the explored ones.
    expect(store.asked.length).toBeLessThan(20);
    expect(store.values.size).toBe(store.asked.length);
  });

  it('are left alone while nothing is ever asked twice, and asked for again when much is', async () => {
    store.took = () => {
      elapsedMs += 1;
    };
    const cache = sandbox();
    for (let n = 0; n < 4_000; n++) await ask(cache, question(n));
    const before = store.asked.length;
    for (let n = 4_000; n < 5_000; n++) await ask(cache, question(n));
    expect(store.asked.length - before).toBeLessThan(30);
    // Another process answers all that this one will be asked.
    const other = sandbox();
    for (let n = 5_000; n < 12_000; n++) await ask(other, question(n));
    for (let n = 5_000; n < 11_000; n++) await ask(cache, question(n));
    const later = store.asked.length;
    for (let n = 11_000; n < 12_000; n++) await ask(cache, question(n));
    expect(store.asked.length - later).toBeGreaterThan(900);
  });

  it('are settled only when they are written', async () => {
    let write = (): void => undefined;
    store.set = () =>
      new Promise((resolve) => {
        write = () => resolve('written');
      });
    const cache = sandbox();
    const asked = question(1);
    await cache.find(TENANT_KEY, asked);
    cache.keep(TENANT_KEY, asked, answer(1));
    let settled = false;
    const settling = cache.settled().then(() => {
      settled = true;
    });
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    write();
    await settling;
    await cache.settled();
  });
});
