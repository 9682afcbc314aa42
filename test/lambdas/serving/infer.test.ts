import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpEvent } from '../../../lambdas/serving/http-request.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { CLAIMS, httpEvent, LOGISTIC, onnx, registryFixture, World } from './world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

useOwnTmpdir();

let world: World;
let serve: ReturnType<World['sandbox']>;
beforeEach(() => {
  world = new World();
  serve = world.sandbox();
});

const answer = async (event: HttpEvent) => {
  const { statusCode, headers, body } = await serve(event);
  return { status: statusCode, headers, body: body ? JSON.parse(body) : undefined };
};
const post = (body: unknown, path = '/v2/models/risk/infer') =>
  answer(httpEvent('POST', path, body));
const get = (path: string, claims?: Record<string, unknown>) =>
  answer(httpEvent('GET', path, undefined, claims ? { claims } : {}));
const lastLine = () => world.lines.at(-1);

describe('infer', () => {
  it('answers with what the model computes', async () => {
    await world.release();
    const { status, headers, body } = await post({ ...ROW, id: 'r-1' });
    expect({ status, headers }).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
    });
    expect(body).toMatchObject({
      model_name: 'risk',
      model_version: '1.0.0',
      id: 'r-1',
      outputs: [{ name: 'p', datatype: 'FP32', shape: [1, 1] }],
    });
    expect(body.outputs[0].data[0]).toBeCloseTo(sigmoid(1.75), 6);
  });

  it('carries integers, texts and several outputs, those that were asked for', async () => {
    await world.release({
      files: { 'model.onnx': onnx('classes') },
      io: {
        inputs: [
          { name: 'x', datatype: 'FP32', shape: [-1, 2] },
          { name: 'flag', datatype: 'INT64', shape: [-1, 1] },
        ],
        outputs: [
          { name: 'p', datatype: 'FP32', shape: [-1, 3] },
          { name: 'label', datatype: 'INT64', shape: [-1] },
          { name: 'name', datatype: 'BYTES', shape: [-1] },
        ],
      },
    });
    const inputs = [
      { name: 'flag', datatype: 'INT64', shape: [2, 1], data: [[0], ['5']] },
      {
        name: 'x',
        datatype: 'FP32',
        shape: [2, 2],
        data: [
          [1, 3],
          [0, 0],
        ],
      },
    ];
    const { body } = await post({ inputs, outputs: [{ name: 'name' }, { name: 'label' }] });
    expect(body.outputs).toEqual([
      { name: 'name', datatype: 'BYTES', shape: [2], data: ['green', 'blue'] },
      { name: 'label', datatype: 'INT64', shape: [2], data: [1, 2] },
    ]);
  });

  it('carries every datatype through ONNX Runtime and back unchanged', async () => {
    const values: Record<string, [datatype: string, data: unknown[]]> = {
      FLOAT: ['FP32', [0.5, -1.25]],
      UINT8: ['UINT8', [0, 255]],
      INT8: ['INT8', [-128, 127]],
      UINT16: ['UINT16', [0, 65535]],
      INT16: ['INT16', [-32768, 32767]],
      INT32: ['INT32', [-2147483648, 2147483647]],
      INT64: ['INT64', [-9007199254740991, 9007199254740991]],
      STRING: ['BYTES', ['', 'naïve ☕']],
      BOOL: ['BOOL', [true, false]],
      FLOAT16: ['FP16', [0.5, -65504]],
      DOUBLE: ['FP64', [0.1, -1e300]],
      UINT32: ['UINT32', [0, 4294967295]],
      UINT64: ['UINT64', [0, 9007199254740991]],
    };
    const tensors = (prefix: string, shape: number[]) =>
      Object.entries(values).map(([type, [datatype]]) => ({
        name: `${prefix}_${type}`,
        datatype: datatype as 'FP32',
        shape,
      }));
    await world.release({
      files: { 'model.onnx': registryFixture('datatypes.onnx') },
      io: { inputs: tensors('in', [-1, -1]), outputs: tensors('out', [-1, -1]) },
    });
    const data = Object.values(values).map(([, elements]) => elements);
    const inputs = tensors('in', [1, 2]).map((tensor, i) => ({ ...tensor, data: data[i] }));
    const { status, body } = await post({ inputs });
    expect(body.error ?? status).toBe(200);
    expect(body.outputs.map((output: { data: unknown }) => output.data)).toEqual(data);
  });

  it('reads weights from external files that are signed too', async () => {
    await world.release({
      entrypoint: 'onnx/model.onnx',
      files: {
        'onnx/model.onnx': registryFixture('external-data.onnx'),
        'onnx/weights.bin': registryFixture('weights.bin'),
        'README.md': Buffer.from('not needed to serve'),
      },
      io: {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
      },
    });
    const x = { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 1, 1, 1] };
    const { body } = await post({ inputs: [x] });
    // The weights are 0 to 11 in four rows.
    expect(body.outputs[0].data).toEqual([18, 22, 26]);
    expect(world.opened.map((key) => key.split('/').at(-1))).not.toContain('README.md');
  });

  it('loads a model once and then answers from memory', async () => {
    await world.release();
    await post(ROW);
    const reads = world.opened.length;
    expect(lastLine()?.fields).toMatchObject({ load: 'cold' });
    await post(ROW);
    expect(lastLine()?.fields).toMatchObject({ load: 'warm' });
    expect(world.opened).toHaveLength(reads);
  });

  it('refuses input that the schema does not allow before loading anything', async () => {
    await world.release();
    const { status, body } = await post({ inputs: [] });
    expect(status).toBe(400);
    expect(body).toEqual({ error: expect.stringContaining('no input "x"') });
    expect(world.opened.some((key) => key.endsWith('.onnx'))).toBe(false);
  });

  it('quotes the first problems of a request that has many', async () => {
    await world.release();
    const inputs = Array.from({ length: 50 }, () => ({ ...ROW.inputs[0], name: 'z' }));
    const { body } = await post({ inputs });
    expect(body.error.split('\n')).toHaveLength(6);
    expect(body.error).toContain('46 more');
  });

  it('says so when the model itself fails', async () => {
    const io = { ...LOGISTIC, inputs: [{ ...LOGISTIC.inputs[0], shape: [-1, -1] }] };
    await world.release({ io: io as typeof LOGISTIC });
    const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
    const { status, body } = await post({ inputs: [x] });
    expect(status).toBe(500);
    expect(body.error).toContain('the model failed on these inputs');
    expect(lastLine()).toMatchObject({ level: 'error', fields: { error: 'model-failed' } });
  });

  it.each([
    ['not-a-number', [-1, 1], [[-1]], 'outputs.p: got NaN or Infinity at [0]'],
    ['one-for-all', [-1, 1], [[1, 2, 3]], 'outputs.p: got shape []'],
  ])('answers no nonsense: %s', async (name, shape, data, message) => {
    const width = data[0]?.length ?? 0;
    await world.release({
      files: { 'model.onnx': onnx(name) },
      io: {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, width] }],
        outputs: [{ name: 'p', datatype: 'FP32', shape }],
      },
    });
    const { status, body } = await post({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, width], data }],
    });
    expect(status).toBe(500);
    expect(body.error).toContain(message);
    expect(lastLine()?.fields).toMatchObject({ error: 'bad-output' });
  });

  it('refuses an answer too long for a function to return', async () => {
    await world.release({
      files: { 'model.onnx': onnx('logistic') },
      io: LOGISTIC,
    });
    const rows = 260_000;
    const data = `[${'1,2,3,'.repeat(rows).slice(0, -1)}]`;
    const body = `{"inputs":[{"name":"x","datatype":"FP32","shape":[${rows},3],"data":${data}}]}`;
    const { status, body: answered } = await post(body);
    expect(status).toBe(413);
    expect(answered.error).toContain('send fewer rows a request');
  });
});

