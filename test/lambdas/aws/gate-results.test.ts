import { GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { type GateRecord, GateResults } from '#aws/gate-results.ts';
import { digestA, digestB, subject } from '../../support/sample-release.ts';
import {
  act,
  cancelled,
  dynamo,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';

const results = () => new GateResults(table());
const record: GateRecord = {
  gate: 'schema',
  verdict: 'pass',
  counts: { pass: 1, inconclusive: 0, error: 0, fail: 0 },
  result: { key: 'k', versionId: '1', sha256: digestB },
  digest: digestA,
  policyHash: digestB,
  at: act.at,
};

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});

it('writes a verdict once for a digest and a policy', async () => {
  expect(await results().record(subject, record, act)).toEqual({ ok: true });
  expect(writeTo('T#acme#M#iris G#1.0.0#schema')).toMatchObject({
    item: { ...record },
    condition: 'attribute_not_exists(PK) OR digest <> :digest OR policyHash <> :policy',
    values: { ':digest': digestA, ':policy': digestB },
  });
  expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
    type: 'version.gate.completed',
    data: { gate: 'schema', verdict: 'pass', result: digestB },
  });
  expect(staticFaults()).toEqual([]);
});

it('keeps the labels that a version was judged on where outcomes are counted, with the verdict', async () => {
  await results().record(subject, record, act, ['no', 'yes']);
  const key = `T#acme#L#iris ${digestA.slice(0, 16)}`;
  expect(writeTo(key)).toMatchObject({ kind: 'Put', item: { labels: ['no', 'yes'] } });
  const [PK, SK] = key.split(' ');
  dynamo.on(GetCommand, { Key: { PK, SK } }).resolves({ Item: { labels: ['no', 'yes'] } });
  dynamo.on(GetCommand, { Key: { PK, SK: '0'.repeat(16) } }).resolves({});
  const at = (start: string) => results().labelsOf({ tenant: 'acme', model: 'iris' }, start);
  expect(await at(digestA.slice(0, 16))).toEqual(['no', 'yes']);
  expect(await at('0'.repeat(16))).toEqual([]);
});

it('notes the attestation of exactly the result that was attested, once', async () => {
  const attestation = { key: 'a', versionId: '1', sha256: digestA };
  expect(await results().attest(subject, 'schema', record.result, attestation, act)).toEqual({
    ok: true,
  });
  expect(writeTo('T#acme#M#iris G#1.0.0#schema')).toMatchObject({
    condition: '#result.sha256 = :result AND attribute_not_exists(attestation)',
    values: { ':attestation': attestation, ':result': digestB },
  });
  expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
    type: 'version.gate.attested',
    data: { gate: 'schema', result: digestB, attestation: digestA },
  });
  expect(staticFaults()).toEqual([]);
});

it('says that a verdict is there already', async () => {
  dynamo.on(TransactWriteCommand).rejects(cancelled('ConditionalCheckFailed', 'None'));
  expect(await results().record(subject, record, act)).toEqual({ ok: false, failed: ['gate'] });
});

it("finds one gate's verdict and those of a version, not of one whose number goes on", async () => {
  dynamo.on(GetCommand).resolves({ Item: record });
  dynamo.on(QueryCommand).resolves({ Items: [record] });
  expect(await results().get(subject, 'schema')).toEqual(record);
  expect(await results().list(subject)).toEqual([record]);
  expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input.ExpressionAttributeValues).toEqual({
    ':pk': 'T#acme#M#iris',
    ':prefix': 'G#1.0.0#',
  });
});
