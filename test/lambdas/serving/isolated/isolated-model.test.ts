import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TensorData } from '#domain/gates/feed.ts';
import type { Datatype, OutputSpec } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import type { CandidateAnswer } from '../../../../lambdas/serving/isolated/candidate-answer.ts';
import {
  IsolatedModel,
  type IsolatedModelOptions,
} from '../../../../lambdas/serving/isolated/isolated-model.ts';
import { openModel } from '../../../../lambdas/serving/model-session.ts';
import { bundleChild, type MemoryChild } from '../../../support/memory-child.ts';
import { fixture } from '../../onnx/fixture.ts';
import { oddChild } from './odd-child.ts';

const GENEROUS_MS = 30_000;

let child: MemoryChild;
const models: IsolatedModel[] = [];

beforeAll(async () => {
  child = await bundleChild('lambdas/serving/isolated/candidate-child.ts');
});
afterEach(async () => {
  await Promise.all(models.splice(0).map((model) => model.close()));
});
afterAll(() => child.remove());

const spec = (name: string, datatype: Datatype, shape: number[]): OutputSpec => ({
  name,
  datatype,
  shape,
});
const tensor = (name: string, datatype: Datatype, shape: number[], data: TensorData): Tensor => ({
  name,
  datatype,
  shape,
  data,
});

const P = spec('p', 'FP32', [-1, 1]);
const row = tensor('x', 'FP32', [1, 3], Float32Array.of(1, 2, 3));
const one = tensor('x', 'FP32', [1, 1], Float32Array.of(1));

function isolated(options: Partial<IsolatedModelOptions>): IsolatedModel {
  const model = new IsolatedModel({
    childPath: child.path,
    modelPath: fixture('logistic'),
    outputs: [P],
    memoryMiB: 1024,
    env: {},
    deadlineMs: GENEROUS_MS,
    ...options,
  });
  models.push(model);
  return model;
}

/** A child of its own making, whose one output is `p`, a number. */
const odd = async (body: string, options: Partial<IsolatedModelOptions> = {}) =>
  isolated({
    childPath: await oddChild(child.directory, body),
    outputs: [spec('p', 'FP64', [1])],
    restMs: 0,
    ...options,
  });

const outputsOf = (answer: CandidateAnswer): readonly Tensor[] => {
  if (!answer.ok) throw new Error(answer.failure.reason);
  return [...answer.outputs.values()];
};

/** Millions of elements are compared by their hash. */
const hashed = ({ data, ...rest }: Tensor) => ({
  ...rest,
  sha256: createHash('sha256')
    .update(
      Array.isArray(data)
        ? JSON.stringify(data)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    )
    .digest('hex'),
});

