import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { pythonEnvironment, REGION } from './environment.ts';
import { type Home, PROJECT } from './home.ts';
import { requireLoopback } from './loopback.ts';
import { mustRun } from './run.ts';

const EXAMPLES = join(PROJECT, 'examples', 'advisories');
const DEADLINE_MS = 60_000;
const EVERY_MS = 250;
/** A cloud that stays up must not outlive the seven days that a snapshot may be old. */
const FRESH_MS = 24 * 60 * 60 * 1000;

/** Packs the example advisories as OSV packs PyPI's: one JSON document an entry. */
export async function packAdvisories(python: string, target: string): Promise<void> {
  const records = readdirSync(EXAMPLES).filter((name) => name.endsWith('.json'));
  rmSync(target, { force: true });
  await mustRun(
    'packing the example advisories',
    python,
    ['-m', 'zipfile', '-c', target, ...records.sort()],
    { cwd: EXAMPLES, env: pythonEnvironment() },
  );
}

/**
 * Gives the deployed cloud the example advisories, the way an operator without the internet
 * does, and waits until they are in use. Those of the last day are left as they are.
 */
export async function loadAdvisories(home: Home, endpoint: string, bucket: string): Promise<void> {
  const s3 = new S3Client({
    endpoint: requireLoopback(endpoint),
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  if (await isInUse(s3, bucket, Date.now() - FRESH_MS)) return;
  const archive = join(home.temporary, 'advisories.zip');
  await packAdvisories(join(home.venv, 'bin', 'python'), archive);
  const Body = readFileSync(archive);
  const startedMs = Date.now();
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'advisories/import/all.zip', Body }));
  rmSync(archive);
  await waitForAdvisories(s3, bucket, startedMs);
}

/** @throws Error when no snapshot made since then is in use after `waitMs`. */
export async function waitForAdvisories(
  s3: S3Client,
  bucket: string,
  sinceMs: number,
  waitMs = DEADLINE_MS,
): Promise<void> {
  const end = Date.now() + waitMs;
  while (!(await isInUse(s3, bucket, sinceMs))) {
    if (Date.now() >= end) {
      throw new Error(
        `the example advisories are not in use after ${waitMs / 1000} s; look at what RefreshAdvisories wrote: npm run local:logs`,
      );
    }
    await pause(EVERY_MS);
  }
}

async function isInUse(s3: S3Client, bucket: string, sinceMs: number): Promise<boolean> {
  try {
    const { LastModified } = await s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: 'advisories/index.json' }),
    );
    // S3 tells whole seconds.
    return (LastModified?.getTime() ?? 0) >= Math.floor(sinceMs / 1000) * 1000;
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false;
    throw error;
  }
}
