import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rolloutKey } from '#domain/registry/keys.ts';
import { recede } from '#domain/serving/routing/candidate.ts';
import { kill } from '#domain/serving/routing/kill.ts';
import { act } from '../../../lambdas/act.ts';
import {
  done,
  moment,
  sampleExperiment,
  targetNo,
} from '../../domain/serving/routing/sample-route.ts';
import { BLOCK, BRISK, EXECUTION, model, RolloutWorld, rollout } from './rollout-world.ts';

let world: RolloutWorld;
const enter = async (policy: ConstructorParameters<typeof RolloutWorld>[0] = BRISK) => {
  world = await new RolloutWorld(policy).ready();
  await world.begin();
};
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await enter();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Serves without a failure, waits as told, and looks. */
async function next(seconds = 20) {
  await world.serveWell();
  world.pass(seconds);
  return world.look();
}

async function untilShare(share: number): Promise<void> {
  for (let looks = 0; (await world.route()).candidate?.share !== share; looks++) {
    if (looks > 10) throw new Error(`no share of ${share} after ${looks} looks`);
    await next();
  }
}

const leaseOf = async () => (await world.route()).candidate?.leaseUntil ?? 0;

describe('a look that finds nothing to decide', () => {
  it('is noted, renews the lease, and waits longer for the next', async () => {
    const { generation } = await world.route();
    world.pass(20);
    expect(await world.look()).toEqual({ outcome: 'wait', seconds: 25 });
    expect(await world.record()).toMatchObject({
      state: { look: 1 },
      last: { number: 1, step: 0, outcome: 'INSUFFICIENT', nextSeconds: 25 },
      rev: 2,
    });
    expect(await leaseOf()).toBe(Date.now() + (25 + 60) * 1000);
    expect((await world.route()).generation).toBe(generation);
    expect(world.audit()).toEqual(['rollout.begun', 'rollout.looked']);
  });

  it('counts nothing twice when its task is run again at once', async () => {
    await world.serveWell(300);
    world.pass(20);
    const first = await world.look();
    expect(await world.look()).toEqual(first);
    expect((await world.record()).state).toMatchObject({ look: 1, exposures: 300 });
  });

  it('keeps what it has counted for the next one', async () => {
    await enter({ ...BRISK, exposuresMin: 1e6 });
    await world.serveWell(500);
    world.pass(20);
    await world.look();
    await world.serveWell(700);
    world.pass(25);
    await world.look();
    expect((await world.record()).state).toMatchObject({ look: 2, exposures: 1200 });
  });
});

