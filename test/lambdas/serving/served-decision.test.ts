import { beforeEach, describe, expect, it } from 'vitest';
import { digestStart } from '#domain/registry/digest.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { openDecision, servedTrial } from '#domain/serving/decision.ts';
import { failed } from '../../../lambdas/serving/isolated/candidate-answer.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { FakeOpening, tryOut } from './trials.ts';
import { httpEvent, type Released, World } from './world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };
const NEXT: Released = { subject: { version: '2.0.0' } };

useOwnTmpdir();

let world: World;
let candidate: FakeOpening;
let serve: ReturnType<World['sandbox']>;
let stable: VersionRecord;
beforeEach(async () => {
  world = new World();
  candidate = new FakeOpening();
  world.isolated = candidate;
  stable = await world.release();
  serve = world.sandbox();
});

const post = async (body: object = ROW, path = '/v2/models/risk/infer') => {
  const { statusCode, body: text } = await serve(httpEvent('POST', path, body));
  return { status: statusCode, read: JSON.parse(String(text)) };
};
const opened = async (body?: object, path?: string) => {
  const key = await world.tenantKeys.of('acme', 'decision');
  return openDecision(key, (await post(body, path)).read.parameters.decision);
};

describe('an answer of a version that serves', () => {
  it('has a decision that names the version and the request, and no trial', async () => {
    expect(await opened()).toEqual({
      ...{ tenant: 'acme', model: 'risk', generation: 0, arm: 'stable', by: 'request' },
      trial: servedTrial(stable.digest),
      unit: expect.stringMatching(/^[0-9a-f]{32}$/),
      at: world.now,
      answered: digestStart(stable.digest),
    });
  });

  it('names the user, where the request does, as trials do', async () => {
    const ann = { ...ROW, parameters: { user_id: 'ann' } };
    const served = await opened(ann);
    expect(served).toMatchObject({ by: 'user' });
    tryOut(world, await world.approve(NEXT));
    expect((await opened(ann))?.unit).toBe(served?.unit);
    expect((await opened({ ...ann, parameters: { user_id: 'bob' } }))?.unit).not.toBe(served?.unit);
  });

  it('has one too where a client insists on the version', async () => {
    const found = await opened(ROW, '/v2/models/risk/versions/1.0.0/infer');
    expect(found).toMatchObject({ answered: digestStart(stable.digest) });
  });

  it('names a version on trial that a client insists on', async () => {
    const next = await world.approve(NEXT);
    tryOut(world, next);
    const found = await opened(ROW, '/v2/models/risk/versions/2.0.0/infer');
    expect(found).toMatchObject({
      trial: servedTrial(next.digest),
      answered: digestStart(next.digest),
    });
  });

  it('goes without while keys are away', async () => {
    world.down.add('kms');
    const { status, read } = await post();
    expect(status).toBe(200);
    expect(read).not.toHaveProperty('parameters');
  });

  it.each([
    ['serves', async () => {}],
    ['is on trial', async () => void tryOut(world, await world.approve(NEXT))],
  ])('goes without where a decision cannot be sealed, of a version that %s', async (_, prepare) => {
    await prepare();
    world.now += 0.5;
    const { status, read } = await post();
    expect(status).toBe(200);
    expect(read.parameters ?? {}).not.toHaveProperty('decision');
  });

  it('is alone in having one: an error has none', async () => {
    const { status, read } = await post({ inputs: [] });
    expect(status).toBe(400);
    expect(Object.keys(read)).toEqual(['error']);
  });
});

describe('a decision of a trial', () => {
  it('names stable where it stood in for the candidate, whose arm it stays', async () => {
    tryOut(world, await world.approve(NEXT));
    candidate.answer = () => failed('threw', 'why');
    expect(await opened()).toMatchObject({
      arm: 'candidate',
      answered: digestStart(stable.digest),
    });
  });
});
