import { describe, expect, it } from 'vitest';
import { failExperiment } from '../../../lambdas/experiments/fail-experiment.ts';
import { scorePlan } from '../../domain/experiments/sample-record.ts';
import { input, World } from './world.ts';

const fault = { Error: 'Runtime.HandlerError', Cause: 'out of order' };
const fail = (world: World, execution = input.execution) =>
  failExperiment(world.ports)({ ...input, execution, fault });

describe('an experiment that broke off', () => {
  it('is taken out of the route at once, and its record says why', async () => {
    const world = World.running();
    expect(await fail(world)).toEqual({ outcome: 'aborted' });
    expect(world.store.route).toMatchObject({ generation: 3, experiments: [] });
    expect(world.record).toMatchObject({
      state: { status: 'ABORTED', reason: 'fault' },
      failure: 'Runtime.HandlerError: out of order',
    });
    expect(await fail(world)).toEqual({ outcome: 'nothing' });
  });

  it('is ended before it began as well', async () => {
    const world = World.planned();
    expect(await fail(world)).toEqual({ outcome: 'aborted' });
    expect(world.store.route?.generation).toBe(1);
  });

  it('tries again where the route moved meanwhile', async () => {
    const world = World.running();
    world.store.before = () => {
      const { route } = world.store;
      if (route) world.store.route = { ...route, generation: 9 };
    };
    expect(await fail(world)).toEqual({ outcome: 'aborted' });
    expect(world.store.route?.generation).toBe(10);
  });

  it('is left alone where another execution looks at it, or there is none', async () => {
    const world = World.running(scorePlan());
    expect(await fail(world, 'another')).toEqual({ outcome: 'nothing' });
    world.store.records.clear();
    expect(await fail(world)).toEqual({ outcome: 'nothing' });
    expect(world.what).toEqual([]);
  });
});
