import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, expect, it } from 'vitest';
import { fallenOut } from './support/answer.ts';
import { artifactOf } from './support/artifact.ts';
import { api } from './support/assay.ts';
import { sfn } from './support/clients.ts';
import { askedByAHundred } from './support/hundred.ts';
import { approvalItem, entriesAbout, versionOf } from './support/registry.ts';
import {
  gather,
  inCanary,
  inProduction,
  onTrial,
  rollbackDone,
  rollbacksOf,
  rolloutIn,
  rolloutOf,
  routeDocumentOf,
  trialPolicy,
} from './support/rollouts.ts';
import { Traffic } from './support/traffic.ts';
import { until } from './support/until.ts';

const HEALTHY = 'rollout-healthy';
const HELD = 'rollout-held';
const STORY_MS = 300_000;

const governance = (model: string, path: string, body: object = {}) =>
  api('reviewer-1', 'POST', `/governance/models/${model}/${path}`, body);

beforeAll(async () => {
  await gather();
  await trialPolicy(HEALTHY);
  // What is shown here is who decides; latency among other work decides nothing.
  await trialPolicy(HELD, {
    shadow: false,
    steps: [40, 50, 60, 100],
    guardrails: [{ id: 'failures', kind: 'events', better: 'lower', required: true }],
  });
  await Promise.all([HEALTHY, HELD].map((model) => inProduction(model, artifactOf(model))));
});

it.concurrent(
  'brings a healthy version to all users, and back when it fails in production',
  async ({ onTestFinished }) => {
    await onTrial(HEALTHY, artifactOf(HEALTHY, '1.1.0-better'));
    const traffic = new Traffic({ model: HEALTHY, regulars: 20 });
    onTestFinished(async () => void (await traffic.stop()));
    const { steps } = await rolloutIn(HEALTHY, 'PROMOTED');
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    expect(await versionOf(HEALTHY, '1.1.0')).toMatchObject({ state: 'PRODUCTION' });
    expect(await versionOf(HEALTHY, '1.0.0')).toMatchObject({ state: 'DEPRECATED' });
    expect(await routeDocumentOf(HEALTHY)).toMatchObject({
      stable: { version: '1.1.0' },
      previous: { version: '1.0.0' },
    });
    expect(traffic.answers.map(({ variant }) => variant)).toContain('candidate');
    expect(fallenOut(traffic.answers)).toEqual([]);
    const told = (await entriesAbout(HEALTHY)).filter(({ type }) => type.startsWith('rollout.'));
    const ramps = told.filter(({ type }) => type !== 'rollout.looked');
    expect(ramps.map(({ type, data }) => [type, data.share])).toEqual([
      ['rollout.begun', 0],
      ['rollout.step', 0.1],
      ['rollout.step', 0.5],
      ['rollout.step', 1],
      ['rollout.completed', undefined],
    ]);

    const { approval = '', digest } = (await versionOf(HEALTHY, '1.1.0')) ?? {};
    const reason = 'complaints from the clinic';
    const asked = await governance(HEALTHY, 'rollback', { severity: 'critical', reason });
    expect(asked).toMatchObject({ status: 202, body: { version: '1.1.0', to: '1.0.0' } });
    const back = await rollbackDone(HEALTHY);
    expect(back, JSON.stringify(back.checks)).toMatchObject({
      status: 'VERIFIED',
      request: { trigger: 'person', actor: 'reviewer-1', reason },
    });
    expect(await versionOf(HEALTHY, '1.0.0')).toMatchObject({ state: 'PRODUCTION' });
    const failed = await versionOf(HEALTHY, '1.1.0');
    expect(failed).toMatchObject({ state: 'STAGING' });
    expect(failed?.approval).toBeUndefined();
    expect(await approvalItem(approval)).toMatchObject({ status: 'VOID' });
    expect(await routeDocumentOf(HEALTHY)).toMatchObject({
      stable: { version: '1.0.0' },
      quarantined: [{ digest }],
    });

    const since = traffic.answers.length;
    await until('answers after the rollback', async () =>
      traffic.answers.length > since + 20 ? true : undefined,
    );
    const { requests, statuses } = await traffic.stop();
    expect(new Set(traffic.answers.slice(since).map(({ version }) => version))).toEqual(
      new Set(['1.0.0']),
    );
    expect(traffic.faults()).toEqual([]);
    expect(statuses).toEqual({ '200': requests });
  },
  STORY_MS,
);

it.concurrent(
  'is held, let go on, aborted, left alone and rolled back by a hundred at once',
  async ({ onTestFinished }) => {
    const begun = await onTrial(HELD, artifactOf(HELD, '1.1.0-better'));
    const traffic = new Traffic({ model: HELD, perSecond: 15 });
    onTestFinished(async () => void (await traffic.stop()));
    await heldAndAborted(begun.id);
    await leftAlone(traffic, begun.id);
    await rolledBackByAHundred();
    const { requests, statuses } = await traffic.stop();
    expect(traffic.faults()).toEqual([]);
    expect(statuses).toEqual({ '200': requests });
  },
  STORY_MS,
);

