import { join } from 'node:path';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import {
  type GoldenAnswer,
  type GoldenCases,
  type GoldenOutput,
  judgeGoldenCases,
  parseGoldenCases,
  undecidedGoldenCases,
} from '#domain/gates/golden-cases.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import { problemText } from '#domain/registry/problem.ts';
import { parseInferRequest } from '#domain/serving/infer-request.ts';
import { inferResponseText, outputProblem } from '#domain/serving/infer-response.ts';
import { env } from '../env.ts';
import { fetchFiles } from '../fetch-files.ts';
import { withScratchDirectory } from '../scratch-directory.ts';
import { type ModelSession, openModel } from '../serving/model-session.ts';
import { fileOf } from './artifact-file.ts';
import { gateEntry, type Judge } from './gate.ts';
import { modelFiles } from './model-files.ts';

/** Gate: the artifact's golden cases, through the code that will serve the model. */
export const replayGoldenCases =
  (artifacts: Pick<ArtifactBucket, 'open' | 'read'>): Judge =>
  async ({ record, policy }): Promise<Judgement> => {
    const { goldenCases } = record.manifest;
    if (goldenCases === undefined) return { checks: undecidedGoldenCases([NONE]) };
    const text = new TextDecoder().decode(await artifacts.read(fileOf(record, goldenCases)));
    const parsed = parseGoldenCases(text);
    if (!parsed.ok) return { checks: undecidedGoldenCases(parsed.problems) };
    return withScratchDirectory(async (directory) => {
      const [mismatch] = await fetchFiles(artifacts, modelFiles(record), directory);
      if (mismatch) throw new Error(`${mismatch.path} changed since registration: ${mismatch.got}`);
      const answers = await answersOf(directory, record, parsed.golden);
      const { successRateMin } = policy.integration;
      return { checks: judgeGoldenCases(parsed.golden, answers, successRateMin) };
    });
  };

const NONE = {
  field: 'goldenCases',
  got: 'nothing',
  expected: 'a file of requests and what must be answered',
  remedy: 'add golden cases to the manifest and register it under a new version',
};

async function answersOf(
  directory: string,
  { manifest }: ArtifactRecord,
  { cases }: GoldenCases,
): Promise<GoldenAnswer[]> {
  let session: ModelSession;
  try {
    session = await openModel(join(directory, manifest.entrypoint));
  } catch (error) {
    return cases.map(() => ({ ok: false, reason: `the model does not open: ${said(error)}` }));
  }
  try {
    const answers: GoldenAnswer[] = [];
    for (const { request } of cases) answers.push(await answer(session, manifest, request));
    return answers;
  } finally {
    await session.close();
  }
}

async function answer(
  session: ModelSession,
  { name, io }: ArtifactRecord['manifest'],
  body: unknown,
): Promise<GoldenAnswer> {
  const parsed = parseInferRequest(JSON.stringify(body), io);
  if (!parsed.ok) return { ok: false, reason: parsed.problems.map(problemText).join('; ') };
  const { inputs, outputs: wanted } = parsed.request;
  try {
    const { outputs: tensors } = await session.run(inputs, wanted);
    for (const spec of io.outputs) {
      const problem = wanted.includes(spec.name) && outputProblem(spec, tensors.get(spec.name));
      if (problem) return { ok: false, reason: problemText(problem) };
    }
    const outputs = wanted.flatMap((output) => tensors.get(output) ?? []);
    const response = { modelName: name, modelVersion: '', id: undefined, parameters: {}, outputs };
    return { ok: true, outputs: JSON.parse(inferResponseText(response)).outputs as GoldenOutput[] };
  } catch (error) {
    return { ok: false, reason: `the model failed: ${said(error)}` };
  }
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const handler = gateEntry('integration', () =>
  replayGoldenCases(new ArtifactBucket(env('ARTIFACT_BUCKET'))),
);
