import { GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { Experiments } from '#aws/experiments.ts';
import { continuedBy, stoppedBy } from '#domain/experiments/progress.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { reweigh, stopExperiment } from '#domain/serving/routing/trial.ts';
import {
  carrying,
  moment,
  planned,
  quietRoute,
  running,
  scorePlan,
} from '../../domain/experiments/sample-record.ts';
import {
  act,
  cancelled,
  dynamo,
  lastWrites,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';
import { version } from '../api/world.ts';

const KEY = 'T#acme#X#churn EXPERIMENT#colour';
const ROUTE = 'T#acme#R#churn CUR';
const OUTBOX = `AUD#${act.id} ENTRY`;
const experiments = () => new Experiments(table());
const entry = () => writeTo(OUTBOX).item;

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});

const treatment = (changes: Partial<VersionRecord> = {}) =>
  version({ tenant: 'acme', model: 'churn', ...scorePlan().treatments[0]?.target, ...changes });

it('reads records without their keys', async () => {
  const stored = { ...planned(), PK: 'T#acme#X#churn', SK: 'EXPERIMENT#colour' };
  dynamo.on(GetCommand).resolves({ Item: stored });
  expect(await experiments().get({ tenant: 'acme', model: 'churn' }, 'colour')).toEqual(planned());
  dynamo.on(GetCommand).resolves({});
  expect(await experiments().get({ tenant: 'acme', model: 'churn' }, 'none')).toBeUndefined();
});

it('lists a model’s own, oldest first', async () => {
  const later = { ...planned(), id: 'another', createdAt: moment(1).iso };
  dynamo.on(QueryCommand).resolves({ Items: [later, planned()] });
  const found = await experiments().list({ tenant: 'acme', model: 'churn' });
  expect(found.map(({ id }) => id)).toEqual(['colour', 'another']);
  expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input.ExpressionAttributeValues).toEqual({
    ':pk': 'T#acme#X#churn',
    ':prefix': 'EXPERIMENT#',
  });
});

describe('a change', () => {
  const write: Readonly<Record<string, () => Promise<unknown>>> = {
    'experiment.created': () => experiments().create(planned(), act),
    'experiment.begun': () => {
      const places = { route: carrying(), seen: quietRoute(), treatments: [treatment()] };
      return experiments().begin(planned(), running(), places, act);
    },
    'experiment.looked': () => experiments().look(running(), running(), act),
    'experiment.weighed': () => {
      const route = carrying();
      const weights = { bold: 0.5, control: 0.5 };
      const next = reweigh(route, { seen: route, id: 'colour', weights }, moment(0.05));
      if (!next.ok) throw new Error(next.refusal.message);
      return experiments().weigh(running(), running(), { route: next.route, seen: route }, act);
    },
    'experiment.continued': () =>
      experiments().continue(running(), continuedBy(running(), 'another', moment(1)), act),
    'experiment.stopping': () => {
      const stop = { at: act.at, by: 'ben', reason: 'enough' };
      return experiments().stop(running(), stoppedBy(running(), stop), act);
    },
    'experiment.concluded': () => {
      const route = carrying();
      const next = stopExperiment(route, { seen: route, id: 'colour' }, moment(1));
      if (!next.ok) throw new Error(next.refusal.message);
      return experiments().conclude(running(), running(), { route: next.route, seen: route }, act);
    },
  };

  it.each(Object.entries(write))(
    '%s is one transaction with its audit entry',
    async (type, run) => {
      expect(await run()).toEqual({ ok: true });
      expect(staticFaults()).toEqual([]);
      expect(entry()).toMatchObject({
        ...{ type, tenant: 'acme', subject: 'acme/churn', actor: 'mia' },
        data: { experiment: 'colour' },
      });
      expect(dynamo.commandCalls(TransactWriteCommand)).toHaveLength(1);
      const { item, condition, values } = writeTo(KEY);
      if (type === 'experiment.created') {
        expect(condition).toBe('attribute_not_exists(PK)');
        return;
      }
      expect(condition).toBe('rev = :rev');
      expect(item.rev).toBe(Number(values[':rev']) + 1);
    },
  );

  it.each(['experiment.begun', 'experiment.weighed', 'experiment.concluded'])(
    '%s holds only for the route that was seen',
    async (type) => {
      await write[type]?.();
      const { condition, values, item } = writeTo(ROUTE);
      expect(condition).toContain('generation = :g');
      expect(item.generation).toBe(Number(values[':g']) + 1);
    },
  );

  it.each([
    'experiment.created',
    'experiment.looked',
    'experiment.continued',
    'experiment.stopping',
  ])('%s leaves the route alone', async (type) => {
    await write[type]?.();
    expect(lastWrites().map(({ key }) => key)).toEqual([KEY, OUTBOX]);
  });

  it('says which conditions did not hold', async () => {
    dynamo.on(TransactWriteCommand).rejects(cancelled('ConditionalCheckFailed', 'None'));
    expect(await write['experiment.looked']?.()).toEqual({ ok: false, failed: ['experiment'] });
  });
});

describe('a beginning', () => {
  const begin = (...treatments: VersionRecord[]) =>
    experiments().begin(
      planned(),
      running(),
      { route: carrying(), seen: quietRoute(), treatments },
      act,
    );

  it('holds only while a treatment is what it was, and in no quarantine', async () => {
    await begin(treatment({ state: 'DEPRECATED' }));
    const found = lastWrites().find(({ key }) => key.startsWith('T#acme#M#churn V#'));
    expect(found?.kind).toBe('ConditionCheck');
    expect(found?.values).toEqual({ ':state': 'DEPRECATED', ':digest': '2'.repeat(64) });
    expect(writeTo(`T#acme#SHA#${'2'.repeat(64)} V`).condition).toContain('quarantinedUntil');
    expect(lastWrites().some(({ key }) => key.includes('#AP#'))).toBe(false);
  });

  it('holds only while the approval of a version in STAGING stands', async () => {
    await begin(treatment({ state: 'STAGING', approval: 'ap-1' }));
    expect(writeTo('T#acme#AP#ap-1 REQ').values).toMatchObject({ ':approved': 'APPROVED' });
    expect(staticFaults()).toEqual([]);
  });
});
