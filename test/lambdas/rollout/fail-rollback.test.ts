import { expect, it } from 'vitest';
import { failRollback } from '../../../lambdas/rollout/fail-rollback.ts';
import { RollbackWorld, request } from './rollback-world.ts';

const fault = { Error: 'Sandbox.Timedout', Cause: 'out of time' };
const fail = (world: RollbackWorld, rollback: ReturnType<typeof request>) =>
  failRollback(world.ports)({ state: { rollback, fault } });

it('records that a rollback broke off, and why', async () => {
  const world = new RollbackWorld();
  const asked = request();
  await world.begin(asked);
  expect(await fail(world, asked)).toEqual({ status: 'FAULTED' });
  expect(await world.rollbacks.get(asked)).toMatchObject({
    status: 'FAULTED',
    reason: 'Sandbox.Timedout: out of time',
  });
  expect(world.table.entries('rollback.faulted')).toHaveLength(1);
});

it('leaves done what was done', async () => {
  const world = new RollbackWorld();
  const asked = request();
  await world.rollBack(asked);
  const route = await world.route();
  expect(await fail(world, asked)).toEqual({ status: 'FAULTED' });
  expect(await world.route()).toEqual(route);
  expect((await world.rollbacks.get(asked))?.killed).toMatchObject({ generation: 8 });
  expect(world.table.entries('rollback.faulted')[0]).toMatchObject({ data: { generation: 8 } });
});

it('says nothing of a rollback that has ended', async () => {
  const world = new RollbackWorld();
  const asked = request({ to: '8.0.0' });
  await world.begin(asked);
  expect(await fail(world, asked)).toEqual({ status: 'REFUSED' });
  expect(world.table.entries('rollback.faulted')).toEqual([]);
});

it('has nothing to record where the first task broke off', async () => {
  expect(await fail(new RollbackWorld(), request())).toEqual({ status: 'NONE' });
});
