import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { evaluationSet } from '#domain/gates/evaluation-set.ts';
import { parseGoldenCases } from '#domain/gates/golden-cases.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Answer } from '#domain/gates/privacy/prediction-table.ts';
import type { Table } from '#domain/gates/table.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import type { Evaluation } from '#domain/registry/manifest.ts';
import { problemText } from '#domain/registry/problem.ts';
import { fetchFiles } from '../../fetch-files.ts';
import { withScratchDirectory } from '../../scratch-directory.ts';
import { fileOf } from '../artifact-file.ts';
import { type Questions, runPredictions } from './run-predictions.ts';

/** Rows that judge the model, and how they are meant. */
export interface JudgingRows {
  readonly evaluation: Evaluation;
  readonly table: Measured<Table>;
}

/**
 * The model's answers to the first judging rows, else to its first golden cases.
 * @throws Error when a file changed since registration.
 */
export async function samplePredictions(
  artifacts: Pick<ArtifactBucket, 'open' | 'read'>,
  record: ArtifactRecord,
  judging: JudgingRows | undefined,
  first: number,
): Promise<Measured<readonly (readonly Answer[])[]>> {
  const questions = await questionsOf(artifacts, record, judging, first);
  if (!questions.ok) return questions;
  return withScratchDirectory(async (directory) => {
    const [mismatch] = await fetchFiles(artifacts, modelFiles(record), directory);
    if (mismatch) throw new Error(`${mismatch.path} changed since registration: ${mismatch.got}`);
    return runPredictions(directory, record, questions.value, first);
  });
}

async function questionsOf(
  artifacts: Pick<ArtifactBucket, 'read'>,
  record: ArtifactRecord,
  judging: JudgingRows | undefined,
  first: number,
): Promise<Measured<Questions>> {
  const { goldenCases, io } = record.manifest;
  const rows = judging && rowsOf(io, judging, first);
  if (rows?.ok || goldenCases === undefined) return rows ?? NONE;
  const parsed = parseGoldenCases(
    new TextDecoder().decode(await artifacts.read(fileOf(record, goldenCases))),
  );
  if (parsed.ok) return { ok: true, value: { kind: 'cases', golden: parsed.golden } };
  const reason = parsed.problems.map(problemText).join('; ');
  return { ok: false, verdict: 'inconclusive', reason };
}

const NONE: Measured<never> = {
  ok: false,
  verdict: 'inconclusive',
  reason:
    'got neither rows nor golden cases, expected something to ask the model; add "evaluation" or "goldenCases" to the manifest',
};

function rowsOf(
  io: ArtifactRecord['manifest']['io'],
  { evaluation, table }: JudgingRows,
  first: number,
): Measured<Questions> {
  if (!table.ok) return table;
  const { header, rows } = table.value;
  const set = evaluationSet(io, evaluation, { header, rows: rows.slice(0, first) });
  return set.ok ? { ok: true, value: { kind: 'rows', set: set.value } } : set;
}

/** What the session may read: all files but rows of data. */
const modelFiles = ({ files, manifest: { training, evaluation } }: ArtifactRecord) =>
  files.filter(({ path }) => path !== evaluation?.dataset && path !== training?.dataset);