describe('metadata and health', () => {
  it('tells of the server without asking who wants to know', async () => {
    const anonymous = { claims: null };
    for (const [path, body] of [
      ['/v2', { name: 'assay', version: '1', extensions: ['binary_tensor_data'] }],
      ['/v2/health/live', { live: true }],
      ['/v2/health/ready', { ready: true }],
    ] as const) {
      expect(await answer(httpEvent('GET', path, undefined, anonymous))).toMatchObject({
        status: 200,
        body,
      });
    }
  });

  it('is not ready without the keys that loads are verified by', async () => {
    world.down.add('keys');
    expect(await get('/v2/health/ready')).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
  });

  it('tells of a model without loading it', async () => {
    await world.release();
    expect(await get('/v2/models/risk')).toMatchObject({
      status: 200,
      body: {
        name: 'risk',
        versions: ['1.0.0'],
        platform: 'onnx_onnxv1',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
        outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
      },
    });
    expect(world.opened.some((key) => key.endsWith('.onnx'))).toBe(false);
  });

  it('calls a model ready when it has been verified and opened', async () => {
    await world.release();
    const body = { name: 'risk', ready: true };
    expect(await get('/v2/models/risk/ready')).toMatchObject({ status: 200, body });
    await post(ROW);
    expect(lastLine()?.fields).toMatchObject({ load: 'warm' });
  });

  it('answers HEAD like GET, without a body', async () => {
    await world.release();
    expect(await answer(httpEvent('HEAD', '/v2/models/risk'))).toMatchObject({
      status: 200,
      body: undefined,
    });
    expect((await answer(httpEvent('HEAD', '/v2/models/other'))).status).toBe(404);
  });
});

