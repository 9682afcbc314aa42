import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectRetentionCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { sha256Hex } from '#domain/registry/digest.ts';

const s3 = mockClient(S3Client);
const client = () =>
  new S3Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });
const bucket = () => new ArtifactBucket('artifacts', client());
const file = { key: 'k', versionId: '7' };
const body = (...chunks: string[]) =>
  Object.assign(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), {
    transformToByteArray: async () => Buffer.from(chunks.join('')),
  }) as never;
const failure = (status: number) =>
  new S3ServiceException({
    name: 'Failure',
    message: `status ${status}`,
    $fault: 'client',
    $metadata: { httpStatusCode: status },
  });

beforeEach(() => {
  s3.reset();
});

describe('list', () => {
  it('gives the newest version of every object that is not deleted, of all pages', async () => {
    s3.on(ListObjectVersionsCommand)
      .resolvesOnce({
        Versions: [
          { Key: 'p/a', VersionId: '2', Size: 5, IsLatest: true },
          { Key: 'p/a', VersionId: '1', Size: 9, IsLatest: false },
          { Key: 'p/gone', VersionId: '1', Size: 9, IsLatest: false },
        ],
        DeleteMarkers: [{ Key: 'p/gone', VersionId: '2', IsLatest: true }],
        IsTruncated: true,
        NextKeyMarker: 'p/gone',
        NextVersionIdMarker: '1',
      })
      .resolves({ Versions: [{ Key: 'p/z', VersionId: '3', Size: 1, IsLatest: true }] });
    expect(await bucket().list('p/')).toEqual([
      { key: 'p/a', versionId: '2', size: 5 },
      { key: 'p/z', versionId: '3', size: 1 },
    ]);
    const inputs = s3.commandCalls(ListObjectVersionsCommand).map(({ args }) => args[0].input);
    expect(inputs).toEqual([
      { Bucket: 'artifacts', Prefix: 'p/' },
      { Bucket: 'artifacts', Prefix: 'p/', KeyMarker: 'p/gone', VersionIdMarker: '1' },
    ]);
  });

  it('is empty where nothing lies', async () => {
    s3.on(ListObjectVersionsCommand).resolves({});
    expect(await bucket().list('p/')).toEqual([]);
  });
});

describe('pin', () => {
  it('finds the version that an event did not name', async () => {
    s3.on(HeadObjectCommand).resolves({ VersionId: '7', ContentLength: 3 });
    expect(await bucket().pin('k')).toEqual({ ...file, size: 3 });
  });

  it('says that an object is gone', async () => {
    s3.on(HeadObjectCommand).rejects(failure(404));
    expect(await bucket().pin('k', '7')).toBeUndefined();
  });

  it('throws any other fault: what may not be read is not gone', async () => {
    s3.on(HeadObjectCommand).rejects(failure(403));
    await expect(bucket().pin('k')).rejects.toThrow('status 403');
  });

  it('faults on a bucket that keeps no versions', async () => {
    s3.on(HeadObjectCommand).resolves({ ContentLength: 3 });
    await expect(bucket().pin('k')).rejects.toThrow('the bucket must be versioned');
  });
});

describe('reading', () => {
  it('is always of one version', async () => {
    s3.on(GetObjectCommand).callsFake(async () => ({ Body: body('ab', 'cd') }));
    expect(Buffer.from(await bucket().read(file)).toString()).toBe('abcd');
    expect(await bucket().hash(file)).toBe(sha256Hex(Buffer.from('abcd')));
    expect(s3.commandCalls(GetObjectCommand).map(({ args }) => args[0].input)).toEqual([
      { Bucket: 'artifacts', Key: 'k', VersionId: '7' },
      { Bucket: 'artifacts', Key: 'k', VersionId: '7' },
    ]);
  });

  it('stops at a limit, and gives what just fits', async () => {
    s3.on(GetObjectCommand).callsFake(async () => ({ Body: body('ab', 'cd') }));
    expect(Buffer.from((await bucket().readUpTo(file, 4)) ?? []).toString()).toBe('abcd');
    expect(await bucket().readUpTo(file, 3)).toBeUndefined();
  });

  it('asks for exactly the bytes of a range', async () => {
    s3.on(GetObjectCommand).resolves({ Body: body('cd') });
    expect(Buffer.from(await bucket().readRange(file, 2, 2)).toString()).toBe('cd');
    expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input.Range).toBe('bytes=2-3');
  });

  it('faults without a body', async () => {
    s3.on(GetObjectCommand).resolves({});
    await expect(bucket().read(file)).rejects.toThrow('S3 gave no body for k');
    await expect(bucket().readRange(file, 0, 1)).rejects.toThrow('S3 gave no body for k');
  });
});

describe('retain', () => {
  it('locks one version until a date, in a mode that admins may lift', async () => {
    s3.on(PutObjectRetentionCommand).resolves({});
    const until = new Date('2026-02-01');
    await bucket().retain(file, until);
    expect(s3.commandCalls(PutObjectRetentionCommand)[0]?.args[0].input).toEqual({
      Bucket: 'artifacts',
      Key: 'k',
      VersionId: '7',
      Retention: { Mode: 'GOVERNANCE', RetainUntilDate: until },
    });
  });
});

describe('presign', () => {
  it('signs a URL of this version for so many seconds', async () => {
    const url = new URL(await bucket().presign(file, 60));
    expect(url.pathname).toBe('/k');
    expect(url.searchParams.get('versionId')).toBe('7');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  });
});
