import type { TenantKeys } from '#aws/tenant-keys.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { Problem } from '#domain/registry/problem.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { InferRequest } from '#domain/serving/infer-request.ts';
import { normalised } from '#domain/serving/prediction-key.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import type { PredictionCache } from './cache/prediction-cache.ts';
import type { CandidateAnswer, CandidateFailure } from './isolated/candidate-answer.ts';
import type { Refusal } from './outcome.ts';
import type { Question } from './question.ts';
import type { Tally } from './tally.ts';
import type { VerifiedModels, Where } from './verified-models.ts';

/** What became of asking one version. */
export type Told = { readonly version: VersionRecord } & (
  | ({
      readonly kind: 'answered';
      readonly manifest: Manifest;
      readonly request: InferRequest;
    } & Answer)
  /** The request is not for the version's schema. */
  | { readonly kind: 'misfit'; readonly problems: readonly Problem[] }
  | { readonly kind: 'failed'; readonly failure: CandidateFailure }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** It was not open in time; opening goes on. */
  | { readonly kind: 'late' }
);

interface Answer {
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Milliseconds that the model ran; undefined for an answer that says nothing of its speed. */
  readonly ms: number | undefined;
  readonly cached: boolean;
}

export interface AskPorts {
  readonly models: Pick<VerifiedModels, 'vouched' | 'session' | 'openBytes'>;
  readonly cache?: AnswerCache | undefined;
}

export interface AnswerCache {
  readonly answers: Pick<PredictionCache, 'find' | 'keep' | 'settled'>;
  readonly keys: Pick<TenantKeys, 'of'>;
}

export interface Asking {
  readonly version: VersionRecord;
  readonly where: Where;
  readonly question: Question;
  readonly deadlineMs: number;
  readonly tally: Tally;
  /** Told whether the version had to be opened for this request. */
  readonly onLease?: (cold: boolean) => void;
}

/** Version of what turns requests into inputs; another one makes other questions of them. */
const PREPROCESSING = 'assay.inputs/v1';

/**
 * Asks one version, opening it first where it is not open yet.
 * @throws Unavailable when what it takes cannot be read.
 */
export async function askModel(ports: AskPorts, asking: Asking): Promise<Told> {
  const { version, question } = asking;
  const vouched = await ports.models.vouched(version);
  if (!vouched.ok) return { kind: 'refused', version, refusal: vouched.refusal };
  const { manifest } = vouched.value;
  const fit = question.fit(manifest.io);
  if (!fit.ok) return { kind: 'misfit', version, problems: fit.problems };
  const { cache } = ports;
  if (!cache) {
    const ran = await run(ports, asking, fit.request);
    return ran.kind === 'answered' ? { ...ran, manifest, request: fit.request } : ran;
  }
  const request = { ...fit.request, inputs: normalised(fit.request.inputs) };
  const ran = await recalledOr(cache, asking, request, () => run(ports, asking, request));
  return ran.kind === 'answered' ? { ...ran, manifest, request } : ran;
}

type Ran =
  | Exclude<Told, { readonly kind: 'answered' }>
  | ({ readonly kind: 'answered'; readonly version: VersionRecord } & Answer);

async function recalledOr(
  { answers, keys }: AnswerCache,
  { version }: Asking,
  { inputs, outputs }: InferRequest,
  ask: () => Promise<Ran>,
): Promise<Ran> {
  const { tenant, digest } = version;
  const key = await keys.of(tenant, 'cache').catch(() => undefined);
  if (!key) return ask();
  const question = { digest, inputs, outputs, preprocessing: PREPROCESSING };
  const found = await answers.find(key, question);
  if (found) {
    const byName = new Map(found.map((output) => [output.name, output]));
    return { kind: 'answered', version, outputs: byName, ms: undefined, cached: true };
  }
  const ran = await ask();
  if (ran.kind === 'answered') answers.keep(key, question, inOrder(ran.outputs, outputs));
  return ran;
}

const inOrder = (outputs: ReadonlyMap<string, Tensor>, names: readonly string[]): Tensor[] =>
  names.flatMap((name) => outputs.get(name) ?? []);

async function run(
  { models }: AskPorts,
  { version, where, deadlineMs, tally, onLease }: Asking,
  { inputs, outputs }: InferRequest,
): Promise<Ran> {
  const startedAt = performance.now();
  const session = await models.session(version, where);
  if (!session.ok) return { kind: 'refused', version, refusal: session.refusal };
  const { value: model, cold, release } = session.value;
  try {
    const openMs = performance.now() - startedAt;
    onLease?.(cold);
    if (cold) {
      tally.add(version.version, 'LoadTime', Math.round(openMs));
      tally.add(version.version, 'SessionMemory', models.openBytes);
    }
    if (where === 'isolated' && openMs >= deadlineMs) return { kind: 'late', version };
    return told(version, await model.run(inputs, outputs, deadlineMs - openMs));
  } finally {
    release();
  }
}

const told = (version: VersionRecord, answer: CandidateAnswer): Ran =>
  answer.ok
    ? { kind: 'answered', version, outputs: answer.outputs, ms: answer.ms, cached: false }
    : { kind: 'failed', version, failure: answer.failure };
