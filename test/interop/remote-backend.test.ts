import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { httpExchange } from '../../lambdas/serving/backends/http-exchange.ts';
import { openRemote } from '../../lambdas/serving/backends/open-remote.ts';
import { RemoteModel } from '../../lambdas/serving/backends/remote-model.ts';
import { openModel } from '../../lambdas/serving/model-session.ts';
import { useOwnTmpdir } from '../lambdas/serving/own-tmpdir.ts';
import { tryOut } from '../lambdas/serving/trials.ts';
import { httpEvent, LOGISTIC, World } from '../lambdas/serving/world.ts';
import { type MlServer, startMlServer } from '../support/mlserver.ts';

const HOST = 'models.example.com';
const BACKEND = { kind: 'http', url: `https://${HOST}` } as const;
const DEADLINE_MS = 30_000;
const ROWS = 200;

const file = (name: string): string =>
  fileURLToPath(new URL(`../lambdas/onnx/fixtures/${name}.onnx`, import.meta.url));

const COLOURS: IoSchema = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 2] },
    { name: 'flag', datatype: 'INT64', shape: [-1, 1] },
  ],
  outputs: [
    { name: 'p', datatype: 'FP32', shape: [-1, 3] },
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'name', datatype: 'BYTES', shape: [-1] },
  ],
};

useOwnTmpdir();

let server: MlServer;
beforeAll(async () => {
  server = await startMlServer([
    { name: 'risk', version: '1.0.0', path: file('logistic') },
    { name: 'colours', version: '2.1.0-rc.1', path: file('classes') },
  ]);
}, 600_000);
afterAll(() => server.kill());

/** It has no certificate: only scheme and host differ from what is asked. */
const toServer: typeof fetch = (url, init) =>
  fetch(`${server.origin}${new URL(String(url)).pathname}`, init);
const options = { hosts: [HOST], headersOf: async () => ({}), fetch: toServer };
const remote = (model: string, version: string, io: IoSchema) =>
  new RemoteModel(httpExchange(BACKEND, { model, version }, options), io.outputs);

/** The same numbers in each run, over some orders of magnitude. */
const numbers = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898) * 10 ** (i % 4));
const rows = (width: number): Tensor => ({
  ...{ name: 'x', datatype: 'FP32', shape: [ROWS, width] },
  data: numbers(ROWS * width),
});

async function both(path: string, model: RemoteModel, inputs: Tensor[], wanted: string[]) {
  const told = await model.run(inputs, wanted, DEADLINE_MS);
  if (!told.ok) throw new Error(`${told.failure.reason}: ${told.failure.said}`);
  const session = await openModel(path);
  const { outputs } = await session.run(inputs, wanted);
  await session.close();
  return { there: told.outputs, here: outputs, ms: told.ms };
}

function furthest(a: Tensor | undefined, b: Tensor | undefined): number {
  const [left, right] = [a?.data as Float32Array, b?.data as Float32Array];
  expect(a?.shape).toEqual(b?.shape);
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - Number(right[i]))), 0);
}

describe('a stock MLServer', () => {
  it('gives the numbers that ONNX Runtime gives here', async () => {
    const model = remote('risk', '1.0.0', LOGISTIC);
    const { there, here, ms } = await both(file('logistic'), model, [rows(3)], ['p']);
    expect(there.get('p')?.data).toHaveLength(ROWS);
    expect(furthest(there.get('p'), here.get('p'))).toBeLessThan(1e-6);
    expect(ms).toBeGreaterThan(0);
  });

  it('gives several outputs, whole numbers and text among them', async () => {
    const flag = BigInt64Array.from({ length: ROWS }, (_, i) => BigInt((i % 7) - 3));
    const inputs: Tensor[] = [
      rows(2),
      { name: 'flag', datatype: 'INT64', shape: [ROWS, 1], data: flag },
    ];
    const model = remote('colours', '2.1.0-rc.1', COLOURS);
    const { there, here } = await both(file('classes'), model, inputs, ['p', 'label', 'name']);
    expect(furthest(there.get('p'), here.get('p'))).toBeLessThan(1e-6);
    expect(there.get('label')?.data).toEqual(here.get('label')?.data);
    expect(there.get('name')?.data).toEqual(here.get('name')?.data);
    const { there: one } = await both(file('classes'), model, inputs, ['label']);
    expect([...one.keys()]).toEqual(['label']);
  });

  it('refuses another version, as one that is not there', async () => {
    expect(
      await remote('risk', '1.0.1', LOGISTIC).run([rows(3)], ['p'], DEADLINE_MS),
    ).toMatchObject({ ok: false, failure: { kind: 'crashed', reason: 'its server answered 404' } });
  });

  it('fails on inputs that are none of the model', async () => {
    const told = await remote('risk', '1.0.0', LOGISTIC).run([rows(2)], ['p'], DEADLINE_MS);
    expect(told).toMatchObject({
      ok: false,
      failure: { reason: expect.stringMatching(/^its server answered [45]/) },
    });
  });

  it('fails the schema with what the manifest declares otherwise', async () => {
    const io: IoSchema = {
      ...LOGISTIC,
      outputs: [{ name: 'p', datatype: 'FP64', shape: [-1, 1] }],
    };
    expect(await remote('risk', '1.0.0', io).run([rows(3)], ['p'], DEADLINE_MS)).toMatchObject({
      ok: false,
      failure: { kind: 'schema' },
    });
  });
});

describe('Assay in front of a stock MLServer', () => {
  const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };

  it('answers by it as stable and as candidate, and falls back from it once it died', async () => {
    const world = new World();
    world.remote = openRemote({
      ...options,
      endpoints: { invoke: async () => ({ outcome: 'failed', reason: 'none' }) },
    });
    const serve = world.sandbox();
    const ask = async () => {
      const { statusCode, body } = await serve(httpEvent('POST', '/v2/models/risk/infer', ROW));
      return { status: statusCode, read: JSON.parse(String(body)) };
    };
    const remotely = await world.release({ backend: BACKEND });
    const { status, read } = await ask();
    expect({ status, version: read.model_version }).toEqual({ status: 200, version: '1.0.0' });
    expect(read.outputs[0].data[0]).toBeCloseTo(1 / (1 + Math.exp(-1.75)), 6);

    await world.release({ subject: { version: '0.9.0' } });
    world.put({ ...remotely, state: 'STAGING' });
    tryOut(world, remotely, { backend: BACKEND });
    world.now += 10_000;
    expect((await ask()).read).toMatchObject({
      model_version: '1.0.0',
      parameters: { variant: 'candidate' },
    });

    await server.kill();
    expect((await ask()).read).toMatchObject({
      model_version: '0.9.0',
      parameters: { variant: 'stable' },
    });
    expect(world.lines.at(-1)?.fields.fallback).toEqual({
      version: '1.0.0',
      kind: 'crashed',
      reason: 'its server cannot be reached: ECONNREFUSED',
    });
  });
});
