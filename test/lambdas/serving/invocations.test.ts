import { beforeEach, describe, expect, it } from 'vitest';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { CLAIMS, httpEvent, World } from './world.ts';

useOwnTmpdir();

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };

let world: World;
let serve: ReturnType<World['sandbox']>;
beforeEach(async () => {
  world = new World();
  serve = world.sandbox();
  await world.release();
});

const invoke = async (
  body: unknown,
  headers: Record<string, string> = { 'X-Assay-Model': 'risk' },
  claims: Record<string, unknown> | null = CLAIMS,
) => {
  const event = httpEvent('POST', '/invocations', body, { claims, headers });
  const answer = await serve(event);
  return { status: answer.statusCode, body: JSON.parse(answer.body ?? '') };
};
const csv = { 'x-assay-model': 'risk', 'content-type': 'text/csv' };

describe('/ping', () => {
  it('answers 200 while the keys are there, and 503 without', async () => {
    expect(await serve(httpEvent('GET', '/ping'))).toMatchObject({ statusCode: 200 });
    world.down.add('keys');
    expect(await serve(httpEvent('GET', '/ping'))).toMatchObject({ statusCode: 503 });
    expect(await serve(httpEvent('POST', '/ping'))).toMatchObject({ statusCode: 405 });
  });
});

describe('/invocations', () => {
  it('answers what the same request to the model is answered', async () => {
    const { body } = await serve(httpEvent('POST', '/v2/models/risk/infer', ROW));
    expect(await invoke(ROW)).toEqual({ status: 200, body: JSON.parse(body ?? '') });
  });

  it('takes rows of comma-separated values', async () => {
    const { status, body } = await invoke('2,0,0\n0,1,0\n', csv);
    expect(status).toBe(200);
    const { body: json } = await invoke({
      inputs: [{ ...ROW.inputs[0], shape: [2, 3], data: [2, 0, 0, 0, 1, 0] }],
    });
    expect(body).toEqual(json);
  });

  it('tells what is wrong with such rows', async () => {
    const { status, body } = await invoke('a,b,c\n', csv);
    expect(status).toBe(400);
    expect(body.error).toContain('body line 1, value 1: got "a"');
  });

  it('takes base64 of the gateway for either', async () => {
    const event = httpEvent('POST', '/invocations', '', { headers: csv });
    const encoded = { ...event, body: Buffer.from('2,0,0').toString('base64') };
    expect((await serve({ ...encoded, isBase64Encoded: true })).statusCode).toBe(200);
  });

  it('asks the version that is named, and no other', async () => {
    const named = (version: string) => ({ 'x-assay-model': 'risk', 'x-assay-version': version });
    expect((await invoke(ROW, named('1.0.0'))).status).toBe(200);
    expect((await invoke(ROW, named('0.9.0'))).status).toBe(404);
  });

  it.each<Record<string, string>>([{}, { 'x-assay-model': '' }])(
    'guesses no model from %j',
    async (headers) => {
      const { status, body } = await invoke(ROW, headers);
      expect(status).toBe(400);
      expect(body.error).toContain('X-Assay-Model: got');
    },
  );

  it.each<Record<string, string>>([
    { 'content-type': 'text/csv; header=present' },
    { 'content-type': 'text/csv', 'inference-header-content-length': '3' },
    { 'content-type': 'application/x-npy' },
    { 'content-type': 'text/csv', 'content-encoding': 'gzip' },
  ])('takes no body with %j', async (headers) => {
    expect((await invoke('1,2,3', { ...csv, ...headers })).status).toBe(415);
  });

  it('is of the tenant that the token names', async () => {
    const rival = { ...CLAIMS, 'custom:tenant': 'rival' };
    expect((await invoke(ROW, undefined, rival)).status).toBe(404);
    expect((await invoke(ROW, undefined, null)).status).toBe(401);
    const auditor = { ...CLAIMS, 'cognito:groups': '[auditor]' };
    expect((await invoke(ROW, undefined, auditor)).status).toBe(403);
  });
});