describe('versions', () => {
  it('answers for the version in production when it is asked for by name', async () => {
    await world.release();
    const { status } = await post(ROW, '/v2/models/risk/versions/1.0.0/infer');
    expect(status).toBe(200);
  });

  it('knows no other version, and says which one there is', async () => {
    await world.release();
    await world.release({ subject: { version: '1.1.0' } });
    const { status, body } = await post(ROW, '/v2/models/risk/versions/1.0.0/infer');
    expect(status).toBe(404);
    expect(body.error).toContain('version: got "1.0.0", expected "1.1.0"');
  });

  it.each(['STAGING', 'DEPRECATED', 'FAILED'] as const)(
    'serves nothing that is %s',
    async (state) => {
      world.put({ ...(await world.release()), state });
      const { status, body } = await post(ROW);
      expect(status).toBe(404);
      expect(body.error).toContain(`whose 1.0.0 is ${state}`);
    },
  );

  it.each(['other', 'RISK', '..', '%2e', 'x'.repeat(100)])('has no model "%s"', async (name) => {
    await world.release();
    const { status, body } = await post(ROW, `/v2/models/${name}/infer`);
    expect(status).toBe(404);
    expect(body.error).toContain('a model of your tenant with a version in production');
  });
});

describe('who asks', () => {
  it('decides whose models are meant, whatever the request says', async () => {
    await world.release();
    const claims = { ...CLAIMS, 'custom:tenant': 'rival' };
    const headers = { 'x-tenant': 'acme' };
    const body = { ...ROW, parameters: { tenant: 'acme' } };
    const event = httpEvent('POST', '/v2/models/risk/infer', body, { claims, headers });
    expect((await answer(event)).status).toBe(404);
  });

  it.each(['[auditor]', [], undefined])('is forbidden to the groups %j', async (groups) => {
    await world.release();
    const claims = { ...CLAIMS, 'cognito:groups': groups };
    const { status, body } = await answer(
      httpEvent('POST', '/v2/models/risk/infer', ROW, { claims }),
    );
    expect(status).toBe(403);
    expect(body.error).toMatch(/cognito:groups: got .+, expected one of .*engineer/);
  });

  it.each<[string, Record<string, unknown> | null]>([
    ['an access token', { token_use: 'access', 'custom:tenant': 'acme' }],
    ['a token for nothing', { 'custom:tenant': 'acme' }],
    ['an ID token without a tenant', { token_use: 'id', 'cognito:groups': ['engineer'] }],
    ['a tenant that is none', { ...CLAIMS, 'custom:tenant': 'acme#M#risk' }],
    ['nobody', null],
  ])('is refused as %s', async (_, claims) => {
    await world.release();
    const event = httpEvent('POST', '/v2/models/risk/infer', ROW, { claims });
    const { status, body } = await answer(event);
    expect(status).toBe(401);
    expect(body.error).toMatch(/got .+, expected .+; /);
  });
});

