import { beforeAll, expect, it, type TestContext } from 'vitest';
import type { Guardrail } from '#domain/gates/rollout-policy.ts';
import type { Trigger } from '#domain/rollout/record.ts';
import { CRASHING, type FaultyModel } from '../support/faulty-models.ts';
import { artifactOf } from './support/artifact.ts';
import { approvalItem, entriesAbout, versionOf } from './support/registry.ts';
import {
  faultyArtifact,
  gather,
  inCanary,
  inProduction,
  onTrial,
  rollbackDone,
  rolloutIn,
  routeDocumentOf,
  trialPolicy,
} from './support/rollouts.ts';
import { Traffic, type TrafficOptions } from './support/traffic.ts';
import { until } from './support/until.ts';

/** Half of the users at once, whose answers are compared from the first look on. */
const AT_ONCE = { shadow: false, steps: [50, 100] };
const SCORED: Guardrail[] = [
  { id: 'failures', kind: 'events', better: 'lower', required: true },
  { id: 'latency', kind: 'latency', better: 'lower', required: true },
  { id: 'score', kind: 'mean', better: 'higher', required: true },
];

interface Case {
  readonly model: string;
  readonly candidate: FaultyModel;
  /** What serves meanwhile; by default 1.0.0-baseline. */
  readonly stable?: FaultyModel;
  readonly rollout?: object;
  readonly traffic: Omit<TrafficOptions, 'model'>;
  /** Share of marked rows from when users get its answers. */
  readonly inCanary?: number;
  readonly triggers: readonly Trigger[];
  /** What the evidence says most of: a guardrail, or how requests failed. */
  readonly blamed: readonly string[];
}

const CASES: readonly Case[] = [
  {
    model: 'rollback-crashing',
    candidate: CRASHING,
    rollout: AT_ONCE,
    traffic: {},
    inCanary: 1,
    triggers: ['breaker', 'look'],
    blamed: ['crashed', 'memory', 'failures'],
  },
  {
    model: 'rollback-nan',
    candidate: 'not-a-number',
    rollout: AT_ONCE,
    traffic: {},
    // Too few in a row for a breaker, most of the time.
    inCanary: 0.2,
    triggers: ['look', 'breaker'],
    blamed: ['not-finite', 'failures'],
  },
  {
    model: 'rollback-slow',
    stable: 'busy',
    candidate: 'slow',
    // As many as make a slow start too few to be the one in ten that sets the threshold.
    rollout: { ...AT_ONCE, latencySamplesMin: 150, latencySlackMs: 2 },
    traffic: { markedShare: 1, perSecond: 16, concurrency: 2 },
    triggers: ['look'],
    blamed: ['latency'],
  },
  {
    model: 'rollback-inaccurate',
    stable: 'healthy',
    candidate: 'inaccurate',
    rollout: { ...AT_ONCE, guardrails: SCORED },
    traffic: { markedShare: 1, outcomes: true },
    triggers: ['look'],
    blamed: ['score'],
  },
];

/** Of a look the guardrails, of a breaker how the last request failed. */
type Evidence =
  | { readonly guardrails: readonly { readonly id: string; readonly lnHarm: number }[] }
  | { readonly kind: string };

const blamedBy = (evidence: Evidence): string | undefined =>
  'kind' in evidence
    ? evidence.kind
    : evidence.guardrails.toSorted((a, b) => b.lnHarm - a.lnHarm)[0]?.id;

beforeAll(async () => {
  await gather();
  for (const { model, rollout } of CASES) await trialPolicy(model, rollout);
  await Promise.all(
    CASES.map(({ model, stable }) =>
      inProduction(model, stable ? faultyArtifact(model, stable, '1.0.0') : artifactOf(model)),
    ),
  );
});

const NAME = '$candidate is rolled back, and no client notices';
const PATIENCE = { timeout: 300_000 };
const isSlow = ({ candidate }: Case): boolean => candidate === 'slow';

it.concurrent.for(CASES.filter((one) => !isSlow(one)))(NAME, PATIENCE, rolledBack);
// Its time is what is judged: nobody else's work goes on meanwhile.
it.for(CASES.filter(isSlow))(NAME, PATIENCE, rolledBack);

async function rolledBack(
  { model, candidate, traffic: options, inCanary: marks, triggers, blamed }: Case,
  { onTestFinished }: TestContext,
): Promise<void> {
  const begun = await onTrial(model, faultyArtifact(model, candidate, '1.1.0'));
  const traffic = new Traffic({ model, ...options });
  onTestFinished(async () => void (await traffic.stop()));
  if (marks !== undefined) {
    await inCanary(model);
    await until('an answer of the candidate', async () =>
      traffic.answers.some(({ variant }) => variant === 'candidate') ? true : undefined,
    );
    traffic.markedShare = marks;
  }
  const rollout = await rolloutIn(model, 'ROLLED_BACK');
  const rollback = await rollbackDone(model);
  const report = await traffic.stop();

  expect(traffic.faults(), JSON.stringify(report)).toEqual([]);
  expect(report.statuses).toEqual({ '200': report.requests });
  expect(report.versions['1.1.0'] ?? 0, 'answers of the candidate').toBeGreaterThan(0);

  expect(rollout.id).toBe(begun.id);
  expect(rollback, JSON.stringify(rollback.checks)).toMatchObject({ status: 'VERIFIED' });
  expect(rollback).toMatchObject({ version: '1.1.0', killed: { to: '1.0.0' } });
  expect(triggers).toContain(rollback.request.trigger);

  const version = await versionOf(model, '1.1.0');
  expect(version).toMatchObject({ state: 'STAGING' });
  expect(version?.approval).toBeUndefined();
  expect(await approvalItem(begun.approval)).toMatchObject({ status: 'VOID' });
  expect(await versionOf(model, '1.0.0')).toMatchObject({ state: 'PRODUCTION' });

  const route = await routeDocumentOf(model);
  expect(route.stable.version).toBe('1.0.0');
  expect(route.candidate).toBeUndefined();
  expect(route.quarantined).toEqual([{ digest: begun.digest, until: expect.any(Number) }]);
  expect(route.quarantined[0]?.until).toBeGreaterThan(Date.now());

  const entries = await entriesAbout(model);
  const killed = entries.filter(({ type }) => type === 'rollout.rolledback');
  expect(killed).toHaveLength(1);
  expect(blamed).toContain(blamedBy(killed[0]?.data.evidence as Evidence));
  expect(entries.map(({ type }) => type)).toContain('rollback.validated');
  expect(entries.map(({ type }) => type)).not.toContain('rollout.completed');
}
