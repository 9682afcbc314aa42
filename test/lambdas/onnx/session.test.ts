import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Feed } from '#domain/gates/feed.ts';
import { readPredictions } from '#domain/gates/performance/predictions.ts';
import { measureQuality } from '#domain/gates/performance/quality.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import { evaluate } from '../../../lambdas/onnx/evaluate.ts';
import { openSession } from '../../../lambdas/onnx/session.ts';
import { singleRowCall } from '../../../lambdas/onnx/single-row.ts';
import { fixture } from './fixture.ts';

const open = async (name: string) => {
  const opened = await openSession(fixture(name));
  if (!opened.ok) throw new Error(opened.reason);
  return opened.value;
};
const floats = (width: number, ...values: number[]): Feed => ({
  name: 'x',
  datatype: 'FP32',
  rowShape: [width],
  width,
  data: Float32Array.from(values),
});
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Rows of the fixtures' logistic model: p = sigmoid(a - b + c / 2 - 1 / 4). */
const logistic = (rows: number[][], batch = -1) => {
  const io: IoSchema = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [batch, 3], features: ['a', 'b', 'c'] }],
    outputs: [{ name: 'p', datatype: 'FP32', shape: [batch, 1], role: 'probabilities' }],
  };
  const made = evaluationSet(
    io,
    { target: 't', task: 'binary-classification' },
    {
      header: ['a', 'b', 'c', 't'],
      rows: rows.map((cells) => cells.map(String)),
    },
  );
  if (!made.ok) throw new Error(made.reason);
  return made.value;
};
const ROWS = [
  [2, 0, 0, 1],
  [0, 2, 0, 0],
  [0, 0, 1, 1],
  [1, 0, -2, 1],
  [0, 1, 1, 0],
];

describe('openSession', () => {
  it('names the inputs and outputs of the graph', async () => {
    const session = await open('classes');
    expect(session.inputs).toEqual(['x', 'flag']);
    expect(session.outputs).toEqual(['p', 'label', 'name']);
    await session.close();
  });

  it('fails what is not a model, and says so', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'assay-')), 'broken.onnx');
    await writeFile(path, 'not a model');
    for (const file of [path, `${path}.absent`]) {
      expect(await openSession(file)).toMatchObject({
        ok: false,
        verdict: 'fail',
        reason: expect.stringContaining('does not open'),
      });
    }
  });
});

describe('run', () => {
  it('feeds each input its type, and reads numbers, integers and texts', async () => {
    const session = await open('classes');
    const flag: Feed = {
      name: 'flag',
      datatype: 'INT64',
      rowShape: [1],
      width: 1,
      data: BigInt64Array.of(0n, 5n),
    };
    const answers = await session.run([floats(2, 1, 3, 0, 0), flag], ['label', 'name', 'p']);
    expect(answers.map(({ values }) => values).slice(0, 2)).toEqual([
      Float64Array.of(1, 2),
      ['green', 'blue'],
    ]);
    const scale = Math.exp(1) + Math.exp(3) + Math.exp(0);
    expect(answers[2]?.values[1]).toBeCloseTo(Math.exp(3) / scale, 6);
    expect(answers[2]?.width).toBe(3);
  });

  it('takes half precision in and out', async () => {
    const session = await open('half');
    const half: Feed = {
      name: 'x',
      datatype: 'FP16',
      rowShape: [1],
      width: 1,
      data: Uint16Array.of(0x3c00, 0xc100, 0x0001),
    };
    const [answer] = await session.run([half], ['y']);
    expect(answer?.values).toEqual(Float64Array.of(1, -2.5, 2 ** -24));
  });
});

describe('singleRowCall', () => {
  it('sends one row after another, and begins again', async () => {
    const sent: unknown[] = [];
    const session = {
      ...(await open('logistic')),
      prepare:
        ([feed]: readonly Feed[]) =>
        async () => {
          sent.push([...(feed?.data ?? [])]);
        },
    };
    const call = singleRowCall(session, logistic(ROWS.slice(0, 2)));
    for (let i = 0; i < 3; i++) await call();
    expect(sent).toEqual([
      [2, 0, 0],
      [0, 2, 0],
      [2, 0, 0],
    ]);
  });

  it('fills up the batch that a model fixes', async () => {
    const call = singleRowCall(await open('fixed-batch'), logistic(ROWS, 2));
    await expect(call()).resolves.toBeUndefined();
  });
});

describe('evaluate', () => {
  it.each([1, 2, 5, 256])('answers every row in order, in batches of %i', async (batchRows) => {
    const answers = await evaluate(await open('logistic'), logistic(ROWS), { batchRows });
    const [p] = answers.ok ? answers.value : [];
    expect(p?.values).toHaveLength(ROWS.length);
    for (const [row, [a = 0, b = 0, c = 0]] of ROWS.entries()) {
      expect(p?.values[row]).toBeCloseTo(sigmoid(a - b + c / 2 - 0.25), 6);
    }
  });

  it('fills up the last batch of a model that fixes it, and forgets the filling', async () => {
    const [fixed, free] = [
      await evaluate(await open('fixed-batch'), logistic(ROWS, 2)),
      await evaluate(await open('logistic'), logistic(ROWS)),
    ];
    expect(fixed).toEqual(free);
  });

  it('leads to the metrics of the model', async () => {
    const set = logistic(ROWS);
    const answers = await evaluate(await open('logistic'), set);
    const read = answers.ok ? readPredictions(set.plan, answers.value) : answers;
    const quality = read.ok ? measureQuality('binary-classification', set.truth, read.value) : read;
    // Wrong on its fourth row only: sigmoid(1 - 1 - 0.25) is below one half.
    expect(quality).toMatchObject({ ok: true, value: { rows: 5, accuracy: 0.8, recall: 2 / 3 } });
  });

  it('fails answers that are not numbers', async () => {
    const plan = { kind: 'values', output: 'p' } as const;
    const set = {
      rows: 3,
      feeds: [floats(1, 1, -1, 2)],
      truth: { kind: 'values', values: Float64Array.of(0, 0, 0) } as const,
      plan,
    };
    const answers = await evaluate(await open('not-a-number'), set);
    expect(answers.ok && readPredictions(plan, answers.value)).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('output p is NaN at row 2'),
    });
  });

  it('fails a model that does not answer row by row', async () => {
    expect(await evaluate(await open('one-for-all'), logistic(ROWS))).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('output p gave shape [] for 5 rows'),
    });
  });

  it('fails a model that refuses the shape its manifest declares', async () => {
    const set = logistic(ROWS);
    const feeds = set.feeds.map((feed) => ({ ...feed, rowShape: [3, 1] }));
    expect(await evaluate(await open('logistic'), { ...set, feeds })).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('does not run on rows 1 to 5'),
    });
  });

  it('is inconclusive when its time is over, and says how far it came', async () => {
    let time = 0;
    const now = () => time++;
    const options = { batchRows: 1, budgetMs: 3, now };
    expect(await evaluate(await open('logistic'), logistic(ROWS), options)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('reached row 2 of 5 in 3 ms'),
    });
  });
});
