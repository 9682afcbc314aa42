import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Datatype } from '#domain/registry/io-schema.ts';
import { useOwnTmpdir } from '../lambdas/serving/own-tmpdir.ts';
import { CLAIMS, onnx, World } from '../lambdas/serving/world.ts';
import { httpGateway } from '../support/http-gateway.ts';
import { stockPython } from '../support/stock-python.ts';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('ask-triton.py', import.meta.url));
/** Those of the identity model: all but BF16. */
const CARRIED = 'BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 FP32 FP64 BYTES';

useOwnTmpdir();

// What a script of Python prints has the shape that its assertions below give it.
let said: Record<string, unknown>;
beforeAll(async () => {
  const world = new World();
  await world.release();
  const specs = (prefix: string) =>
    CARRIED.split(' ').map((datatype) => ({
      name: `${prefix}_${datatype}`,
      datatype: datatype as Datatype,
      shape: [-1, -1],
    }));
  await world.release({
    subject: { model: 'echo' },
    files: { 'model.onnx': onnx('identity') },
    io: { inputs: specs('in'), outputs: specs('out') },
  });
  await world.release({
    subject: { model: 'brain' },
    io: {
      inputs: [{ name: 'x', datatype: 'BF16', shape: [-1, 3] }],
      outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
    },
  });
  const python = await stockPython('requirements-triton.txt');
  const gateway = await httpGateway(world.sandbox(), CLAIMS);
  try {
    const { stdout } = await run(python, [SCRIPT, gateway.address]);
    said = JSON.parse(stdout);
  } finally {
    await gateway.close();
  }
}, 300_000);

describe('the stock Triton client', () => {
  it('finds the server live and ready, and the models that there are', () => {
    expect(said).toMatchObject({
      live: true,
      ready: true,
      server: { name: 'assay', version: '1', extensions: ['binary_tensor_data'] },
      modelReady: true,
      versionReady: true,
      otherReady: false,
    });
  });

  it('reads the metadata of a model', () => {
    expect(said.metadata).toEqual({
      name: 'risk',
      versions: ['1.0.0'],
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
      outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
    });
  });

  it('gets every datatype back bit by bit, as binary and as JSON, elements or none', () => {
    expect(said.changed).toEqual({
      'binary in, binary out': [],
      'binary in, JSON out': [],
      'JSON in, binary out': [],
      'JSON in, JSON out': [],
      'nothing in binary': [],
      'nothing in JSON': [],
    });
  });

  it('reads an answer in JSON, with the id of its request', () => {
    expect(said.plain).toEqual({
      model_name: 'risk',
      model_version: '1.0.0',
      id: 'r-1',
      parameters: { decision: expect.stringMatching(/^v2:/) },
      outputs: [{ name: 'p', datatype: 'FP32', shape: [1, 1], data: [expect.any(Number)] }],
    });
  });

  it('gets bytes where it names no outputs, as is its default', () => {
    expect(said.defaulted).toMatchObject({
      outputs: [{ name: 'p', parameters: { binary_data_size: 4 } }],
    });
    expect(said.defaultedValue).toBeCloseTo(1 / (1 + Math.exp(-1.75)), 6);
  });

  it('has a large batch computed right', () => {
    expect(said.large).toEqual({ shape: [300_000, 1], error: expect.any(Number) });
    expect((said.large as { error: number }).error).toBeLessThan(1e-6);
    expect(said.pinned).toBe('1.0.0');
  });

  it.each([
    ['unknown model', '404', 'model: got "other"'],
    ['unknown version', '404', 'version: got "9.9.9", expected "1.0.0"'],
    ['another name', '400', 'inputs[0].name: got "y", expected "x"'],
    ['another shape', '400', 'inputs[0].shape: got [1,2], expected [-1,3]'],
    ['another datatype', '400', 'inputs[0].datatype: got FP64, expected FP32'],
    ['an empty batch', '400', 'expected a batch of 1 or more'],
    ['an infinity', '400', 'inputs[0].data[0]: got an infinity'],
    ['bfloat16', '400', 'inputs[0].data: got datatype BF16'],
    ['bytes that are no text', '400', 'got bytes that are not UTF-8'],
    ['a NUL', '400', 'inputs[12].data[0]: got "a\\u0000b"'],
    ['too much', '413', 'expected at most 4194304'],
    ['compression', '415', 'Content-Encoding: got "gzip"'],
    ['no token', '401', 'Authorization: got no verified token'],
  ])('reads what is wrong with %s', (what, status, message) => {
    expect((said.refusals as Record<string, unknown>)[what]).toEqual({
      status,
      message: expect.stringContaining(message),
    });
  });
});
