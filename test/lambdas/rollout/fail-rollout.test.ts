import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { act } from '../../../lambdas/act.ts';
import { targetNo } from '../../domain/serving/routing/sample-route.ts';
import { EXECUTION, model, RolloutWorld, rollout } from './rollout-world.ts';

let world: RolloutWorld;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = await new RolloutWorld().ready();
});
afterEach(() => {
  vi.useRealTimers();
});

it('records the fault, and asks for the version to be withdrawn without holding it against it', async () => {
  await world.begin();
  const failed = await world.fail('x'.repeat(40_000));
  expect(failed).toMatchObject({
    outcome: 'withdraw',
    rollback: {
      ...model,
      ...targetNo(2),
      ...{ abort: true, severity: 'critical', trigger: 'look', generation: 2 },
      reason: expect.stringMatching(/^the rollout broke off: Runtime.Exit: x+$/),
    },
  });
  expect(RollbackRequest.safeParse((failed as { rollback: unknown }).rollback).success).toBe(true);
  expect((await world.record()).status).toBe('FAULTED');
  expect(world.audit()).toEqual(['rollout.begun', 'rollout.faulted']);
});

it('says the same again when its task is retried', async () => {
  await world.begin();
  const first = await world.fail();
  expect(await world.fail()).toMatchObject({ name: (first as { name: string }).name });
  expect(world.audit()).toEqual(['rollout.begun', 'rollout.faulted']);
});

it('holds harm against it that was found before the fault', async () => {
  await world.begin();
  await world.serve([5_000, 400], [5_000, 1]);
  world.pass(20);
  expect(await world.look()).toMatchObject({ outcome: 'roll-back' });
  const failed = await world.fail();
  expect(failed).toMatchObject({ rollback: { reason: expect.stringContaining('does harm') } });
  expect(failed).not.toHaveProperty('rollback.abort');
});

it('withdraws nothing where nothing was on trial, or another execution looks after it', async () => {
  expect(await world.fail()).toEqual({ outcome: 'nothing' });
  await world.begin();
  await world.begin(rollout, `${EXECUTION}-2`);
  expect(await world.fail()).toEqual({ outcome: 'nothing' });
  expect((await world.record()).status).toBe('RUNNING');
});

it('withdraws nothing that was ended before', async () => {
  await world.begin();
  const ending = { status: 'ABORTED', by: 'mia', reason: 'no' } as const;
  await world.rollouts.end(await world.record(), ending, act('mia'));
  expect(await world.fail()).toEqual({ outcome: 'nothing' });
});
