import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { quarantineWrite, takeoverWrites, voidingWrites } from '#aws/rollback-writes.ts';
import type { Write } from '#aws/writes.ts';
import { approvalOf, digestA, versionRecord } from '../../support/sample-release.ts';
import { act, dynamo, lastWrites, table, writeTo } from '../../support/transactions.ts';

const version = versionRecord({ state: 'STAGING', approval: 'approval-1', rev: 3 });

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});

const send = (writes: readonly Write[]) =>
  table().transact(
    { ...act, type: 'rollback.step', tenant: 'acme', subject: '', data: {} },
    writes,
  );

describe('an approval of what is rolled back', () => {
  it('is void, where it is still what was read', async () => {
    await send(voidingWrites(version, approvalOf({ status: 'APPROVED' }), act));
    const { update, condition, values } = writeTo('T#acme#AP#approval-1 REQ');
    expect(condition).toBe('#status = :seen');
    expect(update).toContain('#status = :status');
    expect(values).toMatchObject({
      ':seen': 'APPROVED',
      ':status': 'VOID',
      ':voidedBy': 'mia',
      ':G2PK': 'T#acme#APPROVAL#VOID',
    });
  });

  it('wakes whoever waits for it, where it was open', async () => {
    await send(voidingWrites(version, approvalOf(), act));
    expect(writeTo('T#acme#AP#approval-1 REQ').values).toMatchObject({
      ':seen': 'OPEN',
      ':G2PK': 'APPROVAL#UNWOKEN',
    });
  });

  it('is taken from the version that was read, and no other', async () => {
    await send(voidingWrites(version, undefined, act));
    const { update, condition, values } = writeTo('T#acme#M#iris V#000001.000000.000000~');
    expect(update).toBe('SET #updatedAt = :updatedAt REMOVE #approval');
    expect(condition).toBe('digest = :d AND rev = :rev AND approval = :a');
    expect(values).toMatchObject({ ':d': digestA, ':rev': 3, ':a': 'approval-1' });
  });

  it('that is gone already is nothing to write', () => {
    const { approval: _, ...without } = version;
    expect(voidingWrites(without, undefined, act)).toEqual([]);
  });
});

describe('a takeover', () => {
  const from = versionRecord({ version: '1.1.0', state: 'PRODUCTION', approval: 'approval-1' });
  const to = versionRecord({ version: '1.0.0', state: 'DEPRECATED' });

  it('says of each condition whose it is', async () => {
    const takeover = { from, to, approval: approvalOf(), reason: 'it fails' };
    await send(takeoverWrites(takeover, act));
    const names = takeoverWrites(takeover, act).map(({ name }) => name);
    expect(names).toEqual([
      ...['version', 'history of 1.1.0', 'successor', 'successor'],
      ...['successor quarantine', 'approval', 'model', 'alias'],
    ]);
    expect(lastWrites().map(({ kind }) => kind)).toEqual([
      ...['Update', 'Put', 'Update', 'Put'],
      ...['ConditionCheck', 'Update', 'Update', 'Put', 'Put'],
    ]);
  });

  it('is of versions that stand where they must', async () => {
    await send(takeoverWrites({ from, to, approval: undefined, reason: 'it fails' }, act));
    const left = writeTo('T#acme#M#iris V#000001.000001.000000~');
    expect(left.update).toContain('REMOVE #f_approval ADD rev :one');
    expect(left.values).toMatchObject({ ':from': 'PRODUCTION', ':to': 'STAGING' });
    const came = writeTo('T#acme#M#iris V#000001.000000.000000~');
    expect(came.values).toMatchObject({ ':from': 'DEPRECATED', ':to': 'PRODUCTION' });
    expect(came.update).not.toContain('REMOVE');
    expect(writeTo('T#acme#M#iris A#champion')).toMatchObject({
      condition: 'version = :before',
      values: { ':before': '1.1.0' },
    });
  });
});

describe('a quarantine', () => {
  it.each([
    [{}, 1, 'attribute_exists(PK) AND attribute_not_exists(quarantines)'],
    [{ quarantines: 3, quarantinedUntil: 5 }, 4, 'quarantines = :seen'],
  ])('after %j is the next one, and counted once', async (held, quarantines, condition) => {
    await send([quarantineWrite(version, held, 99)]);
    const write = writeTo(`T#acme#SHA#${digestA} V`);
    expect(write.condition).toBe(condition);
    expect(write.values).toMatchObject({ ':quarantinedUntil': 99, ':quarantines': quarantines });
  });
});