async function heldAndAborted(id: string): Promise<void> {
  expect(await governance(HELD, 'rollout/pause')).toMatchObject({
    status: 200,
    body: { paused: true },
  });
  const { generation, candidate } = await routeDocumentOf(HELD);
  const { last } = await rolloutOf(HELD);
  await until('looks while it is paused', async () => {
    const now = await rolloutOf(HELD);
    const held = now.state.exposures >= now.policy.exposuresMin && now.last?.outcome === 'PASS';
    return held && (now.last?.number ?? 0) >= (last?.number ?? 0) + 3 ? now : undefined;
  });
  const paused = await routeDocumentOf(HELD);
  expect(paused).toMatchObject({ generation, candidate: { share: candidate?.share } });
  expect(await governance(HELD, 'rollout/resume')).toMatchObject({
    status: 200,
    body: { paused: false },
  });
  await inCanary(HELD, candidate?.share);

  const reason = 'the wrong data set';
  expect(await governance(HELD, 'rollout/abort', { reason })).toMatchObject({ status: 202 });
  const aborted = await rolloutIn(HELD, 'ABORTED');
  expect(aborted).toMatchObject({ id, ended: { by: 'reviewer-1', reason } });
  await rollbackDone(HELD);
  const { approval, state } = (await versionOf(HELD, '1.1.0')) ?? {};
  expect(state).toBe('STAGING');
  expect(approval).toBe(aborted.approval);
  expect(await approvalItem(aborted.approval)).toMatchObject({ status: 'APPROVED' });
  const route = await routeDocumentOf(HELD);
  expect(route.candidate).toBeUndefined();
  expect(route.quarantined).toEqual([]);
}

/** A further rollout of the version, held at its first share. */
async function triedAgain(after: string): Promise<string> {
  expect(await governance(HELD, 'versions/1.1.0/rollout')).toMatchObject({ status: 202 });
  const { id } = await rolloutIn(HELD, 'RUNNING', after);
  await inCanary(HELD);
  expect(await governance(HELD, 'rollout/pause')).toMatchObject({ status: 200 });
  return id;
}

async function leftAlone(traffic: Traffic, after: string): Promise<void> {
  const id = await triedAgain(after);
  const { execution, policy } = await rolloutOf(HELD);
  await until('an answer of the candidate', async () =>
    traffic.answers.at(-1)?.version === '1.1.0' ? true : undefined,
  );
  const stoppedAt = Date.now();
  await sfn.send(new StopExecutionCommand({ executionArn: execution }));
  const { generation } = await routeDocumentOf(HELD);
  const ended = await until('the end of the lease', async () => {
    const { candidate } = await routeDocumentOf(HELD);
    return candidate && candidate.leaseUntil < Date.now() ? candidate.leaseUntil : undefined;
  });
  // A look may have been under way when its execution was stopped.
  const { leaseMarginSeconds, lookSecondsMax } = policy;
  expect(ended - stoppedAt).toBeLessThan(1000 * (leaseMarginSeconds + 2 * lookSecondsMax));
  const later = () => traffic.answers.filter(({ sentAt }) => sentAt > ended);
  await until('answers without a lease', async () => (later().length > 50 ? true : undefined));
  expect(new Set(later().map(({ version }) => version))).toEqual(new Set(['1.0.0']));
  expect((await routeDocumentOf(HELD)).generation).toBe(generation);

  expect(await governance(HELD, 'rollout/abort')).toMatchObject({ status: 202 });
  await rolloutIn(HELD, 'ABORTED');
  await rollbackDone(HELD, 1);
  await triedAgain(id);
}

const ENDED: ReadonlySet<string> = new Set(['VERIFIED', 'NOTHING']);

async function rolledBackByAHundred(): Promise<void> {
  const { generation, killEpoch, candidate } = await routeDocumentOf(HELD);
  if (!candidate) throw new Error(`${HELD} has no candidate to roll back`);
  const { digest } = candidate;
  const known = (await rollbacksOf(HELD)).length;
  const { started, statuses } = await askedByAHundred({ model: HELD, digest, generation });
  // The same harm shares an execution; once nothing is left to roll back, nobody may ask for it.
  expect(started).toContain('ExecutionAlreadyExists');
  for (const status of statuses) expect([202, 409]).toContain(status);
  const executions =
    new Set(started.filter((one) => one !== 'ExecutionAlreadyExists')).size +
    statuses.filter((status) => status === 202).length;

  expect(await rollbackDone(HELD, 2)).toMatchObject({ status: 'VERIFIED', version: '1.1.0' });
  await until(`the end of ${executions} executions`, async () => {
    const ended = (await rollbacksOf(HELD)).slice(known).filter(({ status }) => ENDED.has(status));
    return ended.length === executions ? true : undefined;
  });
  const route = await routeDocumentOf(HELD);
  expect(route).toMatchObject({ generation: generation + 1, killEpoch: killEpoch + 1 });
  expect(route).toMatchObject({
    stable: { version: '1.0.0' },
    quarantined: [{ digest }],
  });
  expect(await rolloutOf(HELD)).toMatchObject({ status: 'ROLLED_BACK' });
  const entries = await entriesAbout(HELD);
  expect(entries.filter(({ type }) => type === 'rollout.rolledback')).toHaveLength(1);
}
