import { describe, expect, it } from 'vitest';
import { parseDigest } from '#domain/registry/digest.ts';
import { startCandidate } from '#domain/serving/routing/candidate.ts';
import { beginExperiment } from '../../../lambdas/experiments/begin-experiment.ts';
import { scorePlan } from '../../domain/experiments/sample-record.ts';
import { input, World } from './world.ts';

const begin = (world: World, execution = input.execution) =>
  beginExperiment(world.ports)({ ...input, execution });

describe('an experiment that begins', () => {
  it('has its shares, its lease and its record at once', async () => {
    const world = World.planned();
    expect(await begin(world)).toEqual({ outcome: 'begun', seconds: 300 });
    const { route } = world.store;
    expect(route?.generation).toBe(2);
    expect(route?.experiments).toMatchObject([
      {
        id: 'colour',
        epoch: 0,
        since: 2,
        variants: [
          { name: 'bold', weight: 0.1 },
          { name: 'control', weight: 0.9 },
        ],
      },
    ]);
    const lease = (route?.experiments[0]?.leaseUntil ?? 0) - Date.parse(world.record.updatedAt);
    expect(lease).toBe(360_000);
    expect(world.record).toMatchObject({
      state: { status: 'RUNNING', vetoed: [] },
      execution: input.execution,
      begun: { generation: 2, epoch: 0 },
      weighing: { batch: 0, generation: 2, weights: { bold: 0.1, control: 0.9 } },
      rev: 2,
    });
    expect(world.what).toEqual(['begun']);
  });

  it('tries again where the route or the record moved meanwhile', async () => {
    const world = World.planned();
    world.store.before = () => {
      const { route } = world.store;
      if (route) world.store.route = { ...route, generation: 7 };
    };
    expect((await begin(world)).outcome).toBe('begun');
    expect(world.store.route?.generation).toBe(8);
  });

  it('gives up where the route never rests', async () => {
    const world = World.planned();
    const move = () => {
      const { route } = world.store;
      if (route) world.store.route = { ...route, generation: route.generation + 1 };
      world.store.before = move;
    };
    move();
    await expect(begin(world)).rejects.toThrow('changed 5 times');
  });

  it.each<[string, (world: World) => void, RegExp]>([
    [
      'a treatment failed',
      (w) => w.versions.set('2.0.0', { ...treatment(w), state: 'FAILED' }),
      /FAILED/,
    ],
    ['a treatment is gone', (w) => w.versions.delete('2.0.0'), /no version 2\.0\.0/],
    [
      'a treatment has no admission',
      (w) => {
        const { admission: _, ...bare } = treatment(w);
        w.versions.set('2.0.0', bare);
      },
      /without an admission/,
    ],
    [
      'a treatment is another by now',
      (w) => w.versions.set('2.0.0', { ...treatment(w), digest: parseDigest('9'.repeat(64)) }),
      /no longer what was planned/,
    ],
    [
      'an approval was voided',
      (w) => {
        w.versions.set('2.0.0', { ...treatment(w), state: 'STAGING' });
        w.approval = { ...w.approval, status: 'VOID' as never };
      },
      /approval that is VOID/,
    ],
    ['another version is stable', (w) => stableIs(w, '9'), /was planned as control/],
    [
      'nothing serves',
      (w) => Object.assign(w.store, { route: undefined }),
      /got nothing as stable/,
    ],
    [
      'a treatment was put in quarantine at the last moment',
      (w) => w.store.failing.push('quarantine'),
      /quarantine/,
    ],
    ['a candidate has a share', candidateHasShare, /finish that rollout first/],
  ])('is blocked where %s, and its record says why', async (_, change, reason) => {
    const world = World.planned();
    change(world);
    expect(await begin(world)).toEqual({
      outcome: 'blocked',
      reason: expect.stringMatching(reason),
    });
    expect(world.record).toMatchObject({
      state: { status: 'ABORTED', reason: 'blocked' },
      failure: expect.stringMatching(reason),
    });
    expect(world.store.route?.experiments ?? []).toEqual([]);
  });

  it('takes a version in STAGING that people have approved', async () => {
    const world = World.planned();
    const staged = { ...treatment(world), state: 'STAGING' as const };
    world.versions.set('2.0.0', staged);
    world.approval = { ...world.approval, digest: staged.digest };
    expect((await begin(world)).outcome).toBe('begun');
  });
});

describe('an experiment that has begun', () => {
  it('is found by a retry', async () => {
    const world = World.running();
    expect(await begin(world)).toEqual({ outcome: 'begun', seconds: 300 });
    expect(world.what).toEqual([]);
  });

  it('is taken over by another execution, which looks at once', async () => {
    const world = World.running(scorePlan(), { looks: 1000 });
    expect(await begin(world, 'another')).toEqual({ outcome: 'begun', seconds: 1 });
    expect(world.record).toMatchObject({ execution: 'another', looks: 0 });
    expect(world.what).toEqual(['continued']);
  });

  it('does not begin again when it is over, or was never planned', async () => {
    const world = World.running(scorePlan(), {
      state: { status: 'ABORTED', reason: 'person', endedAt: 0 },
    });
    expect(await begin(world)).toEqual({ outcome: 'blocked', reason: 'the experiment is ABORTED' });
    world.store.records.clear();
    expect((await begin(world)).outcome).toBe('blocked');
  });
});

function treatment(world: World) {
  const found = world.versions.get('2.0.0');
  if (!found) throw new Error('no treatment');
  return found;
}

function stableIs(world: World, digit: string): void {
  const { route } = world.store;
  const stable = { version: '9.0.0', digest: parseDigest(digit.repeat(64)), since: 1 };
  if (route) world.store.route = { ...route, stable };
}

function candidateHasShare(world: World): void {
  const { route } = world.store;
  if (!route) return;
  const target = { version: '3.0.0', digest: parseDigest('3'.repeat(64)) };
  const started = startCandidate(
    route,
    { seen: route, target, leaseSeconds: 60 },
    { ms: 0, iso: '' },
  );
  if (!started.ok || !started.route.candidate) return;
  const candidate = { ...started.route.candidate, mode: 'canary', share: 0.1 } as const;
  world.store.route = { ...started.route, candidate };
}
