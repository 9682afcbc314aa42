import { GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rollouts, rolloutWrite } from '#aws/rollouts.ts';
import { endedAs, withQuestion, withStep } from '#domain/rollout/progress.ts';
import { inStep, lastLook, sampleRollout } from '../../domain/rollout/sample-rollout.ts';
import {
  digestNo,
  sampleCandidate,
  sampleRoute,
} from '../../domain/serving/routing/sample-route.ts';
import {
  act,
  cancelled,
  dynamo,
  lastWrites,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';

const model = { tenant: 'acme', model: 'churn' };
const record = sampleRollout({ rev: 7 });
const key = `T#acme#RO#churn ROLLOUT#${record.id}`;
const rollouts = () => new Rollouts(table());
const seen = { generation: 3, killEpoch: 1 };
const route = sampleRoute({ generation: 4, killEpoch: 1, candidate: sampleCandidate() });
const entry = () => writeTo('AUD#0190 ENTRY').item;

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});
afterEach(() => {
  if (dynamo.commandCalls(TransactWriteCommand).length > 0) expect(staticFaults()).toEqual([]);
});

describe('begin', () => {
  const layers = { tenant: { revision: 2 }, model: { revision: 0 } };

  it('creates the rollout and its route where all that people agreed to still stands', async () => {
    await rollouts().begin({ record, route, seen, layers }, act);
    expect(writeTo(key)).toMatchObject({
      condition: 'attribute_not_exists(PK)',
      item: { ...record, rev: 1 },
    });
    expect(writeTo('T#acme#R#churn CUR')).toMatchObject({
      condition: 'generation = :g AND killEpoch = :k',
      values: { ':g': 3, ':k': 1 },
      item: { generation: 4 },
    });
    expect(writeTo('T#acme#M#churn V#000002.000000.000000~')).toMatchObject({
      kind: 'ConditionCheck',
      condition:
        '#state = :staging AND digest = :digest AND approval = :approval AND attribute_exists(admission)',
      values: { ':staging': 'STAGING', ':digest': record.digest, ':approval': 'approval-2' },
    });
    expect(writeTo('T#acme#AP#approval-2 REQ')).toMatchObject({
      kind: 'ConditionCheck',
      values: { ':approved': 'APPROVED', ':policy': digestNo(77) },
    });
    expect(writeTo(`T#acme#SHA#${record.digest} V`)).toMatchObject({
      kind: 'ConditionCheck',
      condition: expect.stringContaining('quarantinedUntil <= :now'),
    });
    expect(lastWrites().filter(({ key: one }) => one.includes('#P#'))).toMatchObject([
      { kind: 'ConditionCheck', values: { ':revision': 2 } },
      { kind: 'ConditionCheck', values: { ':revision': 0 } },
    ]);
    expect(entry()).toMatchObject({
      type: 'rollout.begun',
      subject: 'acme/churn/2.0.0',
      actor: 'mia',
      data: { rollout: record.id, generation: 4, mode: 'canary', share: 0.25 },
    });
  });

  it('says which condition did not hold', async () => {
    dynamo
      .on(TransactWriteCommand)
      .rejects(cancelled('None', 'ConditionalCheckFailed', ...Array<string>(6).fill('None')));
    expect(await rollouts().begin({ record, route, seen, layers }, act)).toEqual({
      ok: false,
      failed: ['route'],
    });
  });
});

describe('every change of a rollout', () => {
  const looked = { ...record, last: lastLook('PASS', 0) };
  const ending = { status: 'ABORTED', by: 'mia', reason: 'no' } as const;

  it.each<[string, (to: Rollouts) => Promise<unknown>, object]>([
    ['rollout.looked', (to) => to.look(record, looked, act), { last: looked.last }],
    [
      'rollout.asked',
      (to) => to.ask(record, { ...looked, asked: { at: '', reason: 'late' } }, act),
      { asked: { reason: 'late' } },
    ],
    ['rollout.paused', (to) => to.pause(record, act, 'freeze'), { paused: true }],
    ['rollout.resumed', (to) => to.resume(record, act, 'thaw'), { paused: false }],
    ['rollout.allowed', (to) => to.allow(record, 3, act), { allowedStep: 3 }],
    ['rollout.continued', (to) => to.continue(record, 'arn:2', act), { execution: 'arn:2' }],
    ['rollout.aborted', (to) => to.end(record, ending, act), { status: 'ABORTED' }],
    ['rollout.faulted', (to) => to.end(record, { ...ending, status: 'FAULTED' }, act), {}],
  ])('is written as %s, for the revision that was read alone', async (type, write, item) => {
    await write(rollouts());
    expect(writeTo(key)).toMatchObject({
      kind: 'Put',
      condition: 'rev = :rev',
      values: { ':rev': 7 },
      item: { ...item, rev: 8 },
    });
    expect(entry()).toMatchObject({ type, data: { rollout: record.id } });
    expect(lastWrites()).toHaveLength(2);
  });

  it('changes the route with its step, and says whether by proof or by leave', async () => {
    const before = inStep(1, { rev: 7, last: lastLook('PASS', 1) });
    const next = withStep(before, { step: 2, generation: 4, nextSeconds: 20 }, act.at);
    await rollouts().step(before, next, { route, seen }, act);
    expect(writeTo('T#acme#R#churn CUR').values).toEqual({ ':g': 3, ':k': 1 });
    expect(entry()).toMatchObject({
      type: 'rollout.step',
      data: { from: 1, to: 2, byLeave: false, generation: 4, share: 0.25, outcome: 'PASS' },
    });
  });
});

