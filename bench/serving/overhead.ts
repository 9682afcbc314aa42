import { InferenceSession, Tensor } from 'onnxruntime-node';
import { PredictionCache } from '../../lambdas/serving/cache/prediction-cache.ts';
import { httpEvent } from '../../test/lambdas/serving/world.ts';
import { bundleChild } from '../../test/support/memory-child.ts';
import { bodiesOf, bodyOf, FEATURES, modelFile, smallWorld, tryAnother } from './small-world.ts';
import { elapsedMs, heading, row, Times } from './times.ts';

/**
 * Prints what the serving function takes beyond ONNX Runtime: calls of the bare runtime, of the
 * least that an API of JSON does, and of the function take turns, a block of each. Its ports are in
 * memory: a registry is asked every two seconds as ever, but answers at once.
 * `bash bench/serving/setup.sh`, then `npx tsx bench/serving/overhead.ts`.
 */

const LIMIT_MS = 3;
const BLOCKS = 40;
const WARM_UP_BLOCKS = 4;
const CALLS = 100;
/** Of those that a cache has seen. */
const SEEN = 50;

type Call = (body: string) => Promise<unknown>;

const child = await bundleChild('lambdas/serving/isolated/candidate-child.ts');
const session = await InferenceSession.create(modelFile('small'), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});

console.log(
  heading(
    'p50, p99 in ms',
    'rows',
    'it takes',
    'beyond ONNX Runtime',
    `limit ${LIMIT_MS} ms at p99`,
  ),
);
for (const rows of [1, 100]) await compare(rows);
await session.release();
await child.remove();
// The world's candidate lives as long as this process.
process.exit();

async function compare(rows: number): Promise<void> {
  const bodies = bodiesOf(rows, SEEN);
  const seen = (n: number): string => bodies[n % SEEN] ?? '';
  const fresh = (n: number): string => bodyOf(rows, n);
  const bare = new Float32Array(rows * FEATURES).fill(0.5);
  const calls: Record<string, { readonly call: Call; readonly bodyAt: (n: number) => string }> = {
    'ONNX Runtime': {
      call: () => session.run({ x: new Tensor('float32', bare, [rows, FEATURES]) }),
      bodyAt: seen,
    },
    'with JSON parsed and written': { call: asJson, bodyAt: seen },
    'serving function': { call: await serving(), bodyAt: fresh },
    'the same, a miss of the cache': { call: await serving({ cached: true }), bodyAt: fresh },
    'the same, a hit': { call: await serving({ cached: true }), bodyAt: seen },
    'the same, by a candidate in its process': {
      call: await serving({ tried: true }),
      bodyAt: fresh,
    },
  };
  const times = new Map(Object.keys(calls).map((name) => [name, new Times()]));
  for (let block = 0; block < WARM_UP_BLOCKS + BLOCKS; block++) {
    for (const [name, { call, bodyAt }] of Object.entries(calls)) {
      for (let n = 0; n < CALLS; n++) {
        const body = bodyAt(block * CALLS + n);
        const ms = await elapsedMs(() => call(body));
        if (block >= WARM_UP_BLOCKS) times.get(name)?.add(ms);
      }
    }
  }
  const [p50 = 0, p99 = 0] = quantiles(times.get('ONNX Runtime'));
  for (const [name, taken] of times) {
    const [median = 0, slow = 0] = quantiles(taken);
    const beyond = [median - p50, slow - p99];
    const judged = name.includes('function') || name.includes('same');
    const verdict = slow - p99 <= LIMIT_MS ? 'within' : 'beyond';
    console.log(row(name, rows, shown([median, slow]), shown(beyond), judged ? verdict : ''));
  }
}

function quantiles(times: Times | undefined): readonly number[] {
  return times ? [times.median, times.quantile(0.99)] : [];
}

function shown(values: readonly number[]): string {
  return values.map((ms) => ms.toFixed(3)).join(', ');
}

async function asJson(body: string): Promise<string> {
  const [{ shape, data }] = JSON.parse(body).inputs;
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.from(data), shape) });
  if (!y) throw new Error('no output');
  const values = Array.from(y.data as Float32Array);
  return JSON.stringify({
    outputs: [{ name: 'y', shape: y.dims, datatype: 'FP32', data: values }],
  });
}

/** One sandbox of the function. */
async function serving({ cached = false, tried = false } = {}): Promise<Call> {
  const world = await smallWorld();
  if (tried) await tryAnother(world, child.path);
  if (cached) {
    const ports = { limitBytes: 64 * 1024 * 1024, clock: Date.now, random: Math.random };
    world.cache = { answers: new PredictionCache(ports), keys: world.tenantKeys };
  }
  const sandbox = world.sandbox();
  return async (body) => {
    const { statusCode, body: said } = await sandbox(
      httpEvent('POST', '/v2/models/small/infer', body),
    );
    const version = `"model_version":"${tried ? 2 : 1}.0.0"`;
    if (statusCode !== 200 || !said?.includes(version)) throw new Error(`${statusCode}: ${said}`);
  };
}
