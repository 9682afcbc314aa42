import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { claimKey } from '#domain/registry/keys.ts';
import type { ReleaseClaim } from '#domain/registry/version-record.ts';
import { filesOf } from './artifact.ts';
import { dynamodb, lambda, s3 } from './clients.ts';
import { until } from './until.ts';

const { outputs } = inject('cloud');
export const BUCKET = outputs.ArtifactBucket ?? '';

/** An uploaded manifest: what a release is claimed by. */
export interface Uploaded {
  readonly tenant: string;
  readonly key: string;
  readonly versionId: string;
}

export interface UploadOptions {
  readonly principal: string;
  readonly tenant?: string;
  readonly model: string;
  /** Bytes instead of the folder's own, by path; `undefined` leaves a file out. */
  readonly override?: Readonly<Record<string, Uint8Array | string | undefined>>;
}

/** Puts an artifact into the bucket as `aws s3 cp` would, manifest.json last. */
export async function upload(
  folder: string,
  { principal, tenant = 'default', model, override = {} }: UploadOptions,
): Promise<Uploaded> {
  const prefix = `uploads/${principal}/${tenant}/${model}/${randomUUID()}`;
  const names = new Set([...filesOf(folder), ...Object.keys(override)]);
  names.delete('manifest.json');
  for (const name of [...names, 'manifest.json']) {
    const body = name in override ? override[name] : readFileSync(join(folder, name));
    if (body === undefined) continue;
    const versionId = await put(`${prefix}/${name}`, body);
    if (name === 'manifest.json') return { tenant, key: `${prefix}/${name}`, versionId };
  }
  throw new Error('no manifest.json to upload');
}

export async function put(key: string, body: Uint8Array | string): Promise<string> {
  const { VersionId = '' } = await s3.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }),
  );
  return VersionId;
}

/** What the registry says of an upload once its release has registered or refused it. */
export const settled = (uploaded: Uploaded): Promise<ReleaseClaim> =>
  until(`the release of ${uploaded.key}`, async () => {
    const claim = await claimOf(uploaded);
    return claim && claim.outcome !== 'CLAIMED' ? claim : undefined;
  });

export async function claimOf({
  tenant,
  key,
  versionId,
}: Uploaded): Promise<ReleaseClaim | undefined> {
  const object = { bucket: BUCKET, key, versionId };
  const { Item } = await dynamodb.send(
    new GetCommand({
      TableName: outputs.RegistryTable,
      Key: { ...claimKey(tenant, object) },
      ConsistentRead: true,
    }),
  );
  return Item as ReleaseClaim | undefined;
}

/** Says which person a principal belongs to, as an operator would. */
export async function mapPerson(
  principal: string,
  person: string,
  roles: readonly string[],
  tenant = 'default',
): Promise<void> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: outputs.MapPersonFunction,
      Payload: JSON.stringify({ principal, person, tenant, roles, replace: true }),
    }),
  );
  if (FunctionError) throw new Error(Payload?.transformToString());
}
