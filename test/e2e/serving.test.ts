import { beforeAll, expect, inject, it } from 'vitest';
import { tamper } from '../../local/demo/tamper.ts';
import { artifactOf } from './support/artifact.ts';
import { api, assay } from './support/assay.ts';
import { approvalIdOf, inState } from './support/registry.ts';
import { until } from './support/until.ts';
import { mapPerson, upload } from './support/upload.ts';

const cloud = inject('cloud');
const MODEL = 'serving';
const PRINCIPAL = 'AROASERVING:ci';
const ROW = Array.from({ length: 30 }, (_, i) => i);

beforeAll(async () => {
  await mapPerson(PRINCIPAL, 'ci', ['data_scientist']);
  await upload(artifactOf(MODEL), { principal: PRINCIPAL, model: MODEL });
  const id = await approvalIdOf(MODEL, '1.0.0');
  await assay('reviewer-1', 'approve', id);
  await assay('reviewer-2', 'approve', id);
  await inState(MODEL, '1.0.0', 'PRODUCTION');
});

const infer = (body: unknown, path = `/v2/models/${MODEL}/infer`) =>
  api('submitter', 'POST', path, body);

const request = (change: object = {}) => ({
  inputs: [{ name: 'features', shape: [1, 30], datatype: 'FP32', data: ROW, ...change }],
});

it('answers the protocol: server, model, readiness and inference', async () => {
  expect(await api('submitter', 'GET', '/v2')).toMatchObject({ status: 200 });
  expect(await api('submitter', 'GET', `/v2/models/${MODEL}`)).toMatchObject({
    status: 200,
    body: { name: MODEL, inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 30] }] },
  });
  expect(await api('submitter', 'GET', `/v2/models/${MODEL}/ready`)).toMatchObject({ status: 200 });
  expect(await infer(request())).toMatchObject({
    status: 200,
    body: {
      model_name: MODEL,
      model_version: '1.0.0',
      outputs: [
        { name: 'label', shape: [1] },
        { name: 'probabilities', shape: [1, 2] },
      ],
    },
  });
});

it('serves a pinned version that is in production and no other', async () => {
  const pinned = (version: string) =>
    infer(request(), `/v2/models/${MODEL}/versions/${version}/infer`);
  expect(await pinned('1.0.0')).toMatchObject({ status: 200 });
  expect(await pinned('9.9.9')).toMatchObject({ status: 404 });
});

it.each([
  ['a wrong shape', request({ shape: [1, 29] }), 400, 'shape'],
  ['a wrong datatype', request({ datatype: 'FP64' }), 400, 'datatype'],
  ['a missing input', { inputs: [] }, 400, 'features'],
  ['NaN', request({ data: ['NaN', ...ROW.slice(1)] }), 400, 'NaN'],
  ['null', request({ data: [null, ...ROW.slice(1)] }), 400, 'null'],
  ['a body that is not JSON', '{"inputs": [', 400, 'JSON'],
])('refuses %s and names it', async (_, body, status, says) => {
  expect(await infer(body)).toEqual({
    status,
    body: { error: expect.stringContaining(says) },
  });
});

it('refuses an unknown model and a body over the limit', async () => {
  expect(await infer(request(), '/v2/models/unknown/infer')).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining('unknown') },
  });
  const large = ' '.repeat(4 * 1024 * 1024);
  expect(await infer(`${large}${JSON.stringify(request())}`)).toMatchObject({ status: 413 });
});

it('lets nobody in without an ID token', async () => {
  for (const path of ['/v2', `/v2/models/${MODEL}`, '/governance/models']) {
    const { status } = await fetch(`${cloud.outputs.ApiUrl}${path}`);
    expect(status, path).toBe(401);
  }
});

it('does not serve weights that were altered together with their record', async () => {
  const repair = await tamper(
    { endpoint: cloud.endpoint, outputs: { Assay: cloud.outputs } },
    { tenant: 'default', model: MODEL, version: '1.0.0' },
  );
  const refused = await until('a refusal', async () => {
    const answer = await infer(request());
    return answer.status === 200 ? undefined : answer;
  });
  expect(refused).toMatchObject({
    status: 503,
    body: { error: expect.stringContaining('signature did not pass verification') },
  });
  await repair();
  await until('the signed version', async () =>
    (await infer(request())).status === 200 ? true : undefined,
  );
});
