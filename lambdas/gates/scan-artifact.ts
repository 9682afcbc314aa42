import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import { scanArtifact as scan } from '#domain/gates/scan/scan-artifact.ts';
import type { PinnedFile } from '#domain/registry/artifact.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import { env } from '../env.ts';
import { gateEntry, type Judge } from './gate.ts';

/** The function has 10 minutes; what is not read by then is inconclusive, and said so. */
const READING_MS = 9 * 60_000;
/** Members listed in the evidence; the checks name those that did not pass. */
const LISTED_MEMBERS = 1_000;

interface Ports {
  readonly artifacts: Pick<ArtifactBucket, 'readRange'>;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

/** Gate: nothing in the artifact does more than hold a model, in any file or archive of it. */
export const scanArtifact =
  ({ artifacts, clock }: Ports): Judge =>
  async ({ record, policy }): Promise<Judgement> => {
    const end = clock() + READING_MS;
    const report = await scan(
      record.files.map((file) => ({ path: file.path, source: sourceOf(artifacts, file) })),
      {
        policy: policy.security.scan,
        decompressors: NODE_DECOMPRESSORS,
        outOfTime: () => clock() >= end,
      },
    );
    const members = report.members.slice(0, LISTED_MEMBERS).map((member) => ({ ...member }));
    return { checks: report.checks, evidence: { coverage: report.coverage, members } };
  };

/** Reads ranges of the pinned version: what is judged cannot be exchanged meanwhile. */
const sourceOf = (artifacts: Ports['artifacts'], file: PinnedFile) => ({
  size: file.size,
  read: (offset: number, length: number) => artifacts.readRange(file, offset, length),
});

export const handler = gateEntry('security', () =>
  scanArtifact({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    clock: () => performance.now(),
  }),
);
