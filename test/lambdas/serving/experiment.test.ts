import { beforeEach, describe, expect, it } from 'vitest';
import { openDecision } from '#domain/serving/decision.ts';
import { failed } from '../../../lambdas/serving/isolated/candidate-answer.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { experimentOn, FakeOpening } from './trials.ts';
import { httpEvent, World } from './world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };

useOwnTmpdir();

let world: World;
let bold: FakeOpening;
let serve: ReturnType<World['sandbox']>;
beforeEach(async () => {
  world = new World();
  bold = new FakeOpening();
  world.isolated = bold;
  serve = world.sandbox();
  await world.release();
});

const post = async (user = 'ann') => {
  const body = { ...ROW, parameters: { user_id: user } };
  const answer = await serve(httpEvent('POST', '/v2/models/risk/infer', body));
  return { status: answer.statusCode, read: JSON.parse(String(answer.body)) };
};
const counted = async () => {
  world.now += 1_000;
  await serve(httpEvent('GET', '/v2/models/risk'));
  return world.counted.get(world.routes.get('acme/risk')?.generation ?? 0);
};

describe('an experiment', () => {
  it.each(['STAGING', 'DEPRECATED', 'PRODUCTION'] as const)(
    'tries a version that is %s in a process of its own',
    async (state) => {
      experimentOn(world, await world.approve({ subject: { version: '2.0.0' } }, state), 1);
      const { read } = await post();
      expect(read).toMatchObject({ model_version: '2.0.0', parameters: { variant: 'bold' } });
      expect(bold.asked).toBe(1);
      const key = await world.tenantKeys.of('acme', 'decision');
      expect(openDecision(key, read.parameters.decision)).toMatchObject({
        ...{ trial: 'colour', arm: 'bold', by: 'user' },
      });
      expect(await counted()).toMatchObject({ colour: { bold: { assigned: 1, exposures: 1 } } });
    },
  );

  it('leaves its control to stable, here, under the name that it has there', async () => {
    experimentOn(world, await world.approve({ subject: { version: '2.0.0' } }), 0);
    const { read } = await post();
    expect(read).toMatchObject({ model_version: '1.0.0', parameters: { variant: 'control' } });
    expect(bold.asked).toBe(0);
    expect(await counted()).toMatchObject({ colour: { control: { assigned: 1, exposures: 1 } } });
  });

  it('has stable stand in for a variant that fails', async () => {
    experimentOn(world, await world.approve({ subject: { version: '2.0.0' } }), 1);
    bold.answer = () => failed('timeout', 'why');
    const { status, read } = await post();
    expect(status).toBe(200);
    expect(read).toMatchObject({ model_version: '1.0.0', parameters: { variant: 'stable' } });
    expect((await counted())?.colour?.bold).toMatchObject({ failures: 1, kinds: { timeout: 1 } });
  });

  it('passes over a variant that may not be loaded', async () => {
    experimentOn(world, await world.approve({ subject: { version: '2.0.0' } }, 'VALIDATION'), 1);
    const { status, read } = await post();
    expect(status).toBe(200);
    expect(read.model_version).toBe('1.0.0');
    expect((await counted())?.colour?.bold).toMatchObject({ assigned: 1, exposures: 0 });
  });

  it('splits users by its weights, each user the same way every time', async () => {
    experimentOn(world, await world.approve({ subject: { version: '2.0.0' } }), 0.5);
    const variants = async () => {
      const drawn: string[] = [];
      for (let i = 0; i < 16; i++) drawn.push((await post(`user-${i}`)).read.parameters.variant);
      return drawn;
    };
    const first = await variants();
    expect(await variants()).toEqual(first);
    expect(new Set(first)).toEqual(new Set(['bold', 'control']));
  });
});
