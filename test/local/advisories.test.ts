import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArchive } from '#domain/gates/dependencies/osv/read-archive.ts';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import { packAdvisories, waitForAdvisories } from '../../local/advisories.ts';

const s3 = mockClient(S3Client);
const missing = new S3ServiceException({
  name: 'NotFound',
  message: 'NotFound',
  $fault: 'client',
  $metadata: { httpStatusCode: 404 },
});

let folder: string;
beforeEach(() => {
  s3.reset();
  folder = mkdtempSync(join(tmpdir(), 'assay-advisories-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('packAdvisories', () => {
  it('packs the examples as the refresh reads them, in the place of what was there', async () => {
    const target = join(folder, 'all.zip');
    writeFileSync(target, 'older');
    await packAdvisories('python3', target);
    const ids: unknown[] = [];
    for await (const record of readArchive(sourceOf(readFileSync(target)), NODE_DECOMPRESSORS)) {
      ids.push((record as { id: string }).id);
    }
    expect(ids).toEqual([
      'ASSAY-EXAMPLE-0001',
      'PYSEC-2021-142',
      'PYSEC-2022-288',
      'PYSEC-2022-43015',
      'PYSEC-2023-175',
      'PYSEC-2023-74',
    ]);
  });
});

describe('waitForAdvisories', () => {
  const since = Date.parse('2026-03-01T10:00:00.700Z');
  const wait = (waitMs: number) => waitForAdvisories(new S3Client({}), 'data', since, waitMs);

  it('ends when the index is there', async () => {
    s3.on(HeadObjectCommand, { Bucket: 'data', Key: 'advisories/index.json' })
      .rejectsOnce(missing)
      .resolvesOnce({ LastModified: new Date('2026-03-01T09:59:59Z') })
      .resolves({ LastModified: new Date('2026-03-01T10:00:00Z') });
    await wait(60_000);
    expect(s3.commandCalls(HeadObjectCommand)).toHaveLength(3);
    expect(s3.commandCalls(PutObjectCommand)).toHaveLength(0);
  });

  it('says where to look when it does not come', async () => {
    s3.on(HeadObjectCommand).rejects(missing);
    await expect(wait(0)).rejects.toThrow(
      'not in use after 0 s; look at what RefreshAdvisories wrote',
    );
  });

  it('faults at once at any other answer', async () => {
    s3.on(HeadObjectCommand).rejects(new Error('connection refused'));
    await expect(wait(60_000)).rejects.toThrow('connection refused');
  });
});
