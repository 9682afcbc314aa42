import { hashOf } from '#domain/registry/canonical.ts';
import { predictionKey, type Question } from '#domain/serving/prediction-key.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { PredictionCache } from '../../lambdas/serving/cache/prediction-cache.ts';
import { questionKey } from '../../lambdas/serving/cache/question-key.ts';
import { RedisStore } from '../../lambdas/serving/cache/redis-store.ts';
import { SharedAnswers } from '../../lambdas/serving/cache/shared-answers.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { elapsedMs, heading, microseconds, row, Times } from './times.ts';

/**
 * Prints what it takes to find an answer that was given before: its key, a hit in memory beside the
 * limit of 20 µs at the 99th percentile, and a hit in a Redis on this machine.
 * `npx tsx bench/serving/cache.ts`.
 */

const LIMIT_US = 20;
const ROUNDS = 20;
const CALLS = 5_000;
const SHARED_CALLS = 200;
const QUESTIONS = 500;

const TENANT_KEY = new Uint8Array(32).fill(7);
const DIGEST = hashOf('a model');
const OUTPUT: Tensor = { name: 'p', datatype: 'FP32', shape: [1, 1], data: Float32Array.of(0.5) };
/** Which answers are kept matters less than that they differ. */
const cacheOver = (shared?: SharedAnswers) =>
  new PredictionCache({
    limitBytes: 64 * 1024 * 1024,
    clock: Date.now,
    random: Math.random,
    ...(shared && { shared }),
  });

function questionsOf(features: number): readonly Question[] {
  return Array.from({ length: QUESTIONS }, (_, n) => ({
    digest: DIGEST,
    inputs: [
      {
        name: 'x',
        datatype: 'FP32',
        shape: [1, features],
        data: new Float32Array(features).fill(n),
      },
    ],
    outputs: ['p'],
    preprocessing: '1',
  }));
}

const server = await startRedis();
const store = new RedisStore(async () => server.url, Date.now, 1_000);
await store.open();

console.log(heading('µs', 'p50', 'p99', 'p99.9', `limit ${LIMIT_US} µs at p99`));
for (const features of [3, 30, 1_000, 25_000]) await measure(features);
store.close();
await server.kill();

async function measure(features: number): Promise<void> {
  const questions = questionsOf(features);
  const cache = cacheOver(new SharedAnswers(store));
  for (const question of questions) {
    await cache.find(TENANT_KEY, question);
    cache.keep(TENANT_KEY, question, [OUTPUT]);
  }
  await cache.settled();
  const works: Record<string, { readonly calls: number; work(question: Question): unknown }> = {
    'key by noble': { calls: CALLS / 10, work: (question) => predictionKey(TENANT_KEY, question) },
    'key by OpenSSL': { calls: CALLS, work: (question) => questionKey(TENANT_KEY, question) },
    'hit in memory': { calls: CALLS, work: (question) => cache.find(TENANT_KEY, question) },
    'hit in Redis': {
      calls: SHARED_CALLS,
      work: (question) => cacheOver(new SharedAnswers(store)).find(TENANT_KEY, question),
    },
  };
  const times = new Map<string, Times>();
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, { calls, work }] of Object.entries(works)) {
      const taken = times.get(name) ?? new Times();
      times.set(name, taken);
      for (let n = 0; n < calls; n++) {
        const question = questions[n % QUESTIONS];
        if (!question) throw new Error('no question');
        const ms = await elapsedMs(() => work(question));
        if (round >= 0) taken.add(ms);
      }
    }
  }
  for (const [name, taken] of times) {
    const p99 = taken.quantile(0.99);
    const judged = name === 'hit in memory' ? (p99 * 1000 <= LIMIT_US ? 'within' : 'beyond') : '';
    console.log(
      row(
        `${name}, ${features} features`,
        ...[taken.median, p99, taken.quantile(0.999)].map(microseconds),
        judged,
      ),
    );
  }
  const { hits, misses } = cache.take();
  if (misses > QUESTIONS || hits === 0) throw new Error(`${misses} misses, ${hits} hits`);
}