describe('a model that its monitoring may block', () => {
  const LAST = record.policy.steps.length;
  const blockChecks = () => lastWrites().filter(({ key: one }) => one.includes('#MO#'));
  const stepFrom = async (step: number, changes: Parameters<typeof inStep>[1] = {}) => {
    const before = inStep(step, { rev: 7, last: lastLook('PASS', step), ...changes });
    const next = withStep(before, { step: step + 1, generation: 4, nextSeconds: 20 }, act.at);
    await rollouts().step(before, next, { route, seen }, act);
  };

  it('must not be for a step to all traffic, whatever leave there is but for this block', async () => {
    await stepFrom(LAST - 1);
    expect(blockChecks()).toMatchObject([
      {
        kind: 'ConditionCheck',
        condition: expect.stringMatching(/blocked = :no OR .*digest <> :stable/),
      },
    ]);
    const despite = { since: act.at, by: 'input-drift (page)' };
    await stepFrom(LAST - 1, { allowedStep: LAST, despite });
    expect(blockChecks()).toMatchObject([
      {
        condition: expect.stringMatching(/ OR blockedSince = :since$/),
        values: { ':since': act.at },
      },
    ]);
    await stepFrom(LAST - 2);
    expect(blockChecks()).toEqual([]);
  });

  it('must not be for a rollout that begins with all traffic', async () => {
    const layers = { tenant: { revision: 2 }, model: { revision: 0 } };
    const full = sampleRoute({ candidate: sampleCandidate({ mode: 'full', share: 1 }) });
    await rollouts().begin({ record, route: full, seen, layers }, act);
    expect(blockChecks()).toHaveLength(1);
    await rollouts().begin({ record, route, seen, layers }, act);
    expect(blockChecks()).toEqual([]);
  });

  it('has it noted what people are asked about, and what they let it go on despite', async () => {
    const block = { since: act.at, by: 'input-drift (page)' };
    const before = inStep(LAST - 1, { last: lastLook('PASS', LAST - 1) });
    const asking = withQuestion(before, { reason: 'blocked', block }, act.at);
    await rollouts().ask(before, asking, act);
    expect(entry()).toMatchObject({ data: { reason: 'blocked', block } });
    await rollouts().allow(asking, LAST, act, 'seen');
    expect(entry()).toMatchObject({ data: { step: LAST, reason: 'seen', despite: block } });
    expect(writeTo(key).item).toMatchObject({ allowedStep: LAST, despite: block });
  });

  it('has it noted that a person gave leave despite it', async () => {
    const before = inStep(LAST - 1, { last: lastLook('PASS', LAST - 1), allowedStep: LAST });
    const next = withStep(before, { step: LAST, generation: 4, nextSeconds: 20 }, act.at);
    const despite = { since: act.at, by: 'input-drift (page)' };
    await rollouts().step(before, next, { route, seen, despite }, act);
    expect(entry()).toMatchObject({ data: { byLeave: true, outcome: 'PASS', despite } });
  });
});

it('writes a revision for other transactions under the condition of the one that was read', () => {
  const next = endedAs(record, { status: 'ROLLED_BACK', by: 'b', reason: 'harm' }, act.at);
  expect(rolloutWrite(next, 7)).toMatchObject({ name: 'rollout' });
  expect(rolloutWrite(next, 7).action('t').Put).toMatchObject({
    Item: { status: 'ROLLED_BACK', rev: 8 },
    ConditionExpression: 'rev = :rev',
  });
});

describe('reading', () => {
  it('finds one by its id', async () => {
    dynamo.on(GetCommand, { Key: { PK: 'T#acme#RO#churn', SK: `ROLLOUT#${record.id}` } }).resolves({
      Item: { ...record },
    });
    expect(await rollouts().get(model, record.id)).toEqual(record);
  });

  it('takes the last that has not ended for the one that runs', async () => {
    const [one, two] = ['1', '2'].map((id) => ({ ...record, id }));
    const done = { ...record, id: '3', status: 'PROMOTED' };
    dynamo.on(QueryCommand).resolves({ Items: [one, two, done] as never[] });
    expect(await rollouts().list(model)).toHaveLength(3);
    expect((await rollouts().running(model))?.id).toBe('2');
  });
});
