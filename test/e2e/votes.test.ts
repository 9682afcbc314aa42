import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, inject, it } from 'vitest';
import { approvalKey } from '#domain/registry/keys.ts';
import { settlePerson } from '../../local/people.ts';
import { artifactOf } from './support/artifact.ts';
import { api, assay } from './support/assay.ts';
import { dynamodb, sfn } from './support/clients.ts';
import { approvalIdOf, approvalItem, inState, routeOf, versionOf } from './support/registry.ts';
import { until } from './support/until.ts';
import { mapPerson, upload } from './support/upload.ts';

const { outputs } = inject('cloud');
const PRINCIPAL = 'AROAVOTES:ci';

beforeAll(() => mapPerson(PRINCIPAL, 'ci', ['data_scientist']));

/** A version that waits for votes; each test has a model of its own. */
async function waiting(model: string, principal = PRINCIPAL): Promise<string> {
  await upload(artifactOf(model), { principal, model });
  return approvalIdOf(model, '1.0.0');
}

const bodyOf = async (id: string, change: object = {}) => {
  const { body } = await api('reviewer-1', 'GET', `/governance/approvals/${id}`);
  return { decision: 'approve', digest: body.digest, policyHash: body.policyHash, ...change };
};

const vote = async (person: string, id: string, change: object = {}) =>
  api(person, 'POST', `/governance/approvals/${id}/votes`, await bodyOf(id, change));

it('does not count the vote of whoever submitted the version', async () => {
  await mapPerson('AROAVOTES:reviewer-1', 'reviewer-1', ['ml_engineer']);
  const id = await waiting('own-vote', 'AROAVOTES:reviewer-1');
  expect(await vote('reviewer-1', id)).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('ask a colleague') },
  });
});

it('counts one vote for a person, under however many principals', async () => {
  const id = await waiting('two-principals');
  expect(await vote('reviewer-1', id)).toMatchObject({ status: 200, body: { approvals: 1 } });
  expect(await vote('reviewer-1', id)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('has voted') },
  });
  const sub = await subjectOf('reviewer-3');
  await mapPerson(`cognito:${sub}`, 'reviewer-1', ['ml_engineer']);
  expect(await vote('reviewer-3', id)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('reviewer-1 has voted') },
  });
  await mapPerson(`cognito:${sub}`, 'reviewer-3', ['ml_engineer']);
  expect(await versionOf('two-principals', '1.0.0')).toMatchObject({ state: 'STAGING' });
});

it('refuses a vote without the role, and one on another digest', async () => {
  const id = await waiting('wrong-vote');
  const analyst = { name: 'analyst', roles: ['analyst'] } as const;
  const { endpoint, password } = inject('cloud');
  await settlePerson({ endpoint, outputs: { Assay: outputs } }, analyst, password);
  expect(await vote('analyst', id)).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('expected one of ml_engineer, senior_engineer') },
  });
  expect(await vote('reviewer-1', id, { digest: 'f'.repeat(64) })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('another digest') },
  });
});

it('gives a task token no right: without a quorum the release goes on waiting', async () => {
  const model = 'stolen-token';
  const id = await waiting(model);
  const before = await approvalItem(id);
  await sfn.send(
    new SendTaskSuccessCommand({ taskToken: before?.taskToken, output: '{"status":"APPROVED"}' }),
  );
  await until('a new token', async () => {
    const now = await approvalItem(id);
    return now && now.taskToken !== before?.taskToken ? now : undefined;
  });
  expect(await versionOf(model, '1.0.0')).toMatchObject({ state: 'STAGING', approval: id });
  expect(await routeOf(model)).toBeUndefined();

  await vote('reviewer-1', id);
  await vote('reviewer-2', id);
  await inState(model, '1.0.0', 'PRODUCTION');
});

it('counts no vote after expiry, and the version stays in STAGING', async () => {
  const model = 'expired';
  const id = await waiting(model);
  await dynamodb.send(
    new UpdateCommand({
      TableName: outputs.RegistryTable,
      Key: { ...approvalKey('default', id) },
      UpdateExpression: 'SET expiresAt = :past',
      ExpressionAttributeValues: { ':past': 1 },
    }),
  );
  expect(await vote('reviewer-1', id)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('expired') },
  });
  const { taskToken } = (await approvalItem(id)) ?? {};
  await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
  await until('the approval to expire', async () => {
    const approval = await approvalItem(id);
    return approval?.status === 'EXPIRED' ? approval : undefined;
  });
  expect(await versionOf(model, '1.0.0')).toMatchObject({ state: 'STAGING' });
});

it('fails a version that a reviewer refuses', async () => {
  const model = 'refused';
  const id = await waiting(model);
  const { code } = await assay('reviewer-2', 'refuse', id, '--comment', 'the data is stale');
  expect(code).toBe(0);
  const { failure } = await inState(model, '1.0.0', 'FAILED');
  expect(failure).toContain('refused by reviewer-2: the data is stale');
});

async function subjectOf(person: string): Promise<string> {
  const { AdminGetUserCommand, CognitoIdentityProviderClient } = await import(
    '@aws-sdk/client-cognito-identity-provider'
  );
  const { endpoint } = inject('cloud');
  const cognito = new CognitoIdentityProviderClient({ endpoint });
  const { UserAttributes = [] } = await cognito.send(
    new AdminGetUserCommand({ UserPoolId: outputs.UserPoolId, Username: person }),
  );
  return UserAttributes.find(({ Name }) => Name === 'sub')?.Value ?? '';
}
