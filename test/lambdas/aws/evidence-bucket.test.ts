import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { sha256Hex } from '#domain/registry/digest.ts';

const s3 = mockClient(S3Client);
const bucket = () => new EvidenceBucket('evidence', new S3Client({ region: 'eu-west-1' }));
const bytes = (text: string) => new TextEncoder().encode(text);
const failure = (name: string, status: number) =>
  new S3ServiceException({
    name,
    message: name,
    $fault: 'client',
    $metadata: { httpStatusCode: status },
  });
/** An object's body, as the SDK gives it. */
const stored = (text: string, more: object = {}) => ({
  Body: Object.assign(Readable.from([bytes(text)]), {
    transformToByteArray: async () => bytes(text),
  }) as never,
  ContentLength: text.length,
  VersionId: 'v1',
  ...more,
});

beforeEach(() => {
  s3.reset();
});

describe('put', () => {
  it('writes only where there is nothing, and points to what it wrote', async () => {
    s3.on(PutObjectCommand).resolves({ VersionId: 'v1' });
    expect(await bucket().put('k', bytes('{}'), 'application/json')).toEqual({
      key: 'k',
      versionId: 'v1',
      sha256: sha256Hex(bytes('{}')),
    });
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: 'evidence',
      Key: 'k',
      Body: bytes('{}'),
      ContentType: 'application/json',
      IfNoneMatch: '*',
    });
  });

  it('points to what the first writer wrote when it comes second', async () => {
    s3.on(PutObjectCommand).rejects(failure('PreconditionFailed', 412));
    s3.on(GetObjectCommand).resolves(stored('first'));
    expect(await bucket().put('k', bytes('second'), 'text/plain')).toEqual({
      key: 'k',
      versionId: 'v1',
      sha256: sha256Hex(bytes('first')),
    });
  });

  it('sends the document again when two writers met, as S3 asks', async () => {
    s3.on(PutObjectCommand)
      .rejectsOnce(failure('ConditionalRequestConflict', 409))
      .resolves({ VersionId: 'v2' });
    expect((await bucket().put('k', bytes('x'), 'text/plain')).versionId).toBe('v2');
  });

  it('gives up on a conflict that stays', async () => {
    s3.on(PutObjectCommand).rejects(failure('ConditionalRequestConflict', 409));
    await expect(bucket().put('k', bytes('x'), 'text/plain')).rejects.toThrow(
      'ConditionalRequestConflict',
    );
    expect(s3.commandCalls(PutObjectCommand)).toHaveLength(3);
  });

  it('throws every other fault', async () => {
    s3.on(PutObjectCommand).rejects(failure('AccessDenied', 403));
    await expect(bucket().put('k', bytes('x'), 'text/plain')).rejects.toThrow('AccessDenied');
  });

  it('faults on a bucket that keeps no versions', async () => {
    s3.on(PutObjectCommand).resolves({});
    await expect(bucket().put('k', bytes('x'), 'text/plain')).rejects.toThrow(
      'S3 gave k no version: the bucket must be versioned',
    );
  });
});

describe('read', () => {
  const pointer = { key: 'k', versionId: 'v1', sha256: sha256Hex(bytes('{"a":1}')) };

  it('gives the bytes that a pointer was made for', async () => {
    s3.on(GetObjectCommand).resolves(stored('{"a":1}'));
    expect(await bucket().readJson(pointer)).toEqual({ a: 1 });
    expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input).toMatchObject({
      Key: 'k',
      VersionId: 'v1',
    });
  });

  it('refuses bytes that were altered', async () => {
    s3.on(GetObjectCommand).resolves(stored('{"a":2}'));
    await expect(bucket().read(pointer)).rejects.toThrow(
      `expected ${pointer.sha256}: it was altered`,
    );
  });

  it('reads a document that is named by its hash without a version', async () => {
    s3.on(GetObjectCommand).resolves(stored('{"a":1}'));
    expect(await bucket().readJson({ key: 'k', sha256: pointer.sha256 })).toEqual({ a: 1 });
  });

  it('refuses what is larger than any evidence', async () => {
    s3.on(GetObjectCommand).resolves(stored('{"a":1}', { ContentLength: 33 * 1024 * 1024 }));
    await expect(bucket().read(pointer)).rejects.toThrow(
      'evidence k has 34603008 bytes, expected 1 to 33554432',
    );
  });
});
