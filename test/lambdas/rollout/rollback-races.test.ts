import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestKey } from '#domain/registry/keys.ts';
import type { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { ramp } from '#domain/serving/routing/candidate.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { digestNo, targetNo } from '../../domain/serving/routing/sample-route.ts';
import { canaryRoute, quietRoute, RollbackWorld, request } from './rollback-world.ts';

const ended = (world: RollbackWorld) => world.table.entries('rollout.rolledback');

/** Whatever the order, one rollback did it, and everything agrees on what is. */
async function expectOneTransition(world: RollbackWorld, killed: number, to: number) {
  const route = await world.route();
  expect(route).toMatchObject({ killEpoch: 1, stable: targetNo(to) });
  expect(route).not.toHaveProperty('candidate');
  expect(ended(world)).toHaveLength(1);
  expect(world.table.get(digestKey('acme', digestNo(killed)))).toMatchObject({ quarantines: 1 });
  expect(world.approval(killed)).toBe('VOID');
  expect(await world.version(to)).toMatchObject({ state: 'PRODUCTION' });
  expect(await world.version(killed)).toMatchObject({ state: 'STAGING' });
}

describe('a hundred triggers at once', () => {
  it.each<[string, RouteDocument, Partial<RollbackRequest>, number, number]>([
    ['the candidate', canaryRoute(), {}, 2, 1],
    ['stable', quietRoute(), { digest: digestNo(1) }, 1, 9],
  ])('make one transition of %s', async (_, route, changes, killed, to) => {
    const world = new RollbackWorld(route);
    const { id } = world.startRollout();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => world.rollBack(request(changes))),
    );
    expect(outcomes.filter((outcome) => outcome === 'rolled-back')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'nothing')).toHaveLength(99);
    await expectOneTransition(world, killed, to);
    expect((await world.route()).generation).toBe(route.generation + 1);
    const rollout = await world.rollouts.get({ tenant: 'acme', model: 'churn' }, id);
    expect(rollout?.status).toBe(killed === 2 ? 'ROLLED_BACK' : 'RUNNING');
  });

  it('find nothing to do where they come after each other', async () => {
    const world = new RollbackWorld();
    const outcomes: string[] = [];
    for (let n = 0; n < 100; n++) outcomes.push(await world.rollBack(request()));
    expect(outcomes).toEqual(['rolled-back', ...Array(99).fill('nothing')]);
    await expectOneTransition(world, 2, 1);
  });
});

describe('in any interleaving', () => {
  const severity = fc.constantFrom('low' as const, 'critical' as const);
  const trigger = fc.constantFrom('look' as const, 'alarm' as const, 'person' as const);
  const requests = fc.array(fc.record({ severity, trigger }), { minLength: 2, maxLength: 4 });

  /** Lets `scheduler` decide who of those who speak to the table is next. */
  function interleaved(world: RollbackWorld, scheduler: fc.Scheduler): void {
    world.table.before = async () => {
      await scheduler.schedule(Promise.resolve());
    };
  }

  const settle = async (
    world: RollbackWorld,
    scheduler: fc.Scheduler,
    work: Promise<unknown>[],
  ) => {
    const all = Promise.all(work);
    await scheduler.waitFor(all);
    world.table.before = async () => {};
    return (await all) as string[];
  };

  it.each<[string, () => RouteDocument, Partial<RollbackRequest>, number, number]>([
    ['a candidate', canaryRoute, {}, 2, 1],
    ['stable', quietRoute, { digest: digestNo(1) }, 1, 9],
  ])('critical and gradual rollbacks of %s make one', async (_, route, changes, killed, to) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), requests, async (scheduler, asked) => {
        const world = new RollbackWorld(route());
        interleaved(world, scheduler);
        const work = asked.map((one) => world.rollBack(request({ ...changes, ...one })));
        const outcomes = await settle(world, scheduler, work);
        expect(outcomes.filter((outcome) => outcome === 'rolled-back')).toHaveLength(1);
        for (const outcome of outcomes) {
          expect(['rolled-back', 'nothing', 'pre-empted']).toContain(outcome);
        }
        await expectOneTransition(world, killed, to);
      }),
      { numRuns: 60 },
    );
  });

  it('a ramp that was decided before does not bring a killed candidate back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = new RollbackWorld();
        const running = world.startRollout();
        interleaved(world, scheduler);
        const ramping = async () => {
          const route = await world.route();
          const at = { ms: Date.now(), iso: new Date().toISOString() };
          const asked = { seen: route, mode: 'canary', share: 0.5, leaseSeconds: 60 } as const;
          const next = ramp(route, asked, at);
          if (!next.ok) return 'refused';
          const routed = { route: next.route, seen: route };
          const act = { id: 'ramp', at: at.iso, actor: 'look-at-rollout' };
          return (await world.rollouts.step(running, running, routed, act)).ok ? 'ramped' : 'late';
        };
        await settle(world, scheduler, [world.rollBack(request()), ramping()]);
        await expectOneTransition(world, 2, 1);
      }),
      { numRuns: 60 },
    );
  });
});
