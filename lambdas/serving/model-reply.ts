import type { IoSchema } from '#domain/registry/io-schema.ts';
import { type Problem, problemText } from '#domain/registry/problem.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { binaryOf } from '#domain/serving/binary-data.ts';
import { parseCsvRequest } from '#domain/serving/csv-request.ts';
import type { ModelEndpoint } from '#domain/serving/endpoint.ts';
import {
  type InferRequest,
  type InferRequestResult,
  parseInferRequest,
} from '#domain/serving/infer-request.ts';
import { inferResponseText, outputProblem } from '#domain/serving/infer-response.ts';
import { modelMetadata } from '#domain/serving/metadata.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import type { Locate } from './locate.ts';
import type { Refusal } from './outcome.ts';
import { failure, json, type Reply } from './reply.ts';
import type { RequestBody } from './request-body.ts';
import type { VerifiedModels } from './verified-models.ts';
import type { VouchedVersion } from './vouched-version.ts';

export interface ModelPorts {
  readonly locate: Locate;
  readonly models: Pick<VerifiedModels, 'vouched' | 'session'>;
}

/** What the log line says of a request, besides its reply; filled in as it becomes known. */
export interface Facts {
  tenant?: string;
  model?: string;
  version?: string;
  /** Whether this request waited for the model to be loaded. */
  load?: 'cold' | 'warm';
  /** Since the registry confirmed the route. */
  routeAgeMs?: number;
}

/** As for requests; in the function's answer, escaped or in base64, it stays within 6 MB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Problems quoted in one message. */
const MAX_PROBLEMS = 5;

/**
 * Answers a request about one of the tenant's models.
 * @param body of an `infer` request; undefined for all others.
 * @throws Unavailable when what it takes cannot be read.
 */
export async function modelReply(
  { locate, models }: ModelPorts,
  tenant: string,
  endpoint: ModelEndpoint,
  body: RequestBody | undefined,
  facts: Facts,
): Promise<Reply> {
  facts.tenant = tenant;
  facts.model = endpoint.model;
  const { found, ageMs, refreshed } = await locate(tenant, endpoint);
  facts.routeAgeMs = ageMs;
  try {
    if (found.kind === 'nothing') return failure('not-found', problemText(found.problem));
    const { version } = found;
    facts.version = version.version;
    if (found.kind === 'refused') return refused(version, found.refusal);
    const vouched = await models.vouched(version);
    if (!vouched.ok) return refused(version, vouched.refusal);
    return await endpointReply(models, endpoint, version, vouched.value, body, facts);
  } finally {
    await refreshed;
  }
}

async function endpointReply(
  models: ModelPorts['models'],
  { kind, model }: ModelEndpoint,
  version: VersionRecord,
  { manifest: { io } }: VouchedVersion,
  body: RequestBody | undefined,
  facts: Facts,
): Promise<Reply> {
  if (kind === 'model') return json(modelMetadata(model, version.version, io));
  const parsed = body && parseBody(body, io);
  if (parsed && !parsed.ok) return failure('bad-request', problemsText(parsed.problems));

  const session = await models.session(version);
  if (!session.ok) return refused(version, session.refusal);
  const { value: lease } = session;
  facts.load = lease.cold ? 'cold' : 'warm';
  try {
    if (!parsed) return json({ name: model, ready: true });
    const { inputs, outputs } = parsed.request;
    const answers = await lease.value.run(inputs, outputs).catch(modelFailure);
    return 'status' in answers ? answers : inferReply(version, io.outputs, parsed.request, answers);
  } finally {
    lease.release();
  }
}

const parseBody = (body: RequestBody, io: IoSchema): InferRequestResult =>
  body.kind === 'csv'
    ? parseCsvRequest(body.text, io)
    : parseInferRequest(body.text, io, body.binary);

/** ONNX Runtime quotes values of the inputs, so its words go to the client and to no log. */
function modelFailure(error: unknown): Reply {
  const reason = error instanceof Error ? error.message : String(error);
  return failure('model-failed', `the model failed on these inputs: ${reason.slice(0, 300)}`);
}

function inferReply(
  { model, version }: VersionRecord,
  specs: VouchedVersion['manifest']['io']['outputs'],
  request: InferRequest,
  answers: ReadonlyMap<string, Tensor>,
): Reply {
  const outputs: Tensor[] = [];
  for (const name of request.outputs) {
    const spec = specs.find((candidate) => candidate.name === name);
    const output = answers.get(name);
    const problem = spec && outputProblem(spec, output);
    if (problem) return failure('bad-output', problemText(problem));
    if (output) outputs.push(output);
  }
  const binary = new Map(
    outputs
      .filter(({ name }) => request.binaryOutputs.has(name))
      .map((output) => [output.name, binaryOf(output)]),
  );
  const text = inferResponseText({
    modelName: model,
    modelVersion: version,
    id: request.id,
    parameters: {},
    outputs,
    binary,
  });
  const jsonBytes = Buffer.byteLength(text);
  const bytes = [...binary.values()].reduce((sum, { length }) => sum + length, jsonBytes);
  if (bytes <= MAX_ANSWER_BYTES) {
    if (binary.size === 0) return { status: 200, body: text };
    const body = Buffer.concat([Buffer.from(text), ...binary.values()]);
    return { status: 200, body, headers: binaryHeaders(jsonBytes) };
  }
  return failure(
    'too-large',
    problemText({
      field: 'outputs',
      got: `an answer of ${bytes} bytes`,
      expected: `at most ${MAX_ANSWER_BYTES}`,
      remedy: 'send fewer rows a request, or name the outputs that you need',
    }),
  );
}

const binaryHeaders = (jsonBytes: number): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  'inference-header-content-length': `${jsonBytes}`,
});

/** What a client may know of a refusal; the log has the rest. */
function refused({ model, version }: VersionRecord, refusal: Refusal): Reply {
  return refusal.kind === 'integrity-mismatch'
    ? failure(
        'integrity-mismatch',
        `${model} ${version} is not served: its ${refusal.what} did not pass verification; ask the owner of the model to have it checked and released again`,
      )
    : failure('unservable', `${model} ${version} is not served: ${refusal.reason}`);
}

function problemsText(problems: readonly Problem[]): string {
  const texts = problems.slice(0, MAX_PROBLEMS).map(problemText);
  const more = problems.length - texts.length;
  return [...texts, ...(more > 0 ? [`${more} more`] : [])].join('\n');
}
