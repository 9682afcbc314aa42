import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestKey, policyKey, routeKey } from '#domain/registry/keys.ts';
import {
  digestNo,
  NOW,
  sampleCandidate,
  sampleExperiment,
  sampleRoute,
  targetNo,
} from '../../domain/serving/routing/sample-route.ts';
import { BRISK, EXECUTION, model, RolloutWorld, rollout } from './rollout-world.ts';

let world: RolloutWorld;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = await new RolloutWorld().ready();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a rollout that begins', () => {
  it('puts the version in shadow, with a lease past the first look', async () => {
    expect(await world.begin()).toEqual({ outcome: 'begun', seconds: 20 });
    expect(await world.route()).toMatchObject({
      generation: 2,
      stable: targetNo(1),
      candidate: { ...targetNo(2), mode: 'shadow', share: 0, leaseUntil: NOW + 80_000 },
    });
    expect(await world.record()).toMatchObject({
      ...rollout,
      baseline: '1.0.0',
      execution: EXECUTION,
      approval: 'approval-2',
      policy: { exposuresMin: 100 },
      status: 'RUNNING',
      epoch: 0,
      steps: [{ step: 0, generation: 2 }],
      rev: 1,
    });
    expect(world.audit()).toEqual(['rollout.begun']);
  });

  it('gives the first share at once where the policy wants no shadow, in one generation', async () => {
    world = await new RolloutWorld({ ...BRISK, shadow: false }).ready();
    await world.begin();
    const { generation, candidate } = await world.route();
    expect(generation).toBe(2);
    expect(candidate).toMatchObject({ mode: 'canary', share: 0.05, since: 2 });
    expect((await world.record()).steps).toMatchObject([{ step: 1, generation: 2 }]);
  });

  it('begins though the model is blocked: only all of the traffic is held back', async () => {
    world.setBlocked(true);
    expect(await world.begin()).toMatchObject({ outcome: 'begun' });
  });

  it('waits for the end of a block where the policy gives all traffic at once', async () => {
    world = await new RolloutWorld({ ...BRISK, shadow: false, steps: [100] }).ready();
    world.setBlocked(true);
    expect(await world.begin()).toEqual({ outcome: 'busy', seconds: 10 });
    expect(await world.route()).not.toHaveProperty('candidate');
    world.setBlocked(false);
    expect(await world.begin()).toMatchObject({ outcome: 'begun' });
    expect((await world.route()).candidate).toMatchObject({ share: 1 });
  });

  it('runs the version where its manifest says', async () => {
    const backend = { kind: 'http', url: 'https://models.example.com/churn' } as const;
    world.setVersion(2, 'STAGING', { backend });
    await world.begin();
    expect((await world.route()).candidate).toMatchObject({ backend });
  });

  it('is found again by a retry, which changes nothing', async () => {
    await world.begin();
    expect(await world.begin()).toEqual({ outcome: 'begun', seconds: 20 });
    expect(world.audit()).toEqual(['rollout.begun']);
  });

  it('is taken over by a successor', async () => {
    await world.begin();
    expect(await world.begin(rollout, `${EXECUTION}-2`)).toMatchObject({ outcome: 'begun' });
    expect((await world.record()).execution).toBe(`${EXECUTION}-2`);
    expect(world.audit()).toEqual(['rollout.begun', 'rollout.continued']);
  });

  it('is not begun a second time once it has ended', async () => {
    await world.begin();
    await world.fail();
    expect(await world.begin()).toEqual({
      outcome: 'blocked',
      reason: 'the rollout is FAULTED',
    });
  });

  it('begins on the route as it is when others change it meanwhile', async () => {
    let turns = 0;
    world.table.before = async () => {
      if (++turns === 6) world.table.put(routeKey(model), sampleRoute({ generation: 9 }));
    };
    expect(await world.begin()).toMatchObject({ outcome: 'begun' });
    expect((await world.route()).generation).toBe(10);
  });
});

describe('a turn', () => {
  const other = sampleRoute({ candidate: sampleCandidate({ ...targetNo(3) }) });
  const since = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

  it.each([
    [0, 10],
    [1_000, 100],
    [100_000, 900],
  ])('after waiting %i s is tried again in %i s', async (waited, seconds) => {
    world.setRoute(other);
    const begun = await world.begin(rollout, EXECUTION, since(waited));
    expect(begun).toEqual({ outcome: 'busy', seconds });
    expect(world.audit()).toEqual([]);
  });

  it('is given up after a week', async () => {
    world.setRoute(other);
    expect(await world.begin(rollout, EXECUTION, since(8 * 24 * 3600))).toMatchObject({
      outcome: 'blocked',
      reason: expect.stringContaining('3.0.0'),
    });
  });

  it('comes so seldom in that week that the history of an execution has room for looks', async () => {
    world.setRoute(other);
    let turns = 0;
    for (let waited = 0; ; turns++) {
      const begun = await world.begin(rollout, EXECUTION, since(waited));
      if (begun.outcome !== 'busy') break;
      waited += begun.seconds;
    }
    // Nine events for a turn, and for each of 1,000 looks.
    expect(9 * (turns + 1000)).toBeLessThan(25_000);
  });

  it('beside an experiment is one for a shadow alone', async () => {
    world.setRoute(sampleRoute({ experiments: [sampleExperiment()] }));
    expect(await world.begin()).toMatchObject({ outcome: 'begun' });
    world = await new RolloutWorld({ ...BRISK, shadow: false }).ready();
    world.setRoute(sampleRoute({ experiments: [sampleExperiment()] }));
    expect(await world.begin()).toMatchObject({ outcome: 'busy' });
  });
});

describe('a version that may not be tried', () => {
  it.each<[string, () => void, RegExp]>([
    ['has left STAGING', () => world.setVersion(2, 'FAILED'), /FAILED.*expected STAGING/],
    ['has other bytes', () => world.setVersion(2, 'STAGING', { digest: digestNo(5) }), /digest/],
    ['lost its approval', () => world.setVersion(2, 'STAGING', noApproval), /no approval/],
    ['was never admitted', () => world.setVersion(2, 'STAGING', noAdmission), /no admission/],
    ['has a void approval', () => world.setApproval(2, 'VOID'), /no longer APPROVED/],
    [
      'is judged by another policy',
      () => world.table.put(policyKey(model), { revision: 2 }),
      /policy/,
    ],
    [
      'is in quarantine',
      () => world.table.put(digestKey('acme', targetNo(2).digest), { quarantinedUntil: NOW + 1 }),
      /quarantine/,
    ],
    [
      'is quarantined on the route',
      () =>
        world.setRoute(
          sampleRoute({ quarantined: [{ digest: targetNo(2).digest, until: NOW + 1 }] }),
        ),
      /quarantined/,
    ],
    [
      'has nothing to be compared with',
      () => world.table.items.delete(routeItem),
      /nothing serves/,
    ],
  ])('because it %s stays in STAGING', async (_, prepare, reason) => {
    prepare();
    expect(await world.begin()).toMatchObject({
      outcome: 'blocked',
      reason: expect.stringMatching(reason),
    });
    expect(await world.rollouts.list(model)).toEqual([]);
    expect(world.audit()).toEqual([]);
  });

  const noApproval = { approval: undefined } as unknown as Record<string, never>;
  const noAdmission = { admission: undefined } as unknown as Record<string, never>;
  const routeItem = `${routeKey(model).PK} ${routeKey(model).SK}`;
});
