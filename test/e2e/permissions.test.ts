import { createHash } from 'node:crypto';
import { GetPublicKeyCommand, type MessageType, SignCommand } from '@aws-sdk/client-kms';
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { artifactOf } from './support/artifact.ts';
import { approvalIdOf, approvalItem } from './support/registry.ts';
import { type As, asFunction, assume, denied, root, settingOf } from './support/roles.ts';
import { mapPerson, upload } from './support/upload.ts';

const { RegistryTable } = inject('cloud').outputs;
const MODEL = 'permissions';

let gate: As;
let infer: As;
beforeAll(async () => {
  gate = await asFunction('CheckIntegrity');
  infer = await asFunction('Infer');
});

describe('the registry', () => {
  const at = (PK: string) => ({ PK, SK: 'TEST' });
  const put = (key: object) => ({ TableName: RegistryTable, Item: { ...key, by: 'test' } });
  const update = (Key: Record<string, string>) => ({
    TableName: RegistryTable,
    Key,
    UpdateExpression: 'SET seen = :seen',
    ExpressionAttributeValues: { ':seen': true },
  });
  const writes = (by: As, key: ReturnType<typeof at>): (() => Promise<unknown>)[] => [
    () => by.dynamodb.send(new PutCommand(put(key))),
    () => by.dynamodb.send(new UpdateCommand(update(key))),
    () => by.dynamodb.send(new TransactWriteCommand({ TransactItems: [{ Put: put(key) }] })),
    () => by.dynamodb.send(new TransactWriteCommand({ TransactItems: [{ Update: update(key) }] })),
  ];
  const VERSION = `T#default#M#${MODEL}`;
  const ROUTE = `T#default#R#${MODEL}`;

  it.each([
    ['versions', VERSION, 'CheckIntegrity', ['Infer', 'ServeApi', 'MapPerson']],
    ['digests', 'T#default#SHA#f', 'RegisterVersion', ['Infer', 'CheckIntegrity', 'ServeApi']],
    ['claims', 'T#default#REL#b', 'ClaimUpload', ['Infer', 'CheckIntegrity', 'ServeApi']],
    ['approvals', 'T#default#AP#x', 'ServeApi', ['Infer', 'CheckIntegrity', 'ActivateVersion']],
    ['routes', ROUTE, 'ActivateVersion', ['Infer', 'CheckIntegrity', 'ServeApi', 'SignDigest']],
    ['people', 'PERSON#x', 'MapPerson', ['Infer', 'CheckIntegrity', 'ServeApi', 'RequestApproval']],
  ])('takes %s only from functions that write them', async (_, pk, writer, others) => {
    for (const write of writes(await asFunction(writer), at(pk))) await write();
    for (const other of others) {
      for (const write of writes(await asFunction(other), at(pk))) await denied(write());
    }
  });

  it('takes nothing of a transaction that writes one item too many', async () => {
    const mine = at(`${VERSION}-smuggled`);
    const theirs = at(`${ROUTE}-smuggled`);
    const both = [{ Put: put(mine) }, { Put: put(theirs) }];
    const smuggle = (by: As, TransactItems: typeof both) =>
      by.dynamodb.send(new TransactWriteCommand({ TransactItems }));
    await denied(smuggle(gate, both));
    await denied(smuggle(gate, [...both].reverse()));
    for (const Key of [mine, theirs]) {
      const { Item } = await root.dynamodb.send(new GetCommand({ TableName: RegistryTable, Key }));
      expect(Item).toBeUndefined();
    }
    await smuggle(await asFunction('ActivateVersion'), both);
  });

  it('lets the API say whose upload sessions are, and of no other principal', async () => {
    const governance = await asFunction('ServeApi');
    const opened = await assume(await settingOf('ServeApi', 'UPLOAD_ROLE_ARN'), governance);
    for (const write of writes(governance, at(`PERSON#${opened.userId}`))) await write();
    for (const write of writes(governance, at('PERSON#cognito:x'))) await denied(write());
  });

  it('is read where a function goes by it, and neither scanned nor deleted from', async () => {
    const key = at(`${VERSION}-kept`);
    await root.dynamodb.send(new PutCommand(put(key)));
    const query = {
      TableName: RegistryTable,
      KeyConditionExpression: 'PK = :pk',
      ExpressionAttributeValues: { ':pk': key.PK },
    };
    const remove = { TableName: RegistryTable, Key: key };
    await denied((await asFunction('MapPerson')).dynamodb.send(new QueryCommand(query)));
    for (const by of [gate, infer, await asFunction('ServeApi')]) {
      expect(await by.dynamodb.send(new QueryCommand(query))).toMatchObject({ Count: 1 });
      await denied(by.dynamodb.send(new ScanCommand({ TableName: RegistryTable })));
      await denied(by.dynamodb.send(new DeleteCommand(remove)));
      await denied(
        by.dynamodb.send(new TransactWriteCommand({ TransactItems: [{ Delete: remove }] })),
      );
    }
    await root.dynamodb.send(new ScanCommand({ TableName: RegistryTable, Limit: 1 }));
    await root.dynamodb.send(new DeleteCommand(remove));
  });
});

