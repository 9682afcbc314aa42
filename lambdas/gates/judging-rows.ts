import { parse } from 'csv-parse/sync';
import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { PinnedFile } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { fileOf } from './artifact-file.ts';
import type { Subjected } from './gate.ts';
import type { Judging } from './measured-model.ts';

type Artifacts = Pick<ArtifactBucket, 'read'>;

/** The rows pinned for the model, else, for its first version, those of the artifact. */
export async function judgingRows(
  artifacts: Artifacts,
  { record, policy }: Pick<Subjected, 'record' | 'policy'>,
): Promise<Measured<Judging>> {
  const { evaluation } = record.manifest;
  if (policy.holdout) return readRows(artifacts, policy.holdout, policy.holdout.evaluation);
  if (evaluation) return readRows(artifacts, fileOf(record, evaluation.dataset), evaluation);
  const reason =
    'got no evaluation set, expected labelled rows to judge by; add "evaluation" to the manifest';
  return { ok: false, verdict: 'inconclusive', reason };
}

async function readRows(
  artifacts: Artifacts,
  file: Pick<PinnedFile, 'key' | 'versionId' | 'sha256'>,
  evaluation: Judging['evaluation'],
): Promise<Measured<Judging>> {
  const bytes = await artifacts.read(file);
  if (sha256Hex(bytes) !== file.sha256) {
    const reason = `${file.key} changed since it was pinned, expected SHA-256 ${file.sha256}; register the rows again`;
    return { ok: false, verdict: 'error', reason };
  }
  try {
    const [header = [], ...rows] = parse(Buffer.from(bytes), { bom: true });
    return { ok: true, value: { table: { header, rows }, evaluation } };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const reason = `${evaluation.dataset} is no CSV: ${said}; export it again with a header and as many cells in each row`;
    return { ok: false, verdict: 'inconclusive', reason };
  }
}
