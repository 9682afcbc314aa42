import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { Reevaluations } from '#aws/reevaluations.ts';
import type { Reevaluation } from '#domain/gates/dependencies/reevaluation.ts';
import { defaultPolicyHash, digestA, digestB, subject } from '../../support/sample-release.ts';
import {
  act,
  cancelled,
  dynamo,
  lastWrites,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';

const reevaluations = () => new Reevaluations(table());
const KEY = 'T#acme#D#iris V#000001.000000.000000~';
const found: Reevaluation = {
  ...subject,
  digest: digestA,
  policyHash: defaultPolicyHash,
  snapshot: digestB,
  takenAt: 1_790_000_000,
  verdict: 'fail',
  counts: { pass: 1, inconclusive: 0, error: 0, fail: 1 },
  vulnerable: true,
  result: { key: 'k', versionId: '1', sha256: digestB },
  at: act.at,
};

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});

it('keeps what was found, unless by an older snapshot, and tells of it', async () => {
  expect(await reevaluations().record(found, act)).toEqual({ ok: true });
  expect(writeTo(KEY)).toMatchObject({
    item: { ...found },
    condition: 'attribute_not_exists(PK) OR takenAt < :takenAt',
    values: { ':takenAt': 1_790_000_000 },
  });
  expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
    type: 'dependencies.reevaluated',
    tenant: 'acme',
    subject: 'acme/iris/1.0.0',
    data: { verdict: 'fail', vulnerable: true, snapshot: digestB, result: digestB },
  });
  expect(lastWrites()).toHaveLength(2);
  expect(staticFaults()).toEqual([]);
});

it('says that it is there already', async () => {
  dynamo.on(TransactWriteCommand).rejects(cancelled('ConditionalCheckFailed', 'None'));
  expect(await reevaluations().record(found, act)).toEqual({ ok: false, failed: ['reevaluation'] });
});

it('gives what was found last', async () => {
  const [PK, SK] = KEY.split(' ');
  dynamo.on(GetCommand, { Key: { PK, SK } }).resolves({ Item: found });
  expect(await reevaluations().get(subject)).toEqual(found);
});
