import { beforeEach, expect, it } from 'vitest';
import { readArtifactRecord } from '../../lambdas/artifact-record.ts';
import { MemoryArtifacts } from '../support/memory-artifacts.ts';
import { MemoryEvidence } from '../support/memory-evidence.ts';
import { digestB, registered } from '../support/sample-release.ts';

let evidence: MemoryEvidence;
let sample: Awaited<ReturnType<typeof registered>>;

beforeEach(async () => {
  evidence = new MemoryEvidence();
  sample = await registered(new MemoryArtifacts(), evidence);
});

it('is what Register left behind', async () => {
  expect(await readArtifactRecord(evidence, sample.release)).toEqual(sample.record);
});

it('faults on a record of another digest', async () => {
  await expect(
    readArtifactRecord(evidence, { ...sample.release, digest: digestB }),
  ).rejects.toThrow(`is of digest ${sample.release.digest}, expected ${digestB}`);
});

it('faults on a document that is no artifact record', async () => {
  const artifact = await evidence.putJson('other.json', { digest: sample.release.digest });
  await expect(readArtifactRecord(evidence, { ...sample.release, artifact })).rejects.toMatchObject(
    { name: '$ZodError' },
  );
});
