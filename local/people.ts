import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { cognitoPrincipal, type Role } from '#domain/access/person.ts';
import type { Cloud } from './cloud.ts';
import { REGION } from './environment.ts';
import { requireLoopback } from './loopback.ts';

/** Somebody who can sign in to the local cloud. */
export interface LocalPerson {
  readonly name: string;
  readonly roles: readonly Role[];
}

export const TENANT = 'default';

export const PEOPLE: readonly LocalPerson[] = [
  { name: 'submitter', roles: ['ml_engineer'] },
  { name: 'reviewer-1', roles: ['ml_engineer'] },
  { name: 'reviewer-2', roles: ['senior_engineer'] },
  { name: 'reviewer-3', roles: ['ml_engineer'] },
  { name: 'admin-1', roles: ['tenant_admin'] },
  { name: 'admin-2', roles: ['tenant_admin'] },
];

/**
 * Gives the local cloud a submitter, three reviewers and two admins who can sign in, each a
 * person of the default tenant. Doing it again changes nothing.
 *
 * @returns the password that all of them have; it is made once and kept in the home, mode 0600
 */
export async function settlePeople(cloud: Cloud): Promise<string> {
  const password = localPassword(cloud.folder);
  for (const person of PEOPLE) await settlePerson(cloud, person, password);
  return password;
}

interface Clients {
  readonly cognito: CognitoIdentityProviderClient;
  readonly lambda: LambdaClient;
}

function clientsOf(endpoint: string): Clients {
  const options = {
    endpoint: requireLoopback(endpoint),
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  return {
    cognito: new CognitoIdentityProviderClient(options),
    lambda: new LambdaClient(options),
  };
}

/** One more person of the default tenant. */
export async function settlePerson(
  { endpoint, outputs }: Pick<Cloud, 'endpoint' | 'outputs'>,
  { name, roles }: LocalPerson,
  password: string,
): Promise<void> {
  const { cognito, lambda } = clientsOf(endpoint);
  const { UserPoolId, MapPersonFunction } = outputs.Assay ?? {};
  const user = { UserPoolId, Username: name };
  try {
    await cognito.send(
      new AdminCreateUserCommand({
        ...user,
        MessageAction: 'SUPPRESS',
        TemporaryPassword: password,
        UserAttributes: [{ Name: 'custom:tenant', Value: TENANT }],
      }),
    );
  } catch (error) {
    if (!(error instanceof UsernameExistsException)) throw error;
  }
  await cognito.send(
    new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }),
  );
  for (const role of roles) {
    await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName: role }));
  }
  const { UserAttributes = [] } = await cognito.send(new AdminGetUserCommand(user));
  const sub = UserAttributes.find(({ Name }) => Name === 'sub')?.Value;
  if (!sub) throw new Error(`the user pool gave ${name} no sub`);
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: MapPersonFunction,
      Payload: JSON.stringify({
        principal: cognitoPrincipal(sub),
        person: name,
        tenant: TENANT,
        roles,
      }),
    }),
  );
  if (FunctionError) throw new Error(`mapping ${name} failed: ${Payload?.transformToString()}`);
}

function localPassword(folder: string): string {
  const file = join(folder, 'password');
  if (!existsSync(file)) {
    // The pool asks for each kind of character.
    writeFileSync(file, `Aa1-${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
  }
  chmodSync(file, 0o600);
  return readFileSync(file, 'utf8').trim();
}
