import { describe, expect, it } from 'vitest';
import type { OutputSpec } from '#domain/registry/io-schema.ts';
import { type Exchange, RemoteModel } from '../../../../lambdas/serving/backends/remote-model.ts';
import { failed } from '../../../../lambdas/serving/isolated/candidate-answer.ts';

const specs: OutputSpec[] = [
  { name: 'label', datatype: 'INT64', shape: [-1] },
  { name: 'scores', datatype: 'FP32', shape: [-1, 2] },
];
const input = {
  name: 'x',
  datatype: 'FP32',
  shape: [1, 2],
  data: Float32Array.of(1.5, -2),
} as const;
const outputs = [
  { name: 'label', datatype: 'INT64', shape: [1], data: ['9007199254740993'] },
  { name: 'scores', datatype: 'FP32', shape: [1, 2], data: [0.25, 0.75] },
];

const answering =
  (text: string): Exchange =>
  () =>
    Promise.resolve({ ok: true, text });
const ask = (exchange: Exchange, wanted = ['label', 'scores']) =>
  new RemoteModel(exchange, specs, () => 0).run([input], wanted, 1000);

describe('a remote model', () => {
  it('is asked in the protocol, for the outputs wanted alone', async () => {
    const asked: unknown[] = [];
    await ask(async (body, deadlineMs) => {
      asked.push(JSON.parse(body), deadlineMs);
      return { ok: true, text: '{}' };
    });
    expect(asked).toEqual([
      {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }],
        outputs: [{ name: 'label' }, { name: 'scores' }],
      },
      1000,
    ]);
  });

  it('answers in tensors, all 64 bits of them', async () => {
    const told = await ask(answering(JSON.stringify({ model_name: 'm', outputs })));
    expect(told).toMatchObject({ ok: true, ms: 0 });
    expect(told.ok && told.outputs.get('label')?.data).toEqual(BigInt64Array.of(2n ** 53n + 1n));
    expect(told.ok && told.outputs.get('scores')?.data).toEqual(Float32Array.of(0.25, 0.75));
  });

  it('may be given outputs that nobody asked for, and does not pass them on', async () => {
    const told = await ask(answering(JSON.stringify({ outputs })), ['scores']);
    expect(told.ok && [...told.outputs.keys()]).toEqual(['scores']);
  });

  it('may be given a vector as a column, and nothing else in another shape', async () => {
    const labelled = (shape: number[]) =>
      ask(answering(JSON.stringify({ outputs: [{ ...outputs[0], shape }] })), ['label']);
    const told = await labelled([1, 1]);
    expect(told.ok && told.outputs.get('label')?.shape).toEqual([1]);
    for (const shape of [[1, 1, 1], []]) {
      expect(await labelled(shape)).toMatchObject({ failure: { kind: 'schema' } });
    }
  });

  it.each([
    ['text that is no JSON, as NaN makes it', '{"outputs":[{"data":[NaN]}]}', 'not JSON'],
    ['JSON of another kind', '{"predictions":[1]}', 'none of the protocol, at outputs'],
    [
      'fewer elements than the shape says',
      JSON.stringify({ outputs: [outputs[0], { ...outputs[1], data: [0.25] }] }),
      'output scores: expected',
    ],
    [
      'another datatype than declared',
      JSON.stringify({ outputs: [outputs[0], { ...outputs[1], datatype: 'FP64' }] }),
      'FP32',
    ],
    ['an output twice', JSON.stringify({ outputs: [...outputs, outputs[0]] }), ''],
    ['too few outputs', JSON.stringify({ outputs: [outputs[0]] }), 'no such output'],
  ])('that answers %s has failed in its schema', async (_, text, reason) => {
    expect(await ask(answering(text))).toMatchObject({
      ok: false,
      failure: { kind: 'schema', reason: expect.stringContaining(reason) },
    });
  });

  it('says nothing of what its server answered', async () => {
    const told = await ask(
      answering(JSON.stringify({ outputs: [{ ...outputs[0], data: ['secret'] }] })),
    );
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('fails as the exchange does', async () => {
    const late = failed('timeout', 'late');
    expect(await ask(() => Promise.resolve(late))).toEqual(late);
  });
});
