import { runsElsewhere } from '#domain/registry/backend.ts';
import { type Problem, problemText } from '#domain/registry/problem.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { binaryOf } from '#domain/serving/binary-data.ts';
import type { Parameters } from '#domain/serving/infer-body.ts';
import { inferResponseText } from '#domain/serving/infer-response.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import type { Told } from './ask-model.ts';
import type { CandidateFailure } from './isolated/candidate-answer.ts';
import type { Refusal } from './outcome.ts';
import { failure, type Reply } from './reply.ts';

/** As for requests; in base64, which adds a third, it stays within what a function may return. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/**
 * JSON is text within JSON on its way to the gateway, where marks cost a byte more. A function
 * returns 6 MiB at most; 64 KiB are left for headers and the rest.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_ESCAPED_BYTES = 6 * 1024 * 1024 - 64 * 1024;
/** Problems quoted in one message. */
const MAX_PROBLEMS = 5;

/** What a client is told; `parameters` go with an answer alone. */
export function inferReply(told: Told, parameters: Parameters): Reply {
  switch (told.kind) {
    case 'answered':
      return answerReply(told, parameters);
    case 'misfit':
      return failure('bad-request', problemsText(told.problems));
    case 'failed':
      return failedReply(told.version, told.failure);
    case 'refused':
      return refusedReply(told.version, told.refusal);
    case 'late':
      return failure('unavailable', `${told.version.version} is not open yet; try again`);
  }
}

/** What a client may know of a refusal; the log has the rest. */
export function refusedReply({ model, version }: VersionRecord, refusal: Refusal): Reply {
  return refusal.kind === 'integrity-mismatch'
    ? failure(
        'integrity-mismatch',
        `${model} ${version} is not served: its ${refusal.what} did not pass verification; ask the owner of the model to have it checked and released again`,
      )
    : failure('unservable', `${model} ${version} is not served: ${refusal.reason}`);
}

/** ONNX Runtime quotes values of the inputs, so its words go to the client and to no log. */
function failedReply(
  { model, version, backend }: VersionRecord,
  { kind, reason, said }: CandidateFailure,
): Reply {
  if (kind === 'schema' || kind === 'not-finite') return failure('bad-output', reason);
  if (kind === 'timeout') return failure('deadline', `the model gave ${reason}`);
  if (kind !== 'threw' && runsElsewhere(backend)) {
    const message = `the server that runs ${model} ${version} does not answer as it should; try again, or tell the owner of the model`;
    return failure('unavailable', message, { 'retry-after': '1' });
  }
  const why = (said ?? reason).slice(0, 300);
  return failure('model-failed', `the model failed on these inputs: ${why}`);
}

function answerReply(
  { version, manifest, request, outputs: answers }: Extract<Told, { kind: 'answered' }>,
  parameters: Parameters,
): Reply {
  const outputs = request.outputs.flatMap((name): Tensor[] => {
    const output = manifest.io.outputs.some((spec) => spec.name === name) && answers.get(name);
    return output ? [output] : [];
  });
  const binary = new Map(
    outputs
      .filter(({ name }) => request.binaryOutputs.has(name))
      .map((output) => [output.name, binaryOf(output)]),
  );
  const text = inferResponseText({
    modelName: version.model,
    modelVersion: version.version,
    id: request.id,
    parameters,
    outputs,
    binary,
  });
  const jsonBytes = Buffer.byteLength(text);
  const bytes = [...binary.values()].reduce((sum, { length }) => sum + length, jsonBytes);
  if (bytes > MAX_ANSWER_BYTES) return tooLarge(bytes);
  if (binary.size === 0) {
    const escaped = escapedBytes(text, jsonBytes);
    return escaped > MAX_ESCAPED_BYTES ? tooMarked(escaped) : { status: 200, body: text };
  }
  const body = Buffer.concat([Buffer.from(text), ...binary.values()]);
  return { status: 200, body, headers: binaryHeaders(jsonBytes) };
}

/** Bytes of JSON text as a string within JSON; twice as many at most. */
function escapedBytes(text: string, bytes: number): number {
  if (2 * bytes <= MAX_ESCAPED_BYTES) return bytes;
  let marks = 0;
  for (const mark of ['"', '\\']) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) marks++;
  }
  return bytes + marks;
}

const tooLarge = (bytes: number): Reply =>
  tooBig(`an answer of ${bytes} bytes`, `at most ${MAX_ANSWER_BYTES}`, FEWER);

const tooMarked = (bytes: number): Reply =>
  tooBig(
    `an answer of ${bytes} bytes with every quotation mark and backslash escaped`,
    `at most ${MAX_ESCAPED_BYTES}`,
    `${FEWER}, or have outputs as binary data`,
  );

const FEWER = 'send fewer rows a request, or name the outputs that you need';

const tooBig = (got: string, expected: string, remedy: string): Reply =>
  failure('too-large', problemText({ field: 'outputs', got, expected, remedy }));

const binaryHeaders = (jsonBytes: number): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  'inference-header-content-length': `${jsonBytes}`,
});

function problemsText(problems: readonly Problem[]): string {
  const texts = problems.slice(0, MAX_PROBLEMS).map(problemText);
  const more = problems.length - texts.length;
  return [...texts, ...(more > 0 ? [`${more} more`] : [])].join('\n');
}
