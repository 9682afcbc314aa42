import { gunzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, it } from 'vitest';
import { CaptureArchive } from '#aws/capture-archive.ts';
import { NOTHING_SEEN } from '#domain/monitoring/capture/seen.ts';
import { readSeen } from '#domain/monitoring/capture/stored-seen.ts';
import { hashOf } from '#domain/registry/canonical.ts';

it('puts an hour below its tenant, model and version, packed', async () => {
  const s3 = mockClient(S3Client);
  s3.on(PutObjectCommand).resolves({});
  const digest = hashOf('version');
  const seen = { ...NOTHING_SEEN, requests: 3, profile: hashOf('profile') };
  const archive = new CaptureArchive('data', new S3Client({}));
  await archive.put({ tenant: 'acme', model: 'risk' }, digest, 497_222, seen);
  const [call] = s3.commandCalls(PutObjectCommand);
  const { Body, ...input } = call?.args[0].input ?? {};
  expect(input).toEqual({
    Bucket: 'data',
    Key: `captures/acme/risk/${digest.slice(0, 16)}/2026-09-21T14:00:00.000Z.json.gz`,
    ContentType: 'application/gzip',
  });
  const document = JSON.parse(gunzipSync(Body as Uint8Array).toString());
  expect(document).toMatchObject({
    schema: 'assay.capture/v1',
    ...{ tenant: 'acme', model: 'risk', digest, hour: '2026-09-21T14:00:00.000Z' },
  });
  expect(readSeen(document.seen)).toEqual(seen);
});
