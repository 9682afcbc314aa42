import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { Policies } from '#aws/policies.ts';
import { subject } from '../../support/sample-release.ts';
import {
  act,
  cancelled,
  dynamo,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';

const policies = () => new Policies(table());
const overlay = { performance: { eceMax: 0.05 } };

beforeEach(() => {
  dynamo.reset();
  dynamo.on(GetCommand).resolves({});
  dynamo.on(TransactWriteCommand).resolves({});
});

describe('the policy of a model', () => {
  it('is revision 0 for a model that has none of its own', async () => {
    expect(await policies().of(subject)).toEqual({ revision: 0 });
  });

  it('is what the item in force says', async () => {
    const Key = { PK: 'T#acme#P#iris', SK: 'CUR' };
    dynamo.on(GetCommand, { Key }).resolves({ Item: { revision: 2, overlay } });
    expect(await policies().of(subject)).toEqual({ revision: 2, overlay });
  });
});

describe('a change of policy', () => {
  it('is written where the revision before is in force, and kept as a revision', async () => {
    await policies().set(subject, { revision: 3, overlay }, act, 'noa');
    expect(writeTo('T#acme#P#iris CUR')).toMatchObject({
      item: { revision: 3, overlay },
      condition: 'revision = :revision',
      values: { ':revision': 2 },
    });
    expect(writeTo('T#acme#P#iris POLICY#00003')).toMatchObject({
      item: { revision: 3, overlay, actor: act.actor, at: act.at },
      condition: 'attribute_not_exists(PK)',
    });
    expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
      type: 'policy.changed',
      data: { revision: 3, overlay, proposer: 'noa' },
    });
    expect(staticFaults()).toEqual([]);
  });

  it('is the first where there is none, or a proposal alone', async () => {
    await policies().set(subject, { revision: 1, overlay }, act);
    expect(writeTo('T#acme#P#iris CUR')).toMatchObject({
      condition: 'attribute_not_exists(PK) OR revision = :revision',
      values: { ':revision': 0 },
    });
    expect(staticFaults()).toEqual([]);
  });

  it('says that another came first', async () => {
    dynamo.on(TransactWriteCommand).rejects(cancelled('ConditionalCheckFailed', 'None', 'None'));
    expect(await policies().set(subject, { revision: 1 }, act)).toEqual({
      ok: false,
      failed: ['policy'],
    });
  });
});

it('notes a proposal beside what stays in force', async () => {
  const proposal = { overlay, proposer: 'noa' };
  await policies().propose(subject, { revision: 2 }, proposal, act);
  expect(writeTo('T#acme#P#iris CUR')).toMatchObject({
    item: { revision: 2, proposal },
    condition: 'revision = :revision',
  });
  expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({ type: 'policy.proposed' });
});
