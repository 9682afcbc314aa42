import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { type EvaluationSet, evaluationSet } from '#domain/gates/evaluation-set.ts';
import { type GoldenCases, parseGoldenCases } from '#domain/gates/golden-cases.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { problemText } from '#domain/registry/problem.ts';
import { tensorText } from '#domain/serving/infer-response.ts';
import { batchOf } from '../onnx/batch.ts';
import { fileOf } from './artifact-file.ts';
import type { Subjected } from './gate.ts';
import { judgingRows } from './judging-rows.ts';

/** Enough that no answer is quick only because the last request was the same. */
const MAX_ROWS = 64;

/** What a version is asked under load, in turns. */
export interface LoadRequests {
  readonly source: 'golden cases' | 'judging rows';
  /** Bodies of the Open Inference Protocol, at least one. */
  readonly bodies: readonly string[];
  /** The cases that the bodies are of, in their order, where answers are expected. */
  readonly golden?: GoldenCases;
}

/** The golden cases of the artifact, else single rows of those that judge the model. */
export async function loadRequests(
  artifacts: Pick<ArtifactBucket, 'read'>,
  subject: Pick<Subjected, 'record' | 'policy'>,
): Promise<Measured<LoadRequests>> {
  const { record } = subject;
  const { goldenCases, io } = record.manifest;
  if (goldenCases !== undefined) {
    const text = new TextDecoder().decode(await artifacts.read(fileOf(record, goldenCases)));
    const parsed = parseGoldenCases(text);
    if (!parsed.ok) return undecided(parsed.problems.map(problemText).join('; '));
    const { golden } = parsed;
    const bodies = golden.cases.map(({ request }) => JSON.stringify(request));
    return { ok: true, value: { source: 'golden cases', bodies, golden } };
  }
  const rows = await judgingRows(artifacts, subject);
  if (!rows.ok) return rows;
  const set = evaluationSet(io, rows.value.evaluation, rows.value.table);
  if (!set.ok) return set;
  const optional = io.inputs.filter((input) => input.optional).map(({ name }) => name);
  const feeds = set.value.feeds.filter(({ name }) => !optional.includes(name));
  const bodies = rowBodies({ ...set.value, feeds });
  if (bodies.length > 0) return { ok: true, value: { source: 'judging rows', bodies } };
  return undecided(
    'every judging row has a missing value, which the protocol cannot carry; add golden cases to the manifest',
  );
}

function rowBodies({ feeds, rows, fixedBatch = 1 }: EvaluationSet): string[] {
  const bodies: string[] = [];
  for (let row = 0; row < rows && bodies.length < MAX_ROWS; row++) {
    const inputs = batchOf(feeds, row, row + 1, fixedBatch).map(
      ({ name, datatype, rowShape, data }) =>
        tensorText({ name, datatype, shape: [fixedBatch, ...rowShape], data }),
    );
    const body = `{"inputs":[${inputs.join()}]}`;
    if (isJson(body)) bodies.push(body);
  }
  return bodies;
}

/** NaN, which stands for a missing value, has no place in JSON. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const undecided = (reason: string): Measured<never> => ({
  ok: false,
  verdict: 'inconclusive',
  reason,
});
