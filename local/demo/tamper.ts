import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ArtifactRecord, type EvidencePointer } from '#domain/registry/artifact.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { versionKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Cloud } from '../cloud.ts';
import { REGION } from '../environment.ts';
import { requireLoopback } from '../loopback.ts';

/**
 * Plays somebody with every right over buckets and tables, but none over the signing keys: puts
 * altered weights in place, forges the record that pins them, and points the registry at it.
 *
 * @returns how to put the registry right again
 */
export async function tamper(
  { endpoint, outputs }: Pick<Cloud, 'endpoint' | 'outputs'>,
  subject: Subject,
): Promise<() => Promise<void>> {
  const { RegistryTable = '', EvidenceBucket = '' } = outputs.Assay ?? {};
  const options = {
    endpoint: requireLoopback(endpoint),
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const s3 = new S3Client(options);
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(options));
  const key = { TableName: RegistryTable, Key: { ...versionKey(subject) } };
  const { Item } = await table.send(new GetCommand(key));
  const { artifact, entrypoint } = Item as VersionRecord;

  const record = ArtifactRecord.parse(
    JSON.parse(Buffer.from(await read(s3, EvidenceBucket, artifact)).toString()),
  );
  const files = await Promise.all(
    record.files.map(async (file) => {
      if (file.path !== entrypoint) return file;
      const weights = await read(s3, record.bucket, file);
      const at = weights.length >> 1;
      weights[at] = (weights[at] ?? 0) ^ 1;
      const stored = await write(s3, record.bucket, file.key, weights);
      return { ...file, ...stored };
    }),
  );
  const forged = await write(
    s3,
    EvidenceBucket,
    `${artifact.key}.forged`,
    canonicalBytes({ ...record, files }),
  );
  const point = async (at: EvidencePointer): Promise<void> => {
    await table.send(
      new UpdateCommand({
        ...key,
        UpdateExpression: 'SET artifact = :a',
        ExpressionAttributeValues: { ':a': at },
      }),
    );
  };
  await point(forged);
  return () => point(artifact);
}

async function read(
  s3: S3Client,
  bucket: string,
  { key, versionId }: { key: string; versionId: string },
): Promise<Uint8Array> {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
  );
  if (!Body) throw new Error(`no body for ${key}`);
  return Body.transformToByteArray();
}

async function write(
  s3: S3Client,
  bucket: string,
  key: string,
  body: Uint8Array,
): Promise<EvidencePointer> {
  const { VersionId = '' } = await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }),
  );
  return { key, versionId: VersionId, sha256: sha256Hex(body) };
}