const failure = (kind: string, reason: string | RegExp) => ({
  ok: false,
  failure: { kind, reason: expect.stringMatching(reason) },
});

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('IsolatedModel', () => {
  it.each([
    ['logistic', [row], [P]],
    [
      'classes',
      [
        tensor('x', 'FP32', [2, 2], Float32Array.of(0.1, 7, 3, -1)),
        tensor('flag', 'INT64', [2, 1], BigInt64Array.of(1n, 9n)),
      ],
      [spec('p', 'FP32', [-1, 3]), spec('label', 'INT64', [-1]), spec('name', 'BYTES', [-1])],
    ],
    [
      'half',
      [tensor('x', 'FP16', [3, 1], Uint16Array.of(0x3c00, 0x8000, 0x0001))],
      [spec('y', 'FP16', [-1, 1])],
    ],
    [
      'half',
      [
        tensor(
          'x',
          'FP16',
          [3_000_000, 1],
          new Uint16Array(3_000_000).map((_, i) => i % 31_744),
        ),
      ],
      [spec('y', 'FP16', [-1, 1])],
    ],
  ] as const)('answers as %s does in this process, bit by bit', async (name, inputs, outputs) => {
    const model = isolated({ modelPath: fixture(name), outputs });
    const here = await openModel(fixture(name));
    const wanted = outputs.map((output) => output.name);
    const expected = [...(await here.run(inputs, wanted)).outputs.values()].map(hashed);
    await here.close();
    for (let call = 0; call < 2; call++) {
      expect(outputsOf(await model.run(inputs, wanted)).map(hashed)).toEqual(expected);
    }
  });

  it('says that a model threw, in words that quote no input, and keeps its process', async () => {
    const model = isolated({});
    await model.start();
    const { pid } = model;
    const answer = await model.run([one], ['p']);
    expect(answer).toEqual({
      ok: false,
      failure: {
        kind: 'threw',
        reason: 'ONNX Runtime refused the inputs, or the graph failed on them',
        said: expect.stringContaining('dimensions'),
      },
    });
    expect(outputsOf(await model.run([row], ['p']))).toHaveLength(1);
    expect(model.pid).toBe(pid);
  });

  it('fails outputs that are not finite', async () => {
    const model = isolated({ modelPath: fixture('not-a-number') });
    const negative = tensor('x', 'FP32', [2, 1], Float32Array.of(1, -1));
    expect(await model.run([negative], ['p'])).toMatchObject(failure('not-finite', /NaN.*\[1\]/));
    expect(outputsOf(await model.run([one], ['p']))).toHaveLength(1);
  });

  it.each([
    ['another name', spec('q', 'FP32', [-1, 1]), 'q'],
    ['another datatype', spec('p', 'FP64', [-1, 1]), 'p'],
    ['another size', spec('p', 'FP32', [-1, 2]), 'p'],
    ['another rank', spec('p', 'FP32', [-1]), 'p'],
    ['an output that is not declared', spec('q', 'FP32', [-1, 1]), 'p'],
  ])('fails %s than the schema declares', async (_, declared, wanted) => {
    const model = isolated({ outputs: [declared] });
    expect(await model.run([row], [wanted])).toMatchObject(failure('schema', wanted));
  });

  it('fails an output that nobody asked for', async () => {
    const model = await odd(`opened();
      receive();
      send({ kind: 'answered' }, [{ name: 'r', datatype: 'BYTES', shape: [0], texts: [] }]);
      receive();`);
    expect(await model.run([], ['p'])).toMatchObject(failure('schema', 'gave the outputs r'));
  });

  it('ends a model that does not come back', async () => {
    const model = isolated({
      modelPath: fixture('endless'),
      outputs: [spec('y', 'FP32', [-1, 1])],
    });
    await model.start();
    const pid = model.pid ?? 0;
    expect(isGone(pid)).toBe(false);
    expect(await model.run([one], ['y'], 2_000)).toMatchObject(failure('timeout', '2000 ms'));
    await vi.waitFor(() => expect(isGone(pid)).toBe(true), GENEROUS_MS);
  });

  it('fails a model that fills more memory than it may at once, before it is filled', async () => {
    const outputs = [spec('y', 'FP32', [-1, 1])];
    const model = isolated({ modelPath: fixture('hungry'), outputs, memoryMiB: 160 });
    await model.start();
    const pid = model.pid ?? 0;
    expect(await model.run([one], ['y'])).toMatchObject(failure('memory', 'at most 160 MiB'));
    await vi.waitFor(() => expect(isGone(pid)).toBe(true), GENEROUS_MS);
  });

  it('ends a process that takes more and more', async () => {
    const model = await odd(
      `opened();
      receive();
      for (const kept = []; ; pause(10)) kept.push(Buffer.alloc(2 ** 22, 1));`,
      { memoryMiB: 160 },
    );
    expect(await model.run([], ['p'])).toMatchObject(failure('memory', /took \d+ MiB/));
  });

  it('notices memory that was taken and given back while nobody looked', async () => {
    const done = join(child.directory, 'given-back');
    const model = await odd(
      `import { setFlagsFromString } from 'node:v8';
      import { runInNewContext } from 'node:vm';
      setFlagsFromString('--expose-gc');
      opened();
      receive();
      answer(1);
      (() => Buffer.alloc(2 ** 27, 1))();
      runInNewContext('gc')();
      pause(50);
      writeFileSync('${done}', '');
      receive();
      answer(2);
      receive();`,
      { memoryMiB: 150 },
    );
    expect(outputsOf(await model.run([], ['p']))).toHaveLength(1);
    await vi.waitFor(() => expect(existsSync(done)).toBe(true), GENEROUS_MS);
    expect(await model.run([], ['p'])).toMatchObject(failure('memory', /took \d+ MiB/));
  });

  it.each([
    ['aborts', 'receive(); process.abort();', 'crashed', 'ended with SIGABRT'],
    ['exits', 'receive(); process.exit(3);', 'crashed', 'ended with code 3'],
    [
      'is killed by the system',
      "receive(); process.kill(process.pid, 'SIGKILL'); pause(60_000);",
      'memory',
      'killed from outside',
    ],
    ['writes what is no frame', "receive(); writeSync(3, '0'.repeat(99));", 'crashed', 'no frame'],
    [
      'leaves elements out',
      "receive(); send({ kind: 'answered' }, [{ name: 'p', datatype: 'FP64', shape: [1] }]); receive();",
      'crashed',
      'lacks its elements',
    ],
    ['opens twice', 'receive(); opened(); receive();', 'crashed', 'out of turn'],
  ])('fails a process that %s', async (_, body, kind, reason) => {
    const model = await odd(`opened(); ${body}`);
    expect(await model.run([], ['p'])).toMatchObject(failure(kind, reason));
  });

  it.each([
    ['no such file', { modelPath: '/nowhere/model.onnx' }, 'does not open'],
    ['no such program', { childPath: '/nowhere/child.mjs' }, 'ended with code 1'],
  ])('fails to start with %s', async (_, options, reason) => {
    const model = isolated(options);
    expect(await model.start()).toMatchObject({
      kind: 'crashed',
      reason: expect.stringContaining(reason),
    });
    expect(await model.run([row], ['p'])).toMatchObject(failure('crashed', reason));
  });

  it('gives up on a start that takes too long, but not for one impatient request', async () => {
    const stuck = await odd('receive();', { startMs: 1_000 });
    expect(await stuck.start()).toMatchObject({ kind: 'timeout' });
    const slow = await odd('receive(); opened(); receive(); answer(2); receive();');
    expect(await slow.run([], ['p'], 1)).toMatchObject(failure('timeout', 'within 1 ms'));
  });

  it('starts again after its process ended, and answers', async () => {
    const mark = join(child.directory, 'crashed-once');
    const model = await odd(`const crashed = existsSync('${mark}');
      writeFileSync('${mark}', '');
      opened();
      for (;;) {
        receive();
        if (!crashed) process.abort();
        answer(7);
      }`);
    expect(await model.run([], ['p'])).toMatchObject(failure('crashed', 'SIGABRT'));
    const [output] = outputsOf(await model.run([], ['p']));
    expect(output?.data).toEqual(Float64Array.of(7));
  });

  it('starts again when its process ended between two requests', async () => {
    const model = isolated({ restMs: 0 });
    await model.start();
    const { pid = 0 } = model;
    process.kill(pid, 'SIGSEGV');
    await vi.waitFor(() => expect(model.pid).toBeUndefined(), GENEROUS_MS);
    expect(outputsOf(await model.run([row], ['p']))).toHaveLength(1);
    expect(model.pid).not.toBe(pid);
  });

  it('rests longer after each end in a row, and starts nothing meanwhile', async () => {
    const starts = join(child.directory, 'starts');
    await writeFile(starts, '');
    let now = 0;
    const model = await odd(`appendFileSync('${starts}', '.'); process.exit(1);`, {
      restMs: 100,
      restMostMs: 300,
      now: () => now,
    });
    for (const restMs of [100, 200, 300, 300]) {
      const before = (await readFile(starts)).length;
      expect(await model.run([], ['p'])).toMatchObject(failure('crashed', /^its process ended/));
      now += restMs - 1;
      expect(await model.run([], ['p'])).toMatchObject(failure('crashed', /^not started again/));
      expect((await readFile(starts)).length).toBe(before + 1);
      now += 1;
    }
  });

  it('forgets past ends once it has answered', async () => {
    let now = 0;
    const model = isolated({ restMs: 100, now: () => now });
    for (let end = 0; end < 3; end++) {
      expect(outputsOf(await model.run([row], ['p']))).toHaveLength(1);
      process.kill(model.pid ?? 0, 'SIGSEGV');
      await vi.waitFor(() => expect(model.pid).toBeUndefined(), GENEROUS_MS);
      now += 100;
    }
  });

  it('never has two processes, whatever comes at once', async () => {
    const pids = join(child.directory, 'pids');
    await writeFile(pids, '');
    const model = await odd(`
      const alive = (pid) => { try { process.kill(pid, 0); return true; } catch { return false; } };
      const before = readFileSync('${pids}', 'utf8').split('\\n').filter(Boolean);
      appendFileSync('${pids}', process.pid + '\\n');
      opened();
      receive();
      if (before.some(alive)) answer(2);
      if (before.length < 4) process.abort();
      pause(60_000);`);
    const calls = Array.from({ length: 6 }, () => model.run([], ['p'], 3_000));
    for (const answer of await Promise.all(calls)) expect(answer.ok).toBe(false);
    await model.close();
    const started = (await readFile(pids, 'utf8')).trim().split('\n');
    expect(started.length).toBeGreaterThan(1);
    expect(started.every((pid) => isGone(Number(pid)))).toBe(true);
  });

  it('answers calls that come at once each with its own', async () => {
    const model = isolated({});
    const x = (value: number) => tensor('x', 'FP32', [1, 3], Float32Array.of(value, 0, 0));
    const answers = await Promise.all([-2, 0, 2].map((value) => model.run([x(value)], ['p'])));
    const values = answers.flatMap(outputsOf).map(({ data }) => Number(data[0]));
    const expected = [-2, 0, 2].map((value) => 1 / (1 + Math.exp(0.25 - value)));
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i] ?? 0, 5);
  });

  it('takes an answer that came in time, though this process was too busy to read it', async () => {
    const done = join(child.directory, 'answered');
    const model = await odd(`opened();
      receive();
      answer(4);
      writeFileSync('${done}', '');
      receive();`);
    await model.start();
    const answer = model.run([], ['p'], 50);
    // The question leaves before this process is kept busy.
    await new Promise(setImmediate);
    const asked = Date.now();
    while (!existsSync(done) || Date.now() - asked < 100) {
      if (Date.now() - asked > GENEROUS_MS) break;
    }
    expect(outputsOf(await answer)).toHaveLength(1);
  });

  it('shows the candidate only the environment that it is given', async () => {
    process.env.AWS_SESSION_TOKEN = 'secret';
    const model = await odd(
      `opened();
      receive();
      send({ kind: 'refused', said: Object.keys(process.env).join() });
      receive();`,
      { env: { LD_LIBRARY_PATH: '/lib' } },
    );
    const answer = await model.run([], ['p']);
    delete process.env.AWS_SESSION_TOKEN;
    const said = answer.ok ? '' : (answer.failure.said ?? '');
    expect(said).toContain('LD_LIBRARY_PATH');
    expect(said).not.toContain('AWS');
  });

  it('ends its process when closed, and answers no more', async () => {
    const model = isolated({});
    await model.start();
    const { pid = 0 } = model;
    const [underWay] = [model.run([row], ['p']), await model.close()];
    expect(isGone(pid)).toBe(true);
    expect(await underWay).toMatchObject(failure('crashed', 'closed'));
    expect(await model.run([row], ['p'])).toMatchObject(failure('crashed', 'closed'));
  });

  it('ends when the process that started it does', async () => {
    const process = spawn(execPath, [child.path, fixture('logistic')], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const channel = process.stdio[3] as Socket;
    await once(channel, 'data');
    const ended = once(process, 'exit');
    channel.destroy();
    expect(await ended).toEqual([0, null]);
  });

  it.runIf(process.platform === 'linux')('is what Linux ends first without memory', async () => {
    const model = isolated({});
    await model.start();
    expect(await readFile(`/proc/${model.pid}/oom_score_adj`, 'utf8')).toBe('1000\n');
  });

  it('fails tensors that no frame holds', async () => {
    const model = isolated({});
    const vast = tensor('x', 'UINT8', [2 ** 26 + 8], new Uint8Array(2 ** 26 + 8));
    expect(await model.run([vast], ['p'])).toMatchObject(failure('crashed', 'could not be asked'));
    expect(outputsOf(await model.run([row], ['p']))).toHaveLength(1);
  });
});