describe('what functions may read of the registry', () => {
  const keyOf = (PK: string) => ({ PK, SK: 'TEST' });
  const listed = (by: As, partition: string) =>
    by.dynamodb.send(
      new QueryCommand({
        TableName: RegistryTable,
        IndexName: 'byType',
        KeyConditionExpression: 'G2PK = :pk',
        ExpressionAttributeValues: { ':pk': partition },
      }),
    );
  const batch = (by: As, ...partitions: string[]) =>
    by.dynamodb.send(
      new BatchGetCommand({
        RequestItems: { [String(RegistryTable)]: { Keys: partitions.map(keyOf) } },
      }),
    );
  const [APPROVAL, STATE] = ['T#default#AP#x', `T#default#MO#${MODEL}`];

  it('are the items that they go by', async () => {
    const read = (by: As, PK: string) =>
      by.dynamodb.send(new GetCommand({ TableName: RegistryTable, Key: keyOf(PK) }));
    await read(await asFunction('SettleApproval'), APPROVAL);
    for (const by of [gate, infer, await asFunction('CheckModel')])
      await denied(read(by, APPROVAL));
  });

  it('is no batch with one item that they may not', async () => {
    const sweep = await asFunction('SweepModels');
    await batch(sweep, STATE, `${STATE}-other`);
    await denied(batch(sweep, STATE, APPROVAL));
    await batch(root, STATE, APPROVAL);
  });

  it('are their own lists of an index', async () => {
    const [sweep, wake] = [await asFunction('SweepModels'), await asFunction('WakeApprovals')];
    await listed(sweep, 'ROUTE');
    await listed(wake, 'APPROVAL#UNWOKEN');
    await denied(listed(sweep, 'APPROVAL#UNWOKEN'));
    await denied(listed(wake, 'ROUTE'));
    await denied(listed(gate, 'T#default#MODEL#ACTIVE'));
    await listed(root, 'T#default#MODEL#ACTIVE');
  });
});

describe('the signing keys', () => {
  const digest = createHash('sha256').update('x').digest();
  const sign = (by: As, KeyId: string, MessageType: MessageType = 'DIGEST') =>
    by.kms.send(
      new SignCommand({ KeyId, Message: digest, MessageType, SigningAlgorithm: 'ECDSA_SHA_256' }),
    );

  it.each([
    ['ARTIFACT_KEY_ARN', 'SignDigest', 'AdmitVersion'],
    ['ATTESTATION_KEY_ARN', 'AdmitVersion', 'SignDigest'],
  ])('%s signs digests for %s alone', async (variable, signer, other) => {
    const key = await settingOf('ServeApi', variable);
    const signs = await asFunction(signer);
    await sign(signs, key);
    await denied(sign(signs, key, 'RAW'));
    for (const name of [other, 'CheckIntegrity', 'Infer', 'ServeApi', 'ActivateVersion']) {
      await denied(sign(await asFunction(name), key));
    }
    await infer.kms.send(new GetPublicKeyCommand({ KeyId: key }));
  });
});

it('lets nobody wake a release but those who close approvals', async () => {
  const principal = 'AROAPERMISSIONS:ci';
  await mapPerson(principal, 'ci', ['data_scientist']);
  await upload(artifactOf(MODEL), { principal, model: MODEL });
  const approval = await approvalItem(await approvalIdOf(MODEL, '1.0.0'));
  const wake = (by: As) =>
    by.sfn.send(new SendTaskSuccessCommand({ taskToken: approval?.taskToken, output: '{}' }));
  for (const other of [gate, infer, await asFunction('ActivateVersion')]) await denied(wake(other));
  await wake(await asFunction('WakeApprovals'));
});
