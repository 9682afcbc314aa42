import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { People } from '#aws/people.ts';
import type { Person } from '#domain/access/person.ts';
import {
  act,
  cancelled,
  dynamo,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';

const sam: Person = { id: 'sam', tenant: 'acme', roles: ['data_scientist'] };
const people = () => new People(table());

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});

describe('of', () => {
  it('is the person that a principal was mapped to, and nothing else of the item', async () => {
    dynamo
      .on(GetCommand, { Key: { PK: 'PERSON#AIDA1', SK: 'MAP' } })
      .resolves({ Item: { ...sam, principal: 'AIDA1', PK: 'PERSON#AIDA1' } });
    expect(await people().of('AIDA1')).toEqual(sam);
  });

  it('is nobody for a principal that was not', async () => {
    dynamo.on(GetCommand).resolves({});
    expect(await people().of('AIDA2')).toBeUndefined();
  });
});

describe('map', () => {
  it('gives a principal to a person while it is free or theirs already', async () => {
    expect(await people().map('AIDA1', sam, act)).toBe(true);
    expect(writeTo('PERSON#AIDA1 MAP')).toMatchObject({
      item: { ...sam, principal: 'AIDA1' },
      condition: 'attribute_not_exists(PK) OR (id = :id AND tenant = :tenant)',
      values: { ':id': 'sam', ':tenant': 'acme' },
    });
    expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
      type: 'person.mapped',
      tenant: 'acme',
      subject: 'sam',
      data: { principal: 'AIDA1', roles: ['data_scientist'] },
    });
    expect(staticFaults()).toEqual([]);
  });

  it('says that it belongs to somebody else', async () => {
    dynamo.on(TransactWriteCommand).rejects(cancelled('ConditionalCheckFailed', 'None'));
    expect(await people().map('AIDA1', sam, act)).toBe(false);
  });

  it('takes it from them when told to', async () => {
    await people().map('AIDA1', sam, act, true);
    expect(writeTo('PERSON#AIDA1 MAP').condition).toBe(
      'attribute_exists(PK) OR attribute_not_exists(PK)',
    );
    expect(staticFaults()).toEqual([]);
  });
});
