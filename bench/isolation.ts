import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { OutputSpec } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { peakResidentMiB } from '../lambdas/onnx/peak-resident.ts';
import type { CandidateAnswer } from '../lambdas/serving/isolated/candidate-answer.ts';
import { IsolatedModel } from '../lambdas/serving/isolated/isolated-model.ts';
import { checkedOutputs } from '../lambdas/serving/isolated/output-failure.ts';
import { openModel } from '../lambdas/serving/model-session.ts';
import { bundleChild } from '../test/support/memory-child.ts';

/**
 * Prints what it costs to run a model in a process of its own: calls in this process, in another,
 * and in one that Node's own messages go to take turns, a block of each. All check the outputs. `npx tsx bench/isolation.ts`.
 */

const BLOCKS = 40;
const KIB = 1024;

interface Case {
  readonly name: string;
  readonly model: string;
  readonly input: Tensor;
  readonly output: OutputSpec;
  readonly callsPerBlock: number;
}

const logistic = (rows: number, callsPerBlock: number): Case => ({
  name: `logistic regression, ${rows} rows`,
  model: 'logistic',
  input: {
    name: 'x',
    datatype: 'FP32',
    shape: [rows, 3],
    data: new Float32Array(rows * 3).fill(1),
  },
  output: { name: 'p', datatype: 'FP32', shape: [-1, 1] },
  callsPerBlock,
});
const identity = (kib: number, callsPerBlock: number): Case => ({
  name: `${kib} KiB in, the same out`,
  model: 'half',
  input: {
    name: 'x',
    datatype: 'FP16',
    shape: [(kib * KIB) / 2, 1],
    data: new Uint16Array((kib * KIB) / 2).fill(0x3c00),
  },
  output: { name: 'y', datatype: 'FP16', shape: [-1, 1] },
  callsPerBlock,
});

const CASES = [logistic(1, 100), logistic(100, 100), identity(100, 50), identity(4 * KIB, 5)];

const child = await bundleChild('lambdas/serving/isolated/candidate-child.ts');
const advanced = await bundleChild('bench/isolation/advanced-child.ts');
const startsMs: number[] = [];
const peaksMiB: number[] = [];
console.log('| p50, p95, p99, ms | here | in its own process | by messages of `fork` |');
console.log('| --- | ---: | ---: | ---: |');
for (const one of CASES) await measure(one);
await Promise.all([child.remove(), advanced.remove()]);
console.log(`\nstart, ms: ${startsMs.map((ms) => ms.toFixed(0)).join(', ')}`);
console.log(`peak resident, MiB: ${peaksMiB.map((mib) => mib.toFixed(0)).join(', ')}`);

async function measure({ name, model, input, output, callsPerBlock }: Case): Promise<void> {
  const modelPath = fileURLToPath(
    new URL(`../test/lambdas/onnx/fixtures/${model}.onnx`, import.meta.url),
  );
  const wanted = [output.name];
  const checked = (answered: ReadonlyMap<string, Tensor>) =>
    checkedOutputs([output], wanted, [...answered.values()]);

  const here = await openModel(modelPath);
  const there = new IsolatedModel({
    childPath: child.path,
    modelPath,
    outputs: [output],
    memoryMiB: 1024,
    env: {},
    deadlineMs: 20_000,
  });
  startsMs.push(await elapsedMs(() => there.start()));
  const messages = fork(advanced.path, [modelPath], { serialization: 'advanced', execArgv: [] });
  await once(messages, 'message');

  const calls: (() => Promise<CandidateAnswer>)[] = [
    async () => checked((await here.run([input], wanted)).outputs),
    () => there.run([input], wanted),
    async () => {
      messages.send([[input], wanted]);
      const [answers] = await once(messages, 'message');
      return checked(answers);
    },
  ];
  const times = calls.map((): number[] => []);
  for (let block = -1; block < BLOCKS; block++) {
    for (const [i, call] of calls.entries()) {
      for (let n = 0; n < callsPerBlock; n++) {
        const ms = await elapsedMs(async () => {
          const answer = await call();
          if (!answer.ok) throw new Error(answer.failure.reason);
        });
        if (block >= 0) times[i]?.push(ms);
      }
    }
  }
  peaksMiB.push(peakResidentMiB(there.pid ?? 0) ?? 0);
  messages.kill();
  await Promise.all([here.close(), there.close()]);
  const cells = times.map((ms) =>
    [0.5, 0.95, 0.99].map((q) => quantile(ms, q).toFixed(2)).join(', '),
  );
  console.log(`| ${[name, ...cells].join(' | ')} |`);
}

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
}
