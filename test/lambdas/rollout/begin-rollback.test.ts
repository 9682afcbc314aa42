import { describe, expect, it } from 'vitest';
import { policyKey } from '#domain/registry/keys.ts';
import { digestNo } from '../../domain/serving/routing/sample-route.ts';
import {
  canaryRoute,
  EXECUTION,
  model,
  quietRoute,
  RollbackWorld,
  request,
} from './rollback-world.ts';

describe('a request', () => {
  it('is noted with what it comes to, and who waits how long', async () => {
    const world = new RollbackWorld();
    const asked = request();
    expect(await world.begin(asked)).toEqual({
      outcome: 'critical',
      rollback: { ...model, id: asked.id },
      stepSeconds: 60,
      validationSeconds: 60,
    });
    expect(await world.rollbacks.get(asked)).toMatchObject({
      status: 'RUNNING',
      mode: 'critical',
      version: '2.0.0',
      digest: digestNo(2),
      startShare: 0.25,
      execution: EXECUTION,
      request: asked,
      rev: 1,
    });
    expect(world.table.entries('rollback.requested')).toEqual([
      expect.objectContaining({
        subject: 'acme/churn/2.0.0',
        data: expect.objectContaining({ trigger: 'look', generation: 7, status: 'RUNNING' }),
      }),
    ]);
  });

  it('changes no traffic by itself', async () => {
    const world = new RollbackWorld();
    const before = await world.route();
    for (const severity of ['low', 'critical'] as const) await world.begin(request({ severity }));
    expect(await world.route()).toEqual(before);
  });

  it('that comes again is answered by the record of the first time', async () => {
    const world = new RollbackWorld();
    const asked = request({ severity: 'high' });
    const first = await world.begin(asked);
    world.setRoute(quietRoute());
    const items = new Map(world.table.items);
    expect(await world.begin(asked)).toEqual(first);
    expect(world.table.items).toEqual(items);
  });

  it('is nothing to a model without a route', async () => {
    const world = new RollbackWorld();
    const asked = request({ model: 'other' });
    expect(await world.begin(asked)).toMatchObject({ outcome: 'nothing' });
    expect(world.table.entries('rollback.requested')[0]).toMatchObject({ subject: 'acme/other' });
  });

  it('that cannot be met says why, in the registry too', async () => {
    const world = new RollbackWorld();
    const asked = request({ to: '8.0.0' });
    const reason =
      'to: got 8.0.0, expected 1.0.0, which answers instead of 2.0.0; ask for that, or for none';
    expect(await world.begin(asked)).toMatchObject({ outcome: 'refused', reason });
    expect(await world.rollbacks.get(asked)).toMatchObject({ status: 'REFUSED', reason });
    expect(world.counts).toEqual([]);
  });

  it('about stable with nothing before it holds, and pages', async () => {
    const world = new RollbackWorld(quietRoute());
    const { previous: _, ...route } = quietRoute();
    world.setRoute(route);
    expect(await world.begin(request())).toMatchObject({ outcome: 'hold' });
    expect(world.counts).toEqual([{ RollbackHeld: 1 }]);
  });
});

describe('the policy', () => {
  it('is the one that the rollout began under', async () => {
    const world = new RollbackWorld();
    const { rollback } = world.startRollout();
    const asked = request();
    await world.begin(asked);
    expect((await world.rollbacks.get(asked))?.policy).toEqual(rollback);
  });

  it('is the one in force where there is no rollout; parts of seconds are waited whole', async () => {
    const world = new RollbackWorld();
    const rollback = { gradualStepSeconds: 0.2, validationSeconds: 1.5 };
    world.table.put(policyKey(model), { revision: 1, overlay: { rollback } });
    const asked = request({ severity: 'low' });
    expect(await world.begin(asked)).toMatchObject({ stepSeconds: 1, validationSeconds: 2 });
    expect((await world.rollbacks.get(asked))?.policy).toMatchObject(rollback);
  });
});

describe('the rollout', () => {
  it('ends where the version is to go back step by step, so that nothing ramps it', async () => {
    const world = new RollbackWorld();
    const { id } = world.startRollout();
    const asked = request({ severity: 'high' });
    expect(await world.begin(asked)).toMatchObject({ outcome: 'gradual' });
    expect(await world.rollouts.get(model, id)).toMatchObject({
      status: 'ROLLED_BACK',
      ended: { by: asked.actor, reason: asked.reason },
    });
    expect(await world.rollbacks.get(asked)).toMatchObject({ rollout: id });
  });

  it('goes on until the kill where it goes at once', async () => {
    const world = new RollbackWorld();
    const { id } = world.startRollout();
    await world.begin(request());
    expect(await world.rollouts.get(model, id)).toMatchObject({ status: 'RUNNING' });
  });

  it('that is looked at meanwhile is read again', async () => {
    const world = new RollbackWorld();
    const running = world.startRollout();
    let reads = 0;
    world.table.before = async () => {
      // Behind the readings of record, route, rollout and the two layers of the policy.
      if (++reads === 6) world.startRollout({ rev: running.rev + 1, paused: true });
    };
    await world.begin(request({ severity: 'high' }));
    const ended = await world.rollouts.get(model, running.id);
    expect(ended).toMatchObject({ status: 'ROLLED_BACK', paused: true, rev: 6 });
  });

  it('of a version that is not rolled back goes on', async () => {
    const world = new RollbackWorld(canaryRoute({ experiments: [] }));
    const { id } = world.startRollout({ digest: digestNo(3), version: '3.0.0' });
    await world.begin(request({ severity: 'high' }));
    expect(await world.rollouts.get(model, id)).toMatchObject({ status: 'RUNNING' });
  });
});
