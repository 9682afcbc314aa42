import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { UnreadableRows } from '#domain/gates/dataset/rows.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Holdout } from '#domain/gates/policy.ts';
import { judgePrivacy as judge } from '#domain/gates/privacy/judge.ts';
import { predictionTable, unreadAnswers } from '#domain/gates/privacy/prediction-table.ts';
import type { Table } from '#domain/gates/table.ts';
import type { PinnedFile } from '#domain/registry/artifact.ts';
import { firstRows } from '#node/rows/first-rows.ts';
import { openRows } from '#node/rows/open-rows.ts';
import { env } from '../env.ts';
import { artifactFile, fileOf } from './artifact-file.ts';
import { gateEntry, type Judge, type Subjected } from './gate.ts';
import { artifactTexts } from './privacy/artifact-texts.ts';
import { type JudgingRows, samplePredictions } from './privacy/sample-predictions.ts';

type Artifacts = Pick<ArtifactBucket, 'open' | 'read' | 'readRange' | 'pin'>;

/**
 * Gate: no personal data in the first rows of training and evaluation data, in the first
 * predictions, and in the texts of the artifact.
 */
export const judgePrivacy =
  (artifacts: Artifacts): Judge =>
  async (subject): Promise<Judgement> => {
    const { record, policy } = subject;
    const { trainingSamples, predictions: asked } = policy.privacy;
    const { training, evaluation } = record.manifest;
    const samplesOf = (path: string) => samples(artifacts, fileOf(record, path), trainingSamples);
    const judging = await judgingRows(artifacts, subject);
    const answers = await samplePredictions(artifacts, record, judging, asked);
    const { texts, unread, binary } = await artifactTexts(artifacts, record);
    const checks = judge({
      trainingSamples: training ? await samplesOf(training.dataset) : NO_TRAINING,
      ...(evaluation && { evaluationSamples: await samplesOf(evaluation.dataset) }),
      predictions: answers.ok ? { ok: true, value: predictionTable(answers.value) } : answers,
      texts,
      unread: [...unread, ...(answers.ok ? unreadAnswers(answers.value) : [])],
      policy: policy.privacy,
    });
    const listed = binary.slice(0, LISTED_BINARY);
    return { checks, evidence: { withoutText: { count: binary.length, first: listed } } };
  };

const LISTED_BINARY = 100;

const NO_TRAINING: Measured<Table> = {
  ok: false,
  verdict: 'inconclusive',
  reason:
    'got no training data, expected rows to sample; add "training" to the manifest with a file of rows and its contract',
};

async function samples(
  artifacts: Artifacts,
  file: PinnedFile,
  first: number,
): Promise<Measured<Table>> {
  try {
    const source = await openRows(artifactFile(artifacts, file));
    return { ok: true, value: await firstRows(source, first) };
  } catch (error) {
    if (!(error instanceof UnreadableRows)) throw error;
    return { ok: false, verdict: 'inconclusive', reason: error.message };
  }
}

/** The rows pinned for the model, else those of the artifact, as far as predictions need them. */
async function judgingRows(
  artifacts: Artifacts,
  { record, policy }: Subjected,
): Promise<JudgingRows | undefined> {
  const { holdout, privacy } = policy;
  const evaluation = holdout?.evaluation ?? record.manifest.evaluation;
  if (!evaluation) return undefined;
  const path = evaluation.dataset;
  const file = holdout ? await pinned(artifacts, holdout) : fileOf(record, path);
  return { evaluation, table: await samples(artifacts, { ...file, path }, privacy.predictions) };
}

async function pinned(
  artifacts: Artifacts,
  { key, versionId, sha256 }: Holdout,
): Promise<Omit<PinnedFile, 'path'>> {
  const file = await artifacts.pin(key, versionId);
  if (!file) throw new Error(`the rows that judge the model are gone: ${key}`);
  return { ...file, sha256 };
}

export const handler = gateEntry('privacy', () =>
  judgePrivacy(new ArtifactBucket(env('ARTIFACT_BUCKET'))),
);
