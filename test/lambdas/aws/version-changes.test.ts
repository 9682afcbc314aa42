import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VersionChanges } from '#aws/version-changes.ts';
import {
  digestA,
  digestB,
  execution,
  subject,
  versionRecord,
} from '../../support/sample-release.ts';
import {
  act,
  cancelled,
  dynamo,
  lastWrites,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';

const changes = () => new VersionChanges(table());
const claim = { bucket: 'b', key: 'k', versionId: '7' };
const claimKey = 'T#acme#REL#b#k#7 CLAIM';
const versionKey = 'T#acme#M#iris V#000001.000000.000000~';
const pointer = { key: 'model.sig', versionId: '1', sha256: digestB };
const edge = { type: 'parent', node: 'iris@0.9.0' } as const;

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});
afterEach(() => {
  expect(staticFaults()).toEqual([]);
});

describe('register', () => {
  it('creates version, digest, ordinal, history and lineage, and settles the claim', async () => {
    await changes().register({ record: versionRecord(), lineage: [edge], claim }, act);
    expect(lastWrites().map(({ kind, key, condition }) => [kind, key, condition])).toEqual([
      ['Put', versionKey, 'attribute_not_exists(PK)'],
      ['Put', `T#acme#SHA#${digestA} V`, 'attribute_not_exists(PK)'],
      ['Put', 'T#acme#M#iris O#00001', 'attribute_not_exists(PK)'],
      ['Update', 'T#acme#M#iris META', 'attribute_not_exists(PK)'],
      ['Put', 'T#acme#M#iris H#1.0.0#0190', 'attribute_not_exists(PK)'],
      ['Put', 'T#acme#N#iris@1.0.0 IN#parent#iris@0.9.0', 'attribute_not_exists(PK)'],
      ['Put', 'T#acme#N#iris@0.9.0 OUT#parent#iris@1.0.0', 'attribute_not_exists(PK)'],
      ['Update', claimKey, 'outcome = :claimed AND execution = :me'],
      ['Put', 'AUD#0190 ENTRY', 'attribute_not_exists(PK)'],
    ]);
    expect(writeTo(versionKey).item).toMatchObject({
      ...versionRecord(),
      G1PK: 'T#acme#S#VALIDATION',
      G1SK: act.at,
    });
    expect(writeTo(claimKey).values).toMatchObject({
      ':claimed': 'CLAIMED',
      ':me': execution,
      ':outcome': 'REGISTERED',
      ':version': '1.0.0',
    });
    expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
      type: 'version.registered',
      subject: 'acme/iris/1.0.0',
      actor: 'mia',
      data: { digest: digestA, ordinal: 1, release: execution },
    });
  });

  it('takes the next ordinal only while nobody else took it', async () => {
    const record = versionRecord({ ordinal: 5, version: '1.4.0' });
    await changes().register({ record, lineage: [], claim }, act);
    const model = writeTo('T#acme#M#iris META');
    expect(model).toMatchObject({
      condition: 'lastOrdinal = :previous',
      values: { ':previous': 4, ':lastOrdinal': 5, ':latest': '1.4.0' },
    });
    expect(model.update).not.toContain('policyRevision');
  });

  it.each([
    [0, 'version'],
    [1, 'digest'],
    [2, 'ordinal'],
    [3, 'model'],
    [5, 'claim'],
  ])('says of write %i that %s did not hold', async (at, name) => {
    const codes = Array.from({ length: 7 }, (_, i) =>
      i === at ? 'ConditionalCheckFailed' : 'None',
    );
    dynamo.on(TransactWriteCommand).rejects(cancelled(...codes));
    const written = await changes().register({ record: versionRecord(), lineage: [], claim }, act);
    expect(written).toEqual({ ok: false, failed: [name] });
  });

  it('fits into one transaction with as many parents as a manifest may name', async () => {
    const lineage = Array.from({ length: 20 }, (_, i) => ({ ...edge, node: `iris@0.9.${i}` }));
    lineage.push({ ...edge, node: 'dataset:d' }, { ...edge, node: 'training-job:j' });
    await changes().register({ record: versionRecord(), lineage, claim }, act);
    expect(lastWrites()).toHaveLength(7 + 2 * 22);
  });
});

describe('sign', () => {
  it('notes a signature once, on the digest that was signed', async () => {
    await changes().sign(subject, digestA, pointer, act);
    expect(writeTo(versionKey)).toMatchObject({
      condition: 'digest = :d AND attribute_not_exists(signature)',
      values: { ':d': digestA, ':signature': pointer },
    });
    expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
      type: 'version.signed',
      data: { digest: digestA, signature: digestB },
    });
  });
});

describe('admitStaging', () => {
  it('notes leave for staging beside any leave to serve, while the gates judge', async () => {
    await changes().admitStaging(subject, digestA, pointer, act);
    const { condition, values } = writeTo(versionKey);
    expect({ condition, values }).toEqual({
      condition: 'digest = :d AND #state = :validation',
      values: {
        ':d': digestA,
        ':validation': 'VALIDATION',
        ':stagingAdmission': pointer,
        ':updatedAt': act.at,
      },
    });
    expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({ type: 'version.staging.admitted' });
  });
});

describe('admit', () => {
  it('notes an admission of this digest while the version is in STAGING', async () => {
    await changes().admit(subject, digestA, pointer, act);
    expect(writeTo(versionKey)).toMatchObject({
      condition: 'digest = :d AND #state = :staging',
      names: { '#state': 'state' },
      values: { ':d': digestA, ':staging': 'STAGING', ':admission': pointer },
    });
  });
});

describe('transition', () => {
  const move = { subject, digest: digestA, from: 'VALIDATION', to: 'FAILED' } as const;

  it('moves a version that is still where it was, with this digest', async () => {
    await changes().transition({ ...move, reason: 'r', fields: { failure: 'r' } }, act);
    const version = writeTo(versionKey);
    expect(version).toMatchObject({
      condition: '#state = :from AND digest = :digest',
      values: {
        ':from': 'VALIDATION',
        ':to': 'FAILED',
        ':digest': digestA,
        ':g1': 'T#acme#S#FAILED',
        ':f_failure': 'r',
        ':one': 1,
      },
    });
    expect(version.update).toBe(
      'SET #state = :to, updatedAt = :at, G1PK = :g1, G1SK = :at, #f_failure = :f_failure ADD rev :one',
    );
    expect(writeTo('T#acme#M#iris H#1.0.0#0190').item).toMatchObject({
      from: 'VALIDATION',
      to: 'FAILED',
      reason: 'r',
      actor: 'mia',
    });
  });

  it('refuses a move that is never legal before it asks the registry', async () => {
    await changes().transition(move, act);
    expect(() => changes().transition({ ...move, from: 'FAILED', to: 'STAGING' }, act)).toThrow(
      'a version never moves from FAILED to STAGING',
    );
    expect(dynamo.commandCalls(TransactWriteCommand)).toHaveLength(1);
  });
});