describe('a healthy candidate', () => {
  it('goes from shadow to all, one step with each proof, and is then to be promoted', async () => {
    const shares = [];
    const generations = [];
    let after = await next();
    for (; after.outcome === 'wait'; after = await next()) {
      const { candidate, generation } = await world.route();
      shares.push(candidate?.share);
      generations.push(generation);
    }
    expect(shares).toEqual([0.05, 0.1, 0.25, 0.5, 1]);
    expect(generations).toEqual([3, 4, 5, 6, 7]);
    expect(after).toEqual({ outcome: 'promote', seconds: 25 });
    expect((await world.record()).steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(world.audit().filter((type) => type === 'rollout.step')).toHaveLength(5);
  });

  it('is looked at soon after each step, with a lease past that look', async () => {
    expect(await next()).toEqual({ outcome: 'wait', seconds: 20 });
    expect((await world.record()).last?.nextSeconds).toBe(20);
    expect(await leaseOf()).toBe(Date.now() + 80_000);
  });

  it('gets no share without a lease that runs: it is renewed first, and the step comes later', async () => {
    await world.serveWell();
    world.pass(100);
    expect(await world.look()).toMatchObject({ outcome: 'wait' });
    expect((await world.route()).candidate).toMatchObject({ mode: 'shadow' });
    expect(await leaseOf()).toBeGreaterThan(Date.now());
    await next(25);
    expect((await world.route()).candidate).toMatchObject({ share: 0.05 });
  });

  it('gets no share while experiments run', async () => {
    const route = await world.route();
    const beside = { ...sampleExperiment(), leaseUntil: Date.now() + 1e7 };
    world.setRoute({ ...route, experiments: [beside] });
    await next();
    expect((await world.record()).last?.outcome).toBe('PASS');
    expect((await world.route()).candidate?.mode).toBe('shadow');
    world.setRoute({ ...(await world.route()), experiments: [] });
    await next(25);
    expect((await world.route()).candidate?.mode).toBe('canary');
  });

  it('is counted under the generations of its steps, and of changes beside them', async () => {
    await untilShare(0.05);
    const route = await world.route();
    world.setRoute({ ...route, generation: route.generation + 1 });
    await world.serveWell(1000);
    world.pass(20);
    await world.look();
    expect((await world.record()).state).toMatchObject({ step: 1, exposures: 50 });
  });

  it('forgets counters of steps that are over, so that the record stays small', async () => {
    await untilShare(0.25);
    const { counted } = await world.record();
    expect(counted['2']?.traffic).toEqual({ candidate: expect.anything() });
    expect(Object.keys(counted)).toEqual(['2', '3', '4']);
    await world.serve([1, 0], [1, 0]);
    world.pass(20);
    await world.look();
    const later = (await world.record()).counted;
    expect(later['2']?.traffic.candidate?.candidate?.exposures ?? 0).toBe(0);
    expect(later['4']?.traffic.candidate?.candidate?.exposures).toBeGreaterThan(0);
  });
});

describe('a candidate whose model is blocked', () => {
  it('goes as far as half the traffic, and then a person is asked once', async () => {
    world.setBlocked(true);
    await untilShare(0.5);
    for (let looks = 0; looks < 3; looks++) expect((await next(30)).outcome).toBe('wait');
    expect((await world.route()).candidate?.share).toBe(0.5);
    expect((await world.record()).asked?.reason).toBe(
      `the step of 50 % is done, but since ${BLOCK.since} promotions are blocked by ${BLOCK.by}`,
    );
    expect(world.audit().filter((type) => type === 'rollout.asked')).toHaveLength(1);
    expect(await leaseOf()).toBeGreaterThan(Date.now());
  });

  it('gets all of it by a person’s leave, which is told apart from proof', async () => {
    world.setBlocked(true);
    await untilShare(0.5);
    await next();
    await world.rollouts.allow(await world.record(), 5, act('mia'), 'seen by hand');
    await next(30);
    expect((await world.route()).candidate?.share).toBe(1);
    expect(world.table.entries('rollout.step').at(-1)?.data).toMatchObject({
      to: 5,
      byLeave: true,
      outcome: 'PASS',
      despite: BLOCK,
    });
    expect((await world.record()).despite).toEqual(BLOCK);
  });

  it('is held again by an alarm that joins after leave was given, until there is leave for that', async () => {
    world.setBlocked(true);
    await untilShare(0.5);
    await next();
    const joined = '2026-01-02T00:00:00.000Z';
    await world.rollouts.allow(await world.record(), 5, act('mia'), 'seen by hand');
    world.setBlocked(true, joined);
    await next(30);
    expect((await world.route()).candidate?.share).toBe(0.5);
    expect((await world.record()).asked).toMatchObject({
      block: { since: joined },
      reason: expect.stringContaining(`leave was given for another block, since ${BLOCK.since}`),
    });
    await world.rollouts.allow(await world.record(), 5, act('mia'), 'seen as well');
    await next(30);
    expect((await world.route()).candidate?.share).toBe(1);
  });

  it('gets nothing by leave that was given before it was blocked, nor by a record of older code', async () => {
    await untilShare(0.5);
    await world.rollouts.allow(await world.record(), 5, act('mia'), 'few users');
    world.setBlocked(true);
    await next(30);
    expect((await world.route()).candidate?.share).toBe(0.5);
    expect((await world.record()).asked?.block).toEqual(BLOCK);
  });

  it('is not let through where another block begins between the reading and the writing', async () => {
    world.setBlocked(true);
    await untilShare(0.5);
    await next();
    await world.rollouts.allow(await world.record(), 5, act('mia'), 'seen by hand');
    await world.serveWell();
    world.pass(30);
    let requests = 0;
    world.table.before = async () => {
      if (++requests === 4) world.setBlocked(true, '2026-01-02T00:00:00.000Z');
    };
    expect((await world.look()).outcome).toBe('wait');
    expect((await world.route()).candidate?.share).toBe(0.5);
  });

  it('gets it by itself once the block is gone', async () => {
    world.setBlocked(true);
    await untilShare(0.5);
    await next();
    world.setBlocked(false);
    await next(30);
    expect((await world.route()).candidate?.share).toBe(1);
    expect(await world.record()).not.toHaveProperty('asked');
  });

  it('asks about what holds it now, where the block is gone and experiments run', async () => {
    world.setBlocked(true);
    await untilShare(0.5);
    await next();
    world.setBlocked(false);
    const beside = sampleExperiment({ leaseUntil: Date.now() + 1000 });
    world.setRoute({ ...(await world.route()), experiments: [beside] });
    await next(30);
    expect(await world.record()).not.toHaveProperty('asked');
    expect(world.table.entries('rollout.looked').at(-1)?.data).toMatchObject({
      askedNoMore: BLOCK,
    });
    await next(25 * 3600);
    const { asked } = await world.record();
    expect(asked?.reason).toContain('experiments run');
    expect(asked).not.toHaveProperty('block');
    expect(world.audit().filter((type) => type === 'rollout.asked')).toHaveLength(2);
  });

  it('does not get it where the block comes between the reading and the writing', async () => {
    await untilShare(0.5);
    await world.serveWell();
    world.pass(20);
    let requests = 0;
    world.table.before = async () => {
      // After the record, the route and the state, before the transaction.
      if (++requests === 4) world.setBlocked(true);
    };
    expect((await world.look()).outcome).toBe('wait');
    expect((await world.route()).candidate?.share).toBe(0.5);
    expect((await world.record()).asked?.reason).toContain('promotions are blocked');
  });

  it('is still rolled back for harm', async () => {
    world.setBlocked(true);
    await untilShare(0.5);
    await world.serve([50_000, 4000], [50_000, 50]);
    world.pass(20);
    expect((await world.look()).outcome).toBe('roll-back');
  });
});

describe('harm', () => {
  const harm = async () => {
    await world.serve([5_000, 400], [95_000, 100]);
    world.pass(20);
    return world.look();
  };

  it('is rolled back at once, with the evidence, and no lease more', async () => {
    await untilShare(0.05);
    const before = await leaseOf();
    const after = await harm();
    const { generation } = await world.route();
    expect(after).toMatchObject({
      outcome: 'roll-back',
      name: expect.stringMatching(/^acme-churn-3-look-/),
      rollback: {
        ...model,
        ...targetNo(2),
        trigger: 'look',
        severity: 'critical',
        actor: 'look-at-rollout',
        generation,
        reason: expect.stringContaining('the canary does harm'),
        evidence: {
          rollout: rollout.id,
          look: 2,
          step: 1,
          lnThresholds: { harm: Math.log(40) },
          guardrails: [
            {
              id: 'failures',
              canary: { exposures: 105_000, events: 400 },
              baseline: { exposures: 195_000, events: 100 },
            },
          ],
        },
      },
    });
    expect((await world.record()).last?.outcome).toBe('FAIL');
    expect(await leaseOf()).toBe(before);
    expect((await world.route()).candidate?.share).toBe(0.05);
  });

  it('is reported again, under the same name, when the task is run again', async () => {
    await untilShare(0.05);
    const first = await harm();
    const again = await world.look();
    expect(again).toMatchObject({ outcome: 'roll-back', name: (first as { name: string }).name });
    expect((await world.record()).state.look).toBe(2);
  });

  it('rolls back a rollout that is paused', async () => {
    await untilShare(0.05);
    await world.rollouts.pause(await world.record(), act('mia'), 'lunch');
    expect(await harm()).toMatchObject({ outcome: 'roll-back' });
  });

  it('that only slows answers down may go back step by step', async () => {
    const latency = { id: 'latency', kind: 'latency', better: 'lower', required: true } as const;
    await enter({ ...BRISK, guardrails: [latency], latencySamplesMin: 100 });
    await untilShare(0.05);
    const { generation } = await world.route();
    const arm = (bucket: number, units: number) => ({
      ...{ assigned: units, exposures: units, failures: 0, kinds: {} },
      latency: [[bucket, units]] as [number, number][],
    });
    world.traffic.set(generation, {
      candidate: { candidate: arm(400, 5_000), stable: arm(81, 95_000) },
    });
    world.pass(20);
    expect(await world.look()).toMatchObject({
      outcome: 'roll-back',
      rollback: { severity: 'high' },
    });
  });
});

describe('people', () => {
  it('who pause hold every step, and let it go on by resuming', async () => {
    await world.rollouts.pause(await world.record(), act('mia'), 'freeze');
    await next();
    expect((await world.record()).last?.outcome).toBe('PASS');
    expect((await world.route()).candidate?.mode).toBe('shadow');
    expect(await leaseOf()).toBeGreaterThan(Date.now() + 60_000);
    await world.rollouts.resume(await world.record(), act('mia'), 'thawed');
    await next(25);
    expect((await world.route()).candidate?.share).toBe(0.05);
  });

  it('who pause between the look and its write are heard', async () => {
    await world.serveWell();
    world.pass(20);
    let requests = 0;
    world.table.before = async () => {
      if (++requests !== 3) return;
      world.table.before = async () => {};
      await world.rollouts.pause(await world.record(), act('mia'), 'stop');
    };
    await world.look();
    expect((await world.route()).candidate?.mode).toBe('shadow');
    expect(await world.record()).toMatchObject({ paused: true, state: { look: 1 } });
  });

  it('are asked once after a day without a decision, and the candidate keeps its lease', async () => {
    await enter({ ...BRISK, exposuresMin: 1e9 });
    await next();
    for (const hours of [23, 1, 1]) {
      world.pass(hours * 3600);
      expect(await world.look()).toMatchObject({ outcome: 'wait' });
      expect(await leaseOf()).toBeGreaterThan(Date.now());
    }
    expect((await world.record()).asked?.reason).toMatch(
      /^the shadow has lasted 24 h without a decision: .*1000000000 needed/,
    );
    expect(world.audit().filter((type) => type === 'rollout.asked')).toHaveLength(1);
  });

  it('who give leave start the next step without evidence, and are not asked again at once', async () => {
    await enter({ ...BRISK, exposuresMin: 1e9 });
    await next();
    world.pass(24 * 3600);
    await world.look();
    await world.rollouts.allow(await world.record(), 1, act('mia'));
    await next(31);
    expect(await world.route()).toMatchObject({ candidate: { share: 0.05 } });
    expect(await world.record()).not.toHaveProperty('asked');
    expect(world.table.entries('rollout.step')).toMatchObject([{ data: { byLeave: true } }]);
    world.pass(23 * 3600);
    await world.look();
    expect(world.audit().filter((type) => type === 'rollout.asked')).toHaveLength(1);
  });

  it('are asked at once when units are not split as the step says', async () => {
    await untilShare(0.05);
    await world.serve([20_000, 0], [80_000, 0]);
    world.pass(20);
    await world.look();
    expect((await world.record()).asked?.reason).toContain('not split as the step says');
    expect(await leaseOf()).toBeGreaterThan(Date.now());
  });
});

describe('a rollout that others end', () => {
  const killed = async (digest = targetNo(2).digest) => {
    const route = await world.route();
    const asked = { digest, seenGeneration: route.generation, quarantineUntil: 0 };
    world.setRoute(done(kill(route, asked, moment(Date.now()))));
  };

  it('is ended in its record too, and not looked at any more', async () => {
    await killed();
    expect(await world.look()).toMatchObject({ outcome: 'ended' });
    expect(await world.record()).toMatchObject({
      status: 'ABORTED',
      ended: { by: 'look-at-rollout', reason: expect.stringContaining('kill epoch') },
    });
    expect(world.audit().at(-1)).toBe('rollout.aborted');
    expect(await world.look()).toEqual({ outcome: 'ended', reason: 'the rollout is ABORTED' });
  });

  it('does not take a later trial of the same bytes for its own', async () => {
    const { candidate, ...route } = await world.route();
    if (!candidate) throw new Error('no candidate');
    world.setRoute({ ...route, generation: 9, candidate: { ...candidate, since: 9 } });
    expect(await world.look()).toMatchObject({ outcome: 'ended' });
    expect((await world.route()).candidate?.since).toBe(9);
  });

  it('is neither judged nor ramped while its share is taken back, and gets no lease', async () => {
    await enter({ ...BRISK, lookSecondsMax: 60 });
    await untilShare(0.1);
    const route = await world.route();
    const asked = { seen: route, share: 0.02 };
    world.setRoute(done(recede(route, asked, moment(Date.now()))));
    const before = await leaseOf();
    await world.serveWell();
    world.pass(20);
    expect(await world.look()).toEqual({ outcome: 'wait', seconds: 1800 });
    expect((await world.route()).candidate?.share).toBe(0.02);
    expect(await leaseOf()).toBe(before);
  });

  it('is left to the execution that took it over', async () => {
    await world.begin(rollout, `${EXECUTION}-2`);
    world.pass(20);
    expect(await world.look()).toMatchObject({
      outcome: 'ended',
      reason: expect.stringContaining(`${EXECUTION}-2`),
    });
    expect(await world.look(`${EXECUTION}-2`)).toMatchObject({ outcome: 'wait' });
  });
});

it('hands over after a thousand looks, under a name of its own', async () => {
  const record = await world.record();
  const state = { ...record.state, look: 999 };
  world.table.put(rolloutKey(model, rollout.id), { ...record, state });
  world.pass(20);
  expect(await world.look()).toEqual({
    outcome: 'hand-over',
    seconds: 25,
    name: `${rollout.id}-1000`,
  });
});

it('faults when it does not know the rollout', async () => {
  world.table.items.delete(
    `${rolloutKey(model, rollout.id).PK} ${rolloutKey(model, rollout.id).SK}`,
  );
  await expect(world.look()).rejects.toThrow('lacks its record or its route');
});
