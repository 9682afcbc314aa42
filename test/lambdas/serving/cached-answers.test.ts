import { beforeEach, describe, expect, it } from 'vitest';
import { PredictionCache } from '../../../lambdas/serving/cache/prediction-cache.ts';
import { failed } from '../../../lambdas/serving/isolated/candidate-answer.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { FakeOpening, tryOut } from './trials.ts';
import { CLAIMS, httpEvent, World } from './world.ts';

const row = (...data: number[]) => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data }],
});

useOwnTmpdir();

let world: World;
let isolated: FakeOpening;
let answers: PredictionCache;
let serve: ReturnType<World['sandbox']>;
beforeEach(async () => {
  world = new World();
  isolated = new FakeOpening();
  world.isolated = isolated;
  answers = new PredictionCache({ limitBytes: 1e6, clock: world.clock, random: () => 0.5 });
  world.cache = { answers, keys: world.tenantKeys };
  serve = world.sandbox();
  await world.release();
});

const post = async (body: unknown, claims: Record<string, unknown> = CLAIMS) => {
  const answer = await serve(httpEvent('POST', '/v2/models/risk/infer', body, { claims }));
  return { status: answer.statusCode, text: String(answer.body) };
};

describe('answers that were given before', () => {
  it('are given again, bit by bit, without the model', async () => {
    const fresh = await post(row(2, 0, 0));
    expect(await post(row(2, 0, 0))).toEqual(fresh);
    expect(answers.take()).toMatchObject({ hits: 1, misses: 1 });
    expect(world.lines.at(-1)?.fields).not.toHaveProperty('load');
  });

  it('are the same for inputs that differ in the sign of zero alone', async () => {
    const text = JSON.stringify(row(2, 0, 0)).replace('[2,0,0]', '[2,-0.0,0]');
    expect(await post(text)).toEqual(await post(row(2, 0, 0)));
    expect(answers.take()).toMatchObject({ hits: 1 });
  });

  it('are given to their own tenant alone', async () => {
    await world.release({ subject: { tenant: 'rival' } });
    await post(row(2, 0, 0));
    await post(row(2, 0, 0), { ...CLAIMS, 'custom:tenant': 'rival' });
    expect(answers.take()).toMatchObject({ hits: 0, misses: 2 });
  });

  it('are not kept when they are errors', async () => {
    tryOut(world, await world.approve({ subject: { version: '2.0.0' } }));
    isolated.answer = () => failed('not-finite', 'why');
    await post(row(2, 0, 0));
    await post(row(2, 0, 0));
    expect(isolated.asked).toBe(2);
  });

  it('count as drawn in a trial, not as a test of the version, and say so', async () => {
    const version = await world.approve({ subject: { version: '2.0.0' } });
    const generation = tryOut(world, version);
    await post(row(2, 0, 0));
    const { text } = await post(row(2, 0, 0));
    expect(JSON.parse(text).parameters).toMatchObject({ variant: 'candidate', cached: true });
    expect(isolated.asked).toBe(1);
    world.now += 1_000;
    await post(row(2, 0, 0));
    expect(world.counted.get(generation)?.candidate?.candidate).toMatchObject({
      assigned: 3,
      exposures: 1,
    });
  });

  it('are done without while the keys are away', async () => {
    world.down.add('kms');
    expect((await post(row(2, 0, 0))).status).toBe(200);
    expect((await post(row(2, 0, 0))).status).toBe(200);
    expect(answers.take()).toMatchObject({ hits: 0, misses: 0 });
  });
});
