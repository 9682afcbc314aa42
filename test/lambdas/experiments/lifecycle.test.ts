import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { abortedBy, stoppedBy } from '#domain/experiments/progress.ts';
import { kill } from '#domain/serving/routing/kill.ts';
import { beginExperiment } from '../../../lambdas/experiments/begin-experiment.ts';
import { failExperiment } from '../../../lambdas/experiments/fail-experiment.ts';
import { lookAtExperiment } from '../../../lambdas/experiments/look-at-experiment.ts';
import { counters, ones, served } from '../../domain/experiments/counts.ts';
import { moment, scorePlan } from '../../domain/experiments/sample-record.ts';
import { input, World } from './world.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

const EXECUTIONS = ['one', 'two'];
const bandit = scorePlan({
  allocation: { kind: 'ucb1', floor: 0.05, batchMinutes: 10 },
  metric: { id: 'score', kind: 'events', better: 'higher' },
});

/** Whatever may happen to an experiment, and to the route that carries it. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('look' as const), by: fc.constantFrom(...EXECUTIONS) }),
  },
  fc.record({ do: fc.constant('begin' as const), by: fc.constantFrom(...EXECUTIONS) }),
  fc.record({ do: fc.constant('fail' as const), by: fc.constantFrom(...EXECUTIONS) }),
  fc.record({ do: fc.constantFrom('stop', 'kill', 'change', 'harm', 'win') }),
);
type Step = { readonly do: string; readonly by?: string };

async function take(world: World, { do: what, by = 'one' }: Step, hours: number): Promise<void> {
  const { store, ports } = world;
  const asked = { ...input, execution: by };
  const { route } = store;
  const record = store.records.get('colour');
  if (!route || !record) throw new Error('lost');
  switch (what) {
    case 'begin':
      await beginExperiment(ports)(asked);
      return;
    case 'look':
      await lookAtExperiment(ports)(asked);
      return;
    case 'fail':
      await failExperiment(ports)({ ...asked, fault: { Error: 'e', Cause: 'c' } });
      return;
    case 'stop': {
      const stop = { at: moment(hours).iso, by: 'ben', reason: 'enough' };
      const planned = record.state.status === 'PLANNED';
      const next = planned
        ? abortedBy(record, 'person', undefined, moment(hours))
        : stoppedBy(record, stop);
      const over = record.state.status === 'CONCLUDED' || record.state.status === 'ABORTED';
      if (next && !over) store.records.set('colour', { ...next, rev: record.rev + 1 });
      return;
    }
    case 'kill': {
      const digest = bandit.treatments[0]?.target.digest as never;
      const killed = kill(
        route,
        { digest, seenGeneration: route.generation, quarantineUntil: 0 },
        moment(hours),
      );
      if (killed.ok) store.route = killed.route;
      return;
    }
    case 'change':
      store.route = { ...route, generation: route.generation + 1 };
      return;
    default: {
      const harm = what === 'harm';
      const now = counters(
        { bold: served(900, harm ? 90 : 0), control: served(900, harm ? 9 : 0) },
        { bold: ones(900, harm ? 90 : 400), control: ones(900, 90) },
      );
      store.counts.set(route.generation, now);
    }
  }
}

it('ends once, takes the route with it, and never comes back, in whatever order things happen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const world = World.planned(bandit);
      let generation = world.store.route?.generation ?? 0;
      let over: unknown;
      for (const [i, one] of steps.entries()) {
        const hours = i * 0.1 + (i > 20 ? 24 : 0);
        vi.setSystemTime(moment(hours).ms);
        await take(world, one, hours);
        const { route } = world.store;
        const { state, begun, weighing } = world.record;
        // Each change of the route is one generation more.
        expect([0, 1]).toContain((route?.generation ?? 0) - generation);
        generation = route?.generation ?? 0;
        const carried = route?.experiments.find(({ id }) => id === 'colour');
        if (carried) expect(state.status).toBe('RUNNING');
        if (state.status === 'RUNNING' && carried) {
          expect(carried.epoch).toBe(begun?.epoch);
          const weights = Object.fromEntries(carried.variants.map((v) => [v.name, v.weight]));
          expect(weights).toEqual(weighing?.weights);
        }
        if (over) expect(state).toEqual(over);
        if (state.status === 'ABORTED' || state.status === 'CONCLUDED') over = state;
      }
      const { what } = world;
      expect(what.filter((each) => each === 'concluded').length).toBeLessThanOrEqual(1);
      expect(what.filter((each) => each === 'begun').length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 400 },
  );
});
