import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { ReleaseClaims } from '#aws/release-claims.ts';
import { digestA } from '../../support/sample-release.ts';
import {
  act,
  cancelled,
  dynamo,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';

const object = { bucket: 'b', key: 'k', versionId: '7' };
const key = 'T#acme#REL#b#k#7 CLAIM';
const claim = {
  principal: 'AIDA1',
  tenant: 'acme',
  model: 'iris',
  uploadId: 'u1',
  execution: 'one',
  createdAt: act.at,
};
const claims = () => new ReleaseClaims(table());
const taken = () => cancelled('ConditionalCheckFailed', 'None');

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});

describe('claim', () => {
  it('gives an object version to the first that asks', async () => {
    expect(await claims().claim(object, claim, act)).toBe(true);
    expect(writeTo(key)).toMatchObject({
      condition: 'attribute_not_exists(PK)',
      item: { ...claim, outcome: 'CLAIMED' },
    });
    expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
      type: 'release.claimed',
      subject: 'acme/iris',
      data: { uploadId: 'u1', ...object },
    });
    expect(staticFaults()).toEqual([]);
  });

  it.each([
    ['the same execution, whose task was retried', 'one', true],
    ['another execution', 'two', false],
  ])('answers %s', async (_, execution, answer) => {
    dynamo.on(TransactWriteCommand).rejects(taken());
    dynamo.on(GetCommand).resolves({ Item: { ...claim, execution, outcome: 'CLAIMED' } });
    expect(await claims().claim(object, claim, act)).toBe(answer);
  });
});

describe('settle', () => {
  const problems = [{ field: 'f', got: 'g', expected: 'e', remedy: 'r' }];

  it.each([
    { outcome: 'REJECTED', problems } as const,
    { outcome: 'FAULTED', problems } as const,
    { outcome: 'KNOWN', version: '1.0.0', digest: digestA } as const,
  ])('keeps $outcome where its own execution has the claim', async (result) => {
    expect(await claims().settle(object, claim, result, act)).toEqual({ ok: true });
    expect(writeTo(key)).toMatchObject({
      kind: 'Update',
      condition: 'outcome = :claimed AND execution = :me',
      values: {
        ':claimed': 'CLAIMED',
        ':me': 'one',
        ...Object.fromEntries(Object.entries(result).map(([name, value]) => [`:${name}`, value])),
      },
    });
    expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({ type: 'release.settled', data: result });
    expect(staticFaults()).toEqual([]);
  });

  it('changes nothing the second time', async () => {
    dynamo.on(TransactWriteCommand).rejects(taken());
    const again = await claims().settle(object, claim, { outcome: 'REJECTED', problems }, act);
    expect(again).toEqual({ ok: false, failed: ['claim'] });
  });
});
