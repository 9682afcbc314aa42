import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_EXPERIMENT_POLICY } from '#domain/gates/experiment-policy.ts';
import { kill } from '#domain/serving/routing/kill.ts';
import { lookAtExperiment } from '../../../lambdas/experiments/look-at-experiment.ts';
import { counters, ones, served } from '../../domain/experiments/counts.ts';
import { moment, scorePlan } from '../../domain/experiments/sample-record.ts';
import { input, World } from './world.ts';

const better = counters(
  { bold: served(2000), control: served(18_000) },
  { bold: ones(2000, 1200), control: ones(18_000, 9000) },
);
const bandit = scorePlan({
  allocation: { kind: 'thompson', floor: 0.05, batchMinutes: 10 },
  metric: { id: 'score', kind: 'events', better: 'higher' },
});

const look = (world: World, hours: number, execution = input.execution) => {
  vi.setSystemTime(moment(hours).ms);
  return lookAtExperiment(world.ports)({ ...input, execution });
};

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

describe('a look at an experiment', () => {
  it('waits where nothing is decided, and renews the lease', async () => {
    const world = World.running();
    world.store.counts.set(2, better);
    expect(await look(world, 1)).toEqual({ outcome: 'wait', seconds: 300 });
    expect(world.store.route?.generation).toBe(2);
    expect(world.store.route?.experiments[0]?.leaseUntil).toBe(moment(1).ms + 360_000);
    expect(world.record).toMatchObject({ looks: 1, last: { missing: ['24 h, got 1.0 h'] } });
    expect(world.what).toEqual(['looked']);
  });

  it('concludes: stable alone answers again, in the same transaction', async () => {
    const world = World.running();
    world.store.counts.set(2, better);
    expect(await look(world, 24)).toEqual({ outcome: 'concluded', reason: 'winner' });
    expect(world.store.route).toMatchObject({ generation: 3, experiments: [] });
    expect(world.record.state).toMatchObject({ winner: 'bold', promotion: 'person' });
    expect(await look(world, 25)).toEqual({ outcome: 'concluded', reason: 'winner' });
    expect(world.what).toEqual(['concluded']);
  });

  it('has the winner roll out by itself where plan and policy say so, one rollout alone', async () => {
    const policy = { ...DEFAULT_EXPERIMENT_POLICY, autoPromotion: true };
    const world = World.running(scorePlan({ autoPromote: true }), { policy });
    world.store.counts.set(2, better);
    const first = await look(world, 24);
    expect(first).toMatchObject({
      outcome: 'promote',
      rollout: { tenant: 'acme', model: 'churn', version: '2.0.0', digest: '2'.repeat(64) },
    });
    expect(await look(world, 24)).toEqual(first);
    expect(world.what).toEqual(['concluded']);
  });

  it('aborts for harm', async () => {
    const world = World.running();
    world.store.counts.set(2, counters({ bold: served(1000, 100), control: served(9000, 90) }));
    expect(await look(world, 1)).toEqual({ outcome: 'aborted', reason: 'guardrail' });
    expect(world.store.route?.experiments).toEqual([]);
  });

  it('ends what a person has asked to end, with its analysis', async () => {
    const stop = { at: moment(1).iso, by: 'ben', reason: 'enough' };
    const world = World.running(scorePlan(), { stop });
    world.store.counts.set(2, better);
    expect(await look(world, 1)).toEqual({ outcome: 'aborted', reason: 'person' });
    expect(world.record.last?.evidence.arms).toMatchObject([{ units: 2000 }, { units: 18_000 }]);
    expect(world.store.route?.experiments).toEqual([]);
  });

  it('ends what a kill has ended, and leaves the route as the kill made it', async () => {
    const world = World.running();
    const { route } = world.store;
    const digest = scorePlan().control.digest;
    if (!route) throw new Error('no route');
    const previous = { version: '0.9.0', digest: '9'.repeat(64) as typeof digest };
    const asked = { digest, seenGeneration: 2, quarantineUntil: moment(9).ms };
    const killed = kill({ ...route, previous }, asked, moment(1));
    if (!killed.ok) throw new Error(killed.refusal.message);
    world.store.route = killed.route;
    expect(await look(world, 1)).toEqual({ outcome: 'aborted', reason: 'killed' });
    expect(world.store.route).toBe(killed.route);
  });

  it('weighs a bandit anew, and counts the next units by the new weights alone', async () => {
    const world = World.running(bandit);
    const { route } = world.store;
    if (!route) throw new Error('no route');
    const experiments = route.experiments.map((one) => ({ ...one, leaseUntil: moment(1).ms }));
    world.store.route = { ...route, experiments };
    world.store.counts.set(
      2,
      counters(
        { bold: served(500), control: served(500) },
        { bold: ones(500, 60), control: ones(500, 40) },
      ),
    );
    expect(await look(world, 0.2)).toMatchObject({ outcome: 'wait' });
    expect(world.what).toEqual(['weighed']);
    const variants = world.store.route?.experiments[0]?.variants ?? [];
    expect(world.store.route?.generation).toBe(3);
    expect(Object.fromEntries(variants.map(({ name, weight }) => [name, weight]))).toEqual(
      world.record.weighing?.weights,
    );
    expect(world.record.tally?.split.counts).toEqual({});
    world.store.counts.set(3, counters({ bold: served(30), control: served(10) }));
    await look(world, 0.25);
    expect(world.record.tally?.split.counts).toEqual({ bold: 30, control: 10 });
  });

  it('gives a lease that ran out again before it weighs anew', async () => {
    const world = World.running(bandit);
    expect(await look(world, 2)).toMatchObject({ outcome: 'wait' });
    expect(world.what).toEqual(['looked']);
    expect(world.record.weighing?.batch).toBe(0);
    expect(world.store.route?.experiments[0]?.leaseUntil).toBe(moment(2).ms + 360_000);
    await look(world, 2.01);
    expect(world.record.weighing?.batch).toBe(1);
  });

  it('looks again where a person or another change came first', async () => {
    const world = World.running();
    world.store.before = () => {
      const stop = { at: moment(1).iso, by: 'ben', reason: 'enough' };
      world.store.records.set('colour', { ...world.record, stop, rev: world.record.rev + 1 });
    };
    expect(await look(world, 1)).toEqual({ outcome: 'aborted', reason: 'person' });
  });

  it('leaves an experiment alone that another execution looks at', async () => {
    const world = World.running();
    expect(await look(world, 1, 'another')).toMatchObject({ outcome: 'ended' });
    expect(world.what).toEqual([]);
  });

  it('hands over after 1,000 looks', async () => {
    const world = World.running(scorePlan(), { looks: 999 });
    expect(await look(world, 1)).toMatchObject({
      outcome: 'hand-over',
      name: expect.stringMatching(/^churn-colour-[0-9a-f]{12}-\w+$/),
    });
  });

  it('faults where its record or its route is missing', async () => {
    const world = World.running();
    world.store.route = undefined;
    await expect(look(world, 1)).rejects.toThrow('lacks its record or its route');
  });
});
