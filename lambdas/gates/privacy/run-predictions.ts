import { join } from 'node:path';
import type { EvaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Feed } from '#domain/gates/feed.ts';
import type { GoldenCases } from '#domain/gates/golden-cases.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Answer } from '#domain/gates/privacy/prediction-table.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import { problemText } from '#domain/registry/problem.ts';
import { parseInferRequest } from '#domain/serving/infer-request.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { batchOf } from '../../onnx/batch.ts';
import { refusal } from '../../onnx/session.ts';
import { type ModelSession, openModel } from '../../serving/model-session.ts';

/** What to ask the model: rows of a table, or requests with their tensors. */
export type Questions =
  | { readonly kind: 'rows'; readonly set: EvaluationSet }
  | { readonly kind: 'cases'; readonly golden: GoldenCases };

/** Every output of the model for the first `first` questions, one list for each. */
export async function runPredictions(
  directory: string,
  { manifest }: Pick<ArtifactRecord, 'manifest'>,
  questions: Questions,
  first: number,
): Promise<Measured<readonly (readonly Answer[])[]>> {
  let session: ModelSession | undefined;
  try {
    session = await openModel(join(directory, manifest.entrypoint));
    return questions.kind === 'rows'
      ? { ok: true, value: await answerRows(session, manifest.io, questions.set, first) }
      : await answerCases(session, manifest.io, questions.golden, first);
  } catch (error) {
    const what = session ? 'gives no predictions' : 'does not open';
    return { ok: false, verdict: 'fail', reason: refusal(what, error) };
  } finally {
    await session?.close();
  }
}

type Io = ArtifactRecord['manifest']['io'];

async function answerRows(
  session: ModelSession,
  io: Io,
  { feeds, rows, fixedBatch }: EvaluationSet,
  first: number,
): Promise<Answer[][]> {
  const wanted = io.outputs.map(({ name }) => name);
  const end = Math.min(first, rows);
  const step = fixedBatch ?? end;
  const answers: Answer[][] = [];
  for (let start = 0; start < end; start += step) {
    const until = Math.min(start + step, end);
    const batch = batchOf(feeds, start, until, fixedBatch).map(tensorOf);
    const ran = await session.run(batch, wanted);
    const outputs = [...ran.outputs.values()];
    const size = fixedBatch ?? until - start;
    for (let row = 0; row < until - start; row++) {
      answers.push(outputs.map((output) => answerOf(output, row, size)));
    }
  }
  return answers;
}

async function answerCases(
  session: ModelSession,
  io: Io,
  { cases }: GoldenCases,
  first: number,
): Promise<Measured<Answer[][]>> {
  const answers: Answer[][] = [];
  for (const { name, request } of cases.slice(0, first)) {
    const parsed = parseInferRequest(JSON.stringify(request), io);
    if (!parsed.ok) {
      const reason = `golden case ${name}: ${parsed.problems.map(problemText).join('; ')}`;
      return { ok: false, verdict: 'inconclusive', reason };
    }
    const { inputs, outputs } = parsed.request;
    const ran = await session.run(inputs, outputs);
    answers.push([...ran.outputs.values()].map((output) => answerOf(output, 0, 1)));
  }
  return { ok: true, value: answers };
}

const tensorOf = ({ name, datatype, rowShape, width, data }: Feed): Tensor => ({
  name,
  datatype,
  shape: [data.length / width, ...rowShape],
  data,
});

/** A row's part of an output; an output that is not one entry a row belongs to every row. */
function answerOf({ name, datatype, shape, data }: Tensor, row: number, rows: number): Answer {
  const width = shape[0] === rows ? data.length / rows : data.length;
  const from = shape[0] === rows ? row * width : 0;
  const values = data.slice(from, from + width);
  return { output: name, datatype, values };
}
