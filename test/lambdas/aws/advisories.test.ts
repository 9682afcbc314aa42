import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { Advisories } from '#aws/advisories.ts';
import {
  buildSnapshot,
  shardsFor,
  snapshotDigest,
} from '#domain/gates/dependencies/osv/snapshot.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { RECORDS, TORCH } from '../../domain/gates/dependencies/osv-records.ts';

const s3 = mockClient(S3Client);
const bucket = () => new Advisories('data', new S3Client({ region: 'eu-west-1' }));
const failure = (name: string, status: number) =>
  new S3ServiceException({
    name,
    message: name,
    $fault: 'client',
    $metadata: { httpStatusCode: status },
  });
/** An object, as the SDK gives it. */
const stored = (bytes: Uint8Array, more: object = {}) => ({
  Body: {
    transformToString: async () => new TextDecoder().decode(bytes),
    transformToByteArray: async () => bytes,
  } as never,
  ETag: '"e1"',
  ContentLength: bytes.length,
  ...more,
});
const origin = { takenAt: 1_790_000_000, source: parseDigest('ee'.repeat(32)) };
const snapshot = buildSnapshot(RECORDS, origin);
const digest = snapshotDigest(snapshot.index);
const [torch = digest] = shardsFor(snapshot.index, ['torch']);
const puts = () => s3.commandCalls(PutObjectCommand).map(({ args }) => args[0].input);

beforeEach(() => {
  s3.reset();
});

describe('current', () => {
  it('gives the index in use with its digest and its ETag', async () => {
    s3.on(GetObjectCommand, { Bucket: 'data', Key: 'advisories/index.json' }).resolves(
      stored(canonicalBytes(snapshot.index)),
    );
    expect(await bucket().current()).toEqual({ index: snapshot.index, digest, etag: '"e1"' });
  });

  it('is undefined where there has never been one', async () => {
    s3.on(GetObjectCommand).rejects(failure('NoSuchKey', 404));
    expect(await bucket().current()).toBeUndefined();
  });

  it.each([
    ['is forbidden', () => s3.on(GetObjectCommand).rejects(failure('AccessDenied', 403))],
    ['is no index', () => s3.on(GetObjectCommand).resolves(stored(Buffer.from('{}')))],
    [
      'has no ETag',
      () =>
        s3
          .on(GetObjectCommand)
          .resolves(stored(canonicalBytes(snapshot.index), { ETag: undefined })),
    ],
    ['has no body', () => s3.on(GetObjectCommand).resolves({})],
  ])('faults where the index %s', async (_, prepare) => {
    prepare();
    await expect(bucket().current()).rejects.toThrow();
  });
});

describe('shard', () => {
  it('gives the advisories of its packages', async () => {
    const key = `advisories/shards/${torch}.json`;
    s3.on(GetObjectCommand, { Bucket: 'data', Key: key }).resolves(
      stored(snapshot.shards.get(torch) ?? Buffer.of()),
    );
    const shard = await bucket().shard(torch);
    expect(shard.get('torch')?.map(({ id }) => id)).toEqual([TORCH.id, 'PYSEC-2025-41']);
  });

  it('faults where it is missing or is another one', async () => {
    s3.on(GetObjectCommand)
      .rejectsOnce(failure('NoSuchKey', 404))
      .resolves(stored(Buffer.from('{}')));
    await expect(bucket().shard(torch)).rejects.toThrow(`${torch} is missing from data`);
    await expect(bucket().shard(torch)).rejects.toThrow(`expected ${torch}`);
  });
});

describe('imported', () => {
  const bytes = Buffer.from('zip');
  const LastModified = new Date('2026-01-02T03:04:05.678Z');

  it('gives what an operator uploaded, and when', async () => {
    s3.on(GetObjectCommand, { Key: 'advisories/import/all.zip' }).resolves(
      stored(bytes, { LastModified }),
    );
    const uploadedAt = Date.parse('2026-01-02T03:04:05Z') / 1000;
    expect(await bucket().imported(3)).toEqual({ bytes, uploadedAt });
    expect(await bucket().imported(2)).toBeUndefined();
  });

  it('is undefined where nothing was uploaded', async () => {
    s3.on(GetObjectCommand).rejects(failure('NoSuchKey', 404));
    expect(await bucket().imported(3)).toBeUndefined();
  });
});

describe('replace', () => {
  it('writes shards, then the snapshot under its digest, then the index, each once', async () => {
    s3.on(PutObjectCommand).resolves({});
    expect(await bucket().replace(undefined, snapshot)).toBe(true);
    const keys = puts().map(({ Key }) => Key);
    expect(keys.slice(0, -2)).toEqual(
      [...snapshot.shards.keys()].map((each) => `advisories/shards/${each}.json`),
    );
    expect(keys.slice(-2)).toEqual([
      `advisories/snapshots/${digest}.json`,
      'advisories/index.json',
    ]);
    for (const put of puts()) expect(put).toMatchObject({ Bucket: 'data', IfNoneMatch: '*' });
    expect(puts().at(-1)?.Body).toEqual(canonicalBytes(snapshot.index));
  });

  it('writes only shards that the index in use does not name, over that index alone', async () => {
    s3.on(PutObjectCommand).resolves({});
    const before = buildSnapshot(
      RECORDS.filter((each) => each !== TORCH),
      origin,
    ).index;
    const current = { index: before, digest: snapshotDigest(before), etag: '"e0"' };
    expect(await bucket().replace(current, snapshot)).toBe(true);
    expect(puts().map(({ Key }) => Key)).toEqual([
      `advisories/shards/${torch}.json`,
      `advisories/snapshots/${digest}.json`,
      'advisories/index.json',
    ]);
    expect(puts().at(-1)).toMatchObject({ IfMatch: '"e0"' });
    expect(puts().at(-1)).not.toHaveProperty('IfNoneMatch');
  });

  it('goes on where a shard is there already, and says when another index is', async () => {
    s3.on(PutObjectCommand).rejects(failure('PreconditionFailed', 412));
    s3.on(PutObjectCommand, { Key: 'advisories/index.json' }).resolves({});
    expect(await bucket().replace(undefined, snapshot)).toBe(true);
    s3.on(PutObjectCommand, { Key: 'advisories/index.json' }).rejects(
      failure('PreconditionFailed', 412),
    );
    expect(await bucket().replace(undefined, snapshot)).toBe(false);
  });

  it('writes no index where a shard cannot be written', async () => {
    s3.on(PutObjectCommand).rejects(failure('AccessDenied', 403));
    await expect(bucket().replace(undefined, snapshot)).rejects.toThrow('AccessDenied');
    expect(puts().map(({ Key }) => Key)).not.toContain('advisories/index.json');
  });

  it('sends again what met another writer, three times at most', async () => {
    const conflict = failure('ConditionalRequestConflict', 409);
    s3.on(PutObjectCommand).resolves({});
    s3.on(PutObjectCommand, { Key: 'advisories/index.json' })
      .rejectsOnce(conflict)
      .rejectsOnce(conflict)
      .resolvesOnce({})
      .rejects(conflict);
    expect(await bucket().replace(undefined, snapshot)).toBe(true);
    await expect(bucket().replace(undefined, snapshot)).rejects.toThrow(
      'ConditionalRequestConflict',
    );
    expect(puts().filter(({ Key }) => Key === 'advisories/index.json')).toHaveLength(6);
  });
});
