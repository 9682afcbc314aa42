import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { EvaluationBucket } from '#aws/evaluation-bucket.ts';
import { sha256Hex } from '#domain/registry/digest.ts';

const s3 = mockClient(S3Client);
beforeEach(() => s3.reset());
const bucket = new EvaluationBucket('data', new S3Client({ region: 'eu-west-1' }));
const bytes = Buffer.from('{"a":1}');
const sha256 = sha256Hex(bytes);
const stored = (more: object = {}) => ({
  Body: { transformToByteArray: async () => bytes } as never,
  ContentLength: bytes.length,
  VersionId: 'v1',
  ...more,
});

it('puts inputs below the name of their job, and says which version that is', async () => {
  s3.on(PutObjectCommand).resolves({ VersionId: 'v7' });
  const key = 'evaluations/assay-1/input/plan.json';
  expect(await bucket.put('assay-1', 'input/plan.json', bytes)).toEqual({
    key,
    versionId: 'v7',
    sha256,
  });
  expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({
    Bucket: 'data',
    Key: key,
  });
  expect(bucket.uri('assay-1', 'output/')).toBe('s3://data/evaluations/assay-1/output/');
});

it('insists on versions', async () => {
  s3.on(PutObjectCommand).resolves({});
  await expect(bucket.put('assay-1', 'x', bytes)).rejects.toThrow('must be versioned');
});

it('reads a pinned version, and no other bytes', async () => {
  s3.on(GetObjectCommand, { Key: 'k', VersionId: 'v1' }).resolves(stored());
  expect(await bucket.read({ key: 'k', versionId: 'v1', sha256 })).toEqual(bytes);
  const other = { key: 'k', versionId: 'v1', sha256: '0'.repeat(64) };
  await expect(bucket.read(other)).rejects.toThrow(`k has SHA-256 ${sha256}, expected 000`);
});

it('says which bytes a job has left, and whether it left any', async () => {
  const key = 'evaluations/assay-1/output/evaluation.json';
  s3.on(GetObjectCommand).resolves(stored());
  const found = { key, versionId: 'v1', sha256, text: '{"a":1}' };
  expect(await bucket.output('assay-1', 'output/evaluation.json')).toEqual(found);
  const missing = { name: 'NoSuchKey', message: '', $fault: 'client', $metadata: {} } as const;
  s3.on(GetObjectCommand).rejects(new S3ServiceException(missing));
  expect(await bucket.output('assay-1', 'output/evaluation.json')).toBeUndefined();
  s3.on(GetObjectCommand).rejects(new S3ServiceException({ ...missing, name: 'AccessDenied' }));
  await expect(bucket.output('assay-1', 'x')).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('reads no more than a function can judge', async () => {
  const most = 128 * 1024 * 1024;
  s3.on(GetObjectCommand).resolves(stored({ ContentLength: most }));
  expect(await bucket.output('assay-1', 'x')).toBeDefined();
  s3.on(GetObjectCommand).resolves(stored({ ContentLength: most + 1 }));
  await expect(bucket.output('assay-1', 'x')).rejects.toThrow('expected 1 to 134217728');
});
