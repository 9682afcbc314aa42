import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { routeKey } from '#domain/registry/keys.ts';
import { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import { planRollout } from '../../../lambdas/rollout/plan-rollout.ts';
import { targetNo } from '../../domain/serving/routing/sample-route.ts';
import { releaseOf } from '../../support/sample-release.ts';
import { BRISK, model, RolloutWorld } from './rollout-world.ts';

let world: RolloutWorld;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = await new RolloutWorld().ready();
});
afterEach(() => {
  vi.useRealTimers();
});

const plan = async () => planRollout(world)({ release: releaseOf(await world.version(2)) });

it('tries a version beside the one that serves, under an id of its own', async () => {
  const [one, other] = [await plan(), await plan()];
  expect(one).toMatchObject({ outcome: 'trial', rollout: { ...model, ...targetNo(2) } });
  const ids = [one, other].map((each) => 'rollout' in each && RolloutRef.parse(each.rollout).id);
  expect(new Set(ids).size).toBe(2);
});

it('tries nothing where nothing serves yet', async () => {
  const { PK, SK } = routeKey(model);
  world.table.items.delete(`${PK} ${SK}`);
  expect(await plan()).toEqual({ outcome: 'direct' });
});

it('tries nothing where the policy wants no trial', async () => {
  world = await new RolloutWorld({ ...BRISK, trial: false }).ready();
  expect(await plan()).toEqual({ outcome: 'direct' });
});

it('leaves a version to its activation that was activated already', async () => {
  world.setVersion(2, 'PRODUCTION');
  expect(await plan()).toEqual({ outcome: 'direct' });
});

it('does nothing with a version that left STAGING', async () => {
  world.setVersion(2, 'FAILED');
  expect(await plan()).toEqual({ outcome: 'blocked', reason: 'it is FAILED, expected STAGING' });
});
