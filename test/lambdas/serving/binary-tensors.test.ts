import { beforeEach, describe, expect, it } from 'vitest';
import type { HttpEvent } from '../../../lambdas/serving/http-request.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { httpEvent, onnx, World } from './world.ts';

useOwnTmpdir();

const X = Buffer.from(Float32Array.of(2, 0, 0, 0, 1, 0).buffer);
const INPUT = { name: 'x', datatype: 'FP32', shape: [2, 3] };
const AS_BINARY = { inputs: [{ ...INPUT, parameters: { binary_data_size: X.length } }] };
const AS_JSON = { inputs: [{ ...INPUT, data: [2, 0, 0, 0, 1, 0] }] };
const LIMIT = 4 * 1024 * 1024;

let world: World;
let serve: ReturnType<World['sandbox']>;
beforeEach(async () => {
  world = new World();
  serve = world.sandbox();
  await world.release();
});

/** An event as the gateway passes bytes on. */
function event(json: unknown, binary: Uint8Array, headers: Record<string, string> = {}): HttpEvent {
  const head = Buffer.from(JSON.stringify(json));
  const sent = httpEvent('POST', '/v2/models/risk/infer', '', {
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': `${head.length}`,
      ...headers,
    },
  });
  const body = Buffer.concat([head, binary]).toString('base64');
  return { ...sent, body, isBase64Encoded: true };
}

async function answer(to: HttpEvent) {
  const { statusCode, headers, body = '', isBase64Encoded } = await serve(to);
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const length = Number(headers?.['inference-header-content-length'] ?? bytes.length);
  const json = JSON.parse(bytes.subarray(0, length).toString());
  return { status: statusCode, headers, json, binary: bytes.subarray(length), isBase64Encoded };
}

it('computes the same from bytes as from JSON', async () => {
  const fromBytes = await answer(event(AS_BINARY, X));
  const fromJson = await answer(httpEvent('POST', '/v2/models/risk/infer', AS_JSON));
  expect(fromBytes).toMatchObject({ status: 200, json: { outputs: [{ name: 'p' }] } });
  expect(fromBytes.json).toEqual(fromJson.json);
});

it('answers bytes to whom asks for them, whatever the request is in', async () => {
  const asked = { parameters: { binary_data_output: true } };
  const { json: plain } = await answer(httpEvent('POST', '/v2/models/risk/infer', AS_JSON));
  for (const to of [
    event({ ...AS_BINARY, ...asked }, X),
    httpEvent('POST', '/v2/models/risk/infer', { ...AS_JSON, ...asked }),
  ]) {
    const { status, headers, json, binary, isBase64Encoded } = await answer(to);
    expect({ status, isBase64Encoded, type: headers?.['content-type'] }).toEqual({
      status: 200,
      isBase64Encoded: true,
      type: 'application/octet-stream',
    });
    expect(json.outputs).toEqual([
      { name: 'p', datatype: 'FP32', shape: [2, 1], parameters: { binary_data_size: 8 } },
    ]);
    const values = [binary.readFloatLE(0), binary.readFloatLE(4)];
    expect(Float32Array.from(values)).toEqual(Float32Array.from(plain.outputs[0].data));
  }
});

it('answers errors as JSON, to whom asks for bytes too', async () => {
  const asked = { parameters: { binary_data_output: true }, outputs: [{ name: 'q' }] };
  const { status, headers, json } = await answer(event({ ...AS_BINARY, ...asked }, X));
  expect(status).toBe(400);
  expect(headers).toEqual({ 'content-type': 'application/json' });
  expect(json.error).toContain('outputs[0].name: got "q"');
});

describe('the length of the JSON', () => {
  it.each(['', '0', '-1', '1e2', '12.5', '0x10', '9999', '99999999999', ' 5'])(
    'is refused as "%s"',
    async (length) => {
      const headers = { 'inference-header-content-length': length };
      const { status, json } = await answer(event(AS_BINARY, X, headers));
      expect(status).toBe(400);
      expect(json.error).toContain('Inference-Header-Content-Length: got ');
    },
  );

  it('may be that of the whole body', async () => {
    const head = event(AS_JSON, new Uint8Array());
    expect((await answer(head)).status).toBe(200);
    const text = httpEvent('POST', '/v2/models/risk/infer', AS_JSON, {
      headers: { 'Inference-Header-Content-Length': `${JSON.stringify(AS_JSON).length}` },
    });
    expect((await answer(text)).status).toBe(200);
  });

  it('ends the JSON, not before and not after', async () => {
    const length = JSON.stringify(AS_BINARY).length;
    for (const wrong of [length - 1, length + 1]) {
      const headers = { 'inference-header-content-length': `${wrong}` };
      expect(await answer(event(AS_BINARY, X, headers))).toMatchObject({ status: 400 });
    }
  });
});

it('refuses bytes that have come through as text, which may have lost some', async () => {
  const head = JSON.stringify(AS_BINARY);
  const sent = httpEvent('POST', '/v2/models/risk/infer', `${head}${X.toString()}`, {
    headers: { 'inference-header-content-length': `${head.length}` },
  });
  const { status, json } = await answer(sent);
  expect(status).toBe(415);
  expect(json.error).toContain('expected application/octet-stream, or none');
});

it('takes 4 MiB of JSON and bytes together, and not a byte more', async () => {
  const io = { ...INPUT, shape: [1, -1] as number[] };
  const of = (size: number) => ({
    inputs: [{ ...io, shape: [1, 3], parameters: { binary_data_size: size } }],
  });
  const room = LIMIT - JSON.stringify(of(4_000_000)).length;
  const full = await answer(event(of(room), new Uint8Array(room)));
  expect(full).toMatchObject({ status: 400 });
  expect(full.json.error).toContain(`got ${room} bytes, expected 12 bytes`);
  const over = await answer(event(of(room + 1), new Uint8Array(room + 1)));
  expect(over).toMatchObject({ status: 413 });
});

it('returns a large answer within what a function may return', async () => {
  const spec = { datatype: 'FP16' as const, shape: [-1, 1] };
  await world.release({
    subject: { version: '2.0.0' },
    files: { 'model.onnx': onnx('half') },
    io: { inputs: [{ name: 'x', ...spec }], outputs: [{ name: 'y', ...spec }] },
  });
  const rows = LIMIT / 2 - 200;
  const x = { ...spec, name: 'x', shape: [rows, 1], parameters: { binary_data_size: 2 * rows } };
  const sent = event(
    { inputs: [x], parameters: { binary_data_output: true } },
    new Uint8Array(2 * rows),
  );
  expect(JSON.stringify(sent).length).toBeLessThan(6 * 1024 * 1024);
  const returned = await serve(sent);
  expect(returned.statusCode).toBe(200);
  expect(JSON.stringify(returned).length).toBeLessThan(6 * 1024 * 1024);
});