describe('HTTP', () => {
  it.each([
    ['GET', '/v2/models/risk/infer', 'POST'],
    ['POST', '/v2/models/risk', 'GET, HEAD'],
    ['DELETE', '/v2/health/live', 'GET, HEAD'],
    ['OPTIONS', '/v2', 'GET, HEAD'],
  ])('%s %s is 405 and names what is allowed', async (method, path, allow) => {
    expect(await answer(httpEvent(method, path))).toMatchObject({
      status: 405,
      headers: { allow },
      body: { error: `method: got ${method}, expected ${allow}` },
    });
  });

  it('knows no path beyond the protocol', async () => {
    expect(await get('/v2/repository/index')).toMatchObject({ status: 404 });
  });

  it.each([
    { 'content-type': 'application/octet-stream' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': '' },
    { 'content-encoding': 'gzip' },
    { 'content-type': 'text/csv' },
  ])('takes no body with %j', async (headers) => {
    const event = httpEvent('POST', '/v2/models/risk/infer', ROW, { headers });
    expect(await answer(event)).toMatchObject({ status: 415 });
  });

  it('takes a body without a type, as stock clients send it', async () => {
    await world.release();
    const event = httpEvent('POST', '/v2/models/risk/infer', ROW);
    expect(await answer({ ...event, headers: {} })).toMatchObject({ status: 200 });
  });

  it('takes JSON with a charset, and base64 as API Gateway may send it', async () => {
    await world.release();
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    const text = Buffer.from(JSON.stringify(ROW)).toString('base64');
    const event = httpEvent('POST', '/v2/models/risk/infer', text, { headers });
    expect((await answer({ ...event, isBase64Encoded: true })).status).toBe(200);
    const bad = Buffer.of(0xff, 0xfe).toString('base64');
    expect(await answer({ ...event, body: bad, isBase64Encoded: true })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('not UTF-8') },
    });
  });

  it('refuses more than 4 MiB, decoded or not', async () => {
    await world.release();
    const long = 'x'.repeat(4 * 1024 * 1024 + 1);
    const event = httpEvent('POST', '/v2/models/risk/infer', long);
    expect(await answer(event)).toMatchObject({ status: 413 });
    const encoded = { ...event, body: Buffer.from(long).toString('base64'), isBase64Encoded: true };
    expect(await answer(encoded)).toMatchObject({ status: 413 });
  });
});

describe('when something is away', () => {
  it('goes on with the route and the model that it has', async () => {
    await world.release();
    await post(ROW);
    for (const what of ['registry', 'evidence', 'artifacts', 'keys']) world.down.add(what);
    world.now += 3_600_000;
    expect((await post(ROW)).status).toBe(200);
    expect(lastLine()?.fields).toMatchObject({ routeAgeMs: 3_600_000 });
  });

  it.each(['registry', 'evidence', 'artifacts', 'keys'])(
    'asks to try again without the %s, and serves once it is back',
    async (what) => {
      await world.release();
      world.down.add(what);
      expect(await post(ROW)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
      expect(lastLine()?.fields).toMatchObject({ error: 'unavailable', fault: expect.any(Error) });
      world.down.clear();
      expect((await post(ROW)).status).toBe(200);
    },
  );
});

describe('the deadline', () => {
  it('ends a request whose model is still loading, and the load goes on', async () => {
    await world.release();
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { open } = world.artifacts;
    vi.spyOn(world.artifacts, 'open').mockImplementation(async (file) => {
      await arrived;
      return open(file);
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const late = post(ROW);
    await vi.advanceTimersByTimeAsync(25_000);
    expect(await late).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { error: expect.stringContaining('no answer within 25 s') },
    });
    vi.useRealTimers();
    arrive();
    expect((await post(ROW)).status).toBe(200);
    expect(world.opened.filter((key) => key.endsWith('model.onnx'))).toHaveLength(1);
  });
});

it('logs one line a request, without a feature or a prediction', async () => {
  await world.release();
  const secret = 123.456;
  await post({ inputs: [{ ...ROW.inputs[0], data: [secret, 0, 0] }] });
  await post({ inputs: [{ ...ROW.inputs[0], data: [secret, 'secret', 0] }] });
  expect(world.lines).toEqual([
    {
      level: 'info',
      message: 'answered',
      fields: {
        tenant: 'acme',
        model: 'risk',
        version: '1.0.0',
        method: 'POST',
        status: 200,
        latencyMs: 0,
        load: 'cold',
        routeAgeMs: 0,
      },
    },
    { level: 'info', message: 'answered', fields: expect.objectContaining({ status: 400 }) },
  ]);
  expect(JSON.stringify(world.lines)).not.toMatch(/secret|123\.456/);
});
