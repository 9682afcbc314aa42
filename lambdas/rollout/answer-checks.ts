import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { InferFunction } from '#aws/infer-function.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Routes } from '#aws/routes.ts';
import type { Invoked } from '#aws/staging-function.ts';
import {
  type GoldenCases,
  type GoldenOutput,
  parseGoldenCases,
} from '#domain/gates/golden-cases.ts';
import type { Check } from '#domain/gates/verdict.ts';
import { problemText } from '#domain/registry/problem.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { judgeAnswers, type ServedAnswer } from '#domain/rollout/judge-answers.ts';
import { readArtifactRecord } from '../artifact-record.ts';
import { fileOf } from '../gates/artifact-file.ts';
import { inferEvent } from '../infer-event.ts';

export interface AnswerPorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly artifacts: Pick<ArtifactBucket, 'read'>;
  readonly infer: Pick<InferFunction, 'send'>;
}

/** Each is a request of its own, one after the other. */
const MAX_CASES = 32;

/** The check that there is only where a case could not be handed over, which may pass. */
export const UNSENT = 'rollback.asked';

/**
 * Asks what answers now its golden cases, as a client would. While something is on trial again,
 * stable is asked by its version: another one may rightly answer the others. After a case that could
 * not be handed over none is asked any more.
 */
export async function answerChecks(
  { routes, registry, evidence, artifacts, infer }: AnswerPorts,
  model: Pick<Subject, 'tenant' | 'model'>,
  toleranceMax: number,
): Promise<Check[]> {
  const { tenant, model: name } = model;
  const route = await routes.of(model);
  if (!route) return [undecided('the model has no route')];
  const { stable, candidate, experiments } = route;
  const version = await registry.version({ tenant, model: name, version: stable.version });
  if (version?.digest !== stable.digest) return [undecided(`${stable.version} is missing`)];
  const record = await readArtifactRecord(evidence, version);
  const { goldenCases } = record.manifest;
  if (goldenCases === undefined) return [undecided(`${stable.version} has no golden cases`)];
  const text = new TextDecoder().decode(await artifacts.read(fileOf(record, goldenCases)));
  const parsed = parseGoldenCases(text);
  if (!parsed.ok) return [undecided(parsed.problems.map(problemText).join('; '))];
  const golden: GoldenCases = { ...parsed.golden, cases: parsed.golden.cases.slice(0, MAX_CASES) };
  const tried = candidate !== undefined || experiments.length > 0;
  const asked = { tenant, model: name, ...(tried && { version: stable.version }) };
  const answers: ServedAnswer[] = [];
  const expected = { version: stable.version, toleranceMax };
  for (const { request } of golden.cases) {
    const invoked = await infer.send(inferEvent(asked, JSON.stringify(request)));
    if (invoked.outcome === 'unsent') {
      const cases = golden.cases.slice(0, answers.length);
      return [
        unsent(`${cases.length} of ${golden.cases.length}`, invoked.reason),
        ...(cases.length > 0 ? judgeAnswers({ ...golden, cases }, answers, expected) : []),
      ];
    }
    answers.push(answerOf(invoked));
  }
  return judgeAnswers(golden, answers, expected);
}

const unsent = (share: string, reason: string): Check => ({
  id: UNSENT,
  verdict: 'inconclusive',
  message: `${share} golden cases were asked, then Lambda did not run Infer: ${reason}`,
});

const undecided = (message: string): Check => ({
  id: 'rollback.golden',
  verdict: 'inconclusive',
  message: `${message}; nothing shows that what answers now is sound`,
});

/** What an error says of an input stays out: it may quote values, and records are kept for years. */
function answerOf(invoked: Exclude<Invoked, { outcome: 'unsent' }>): ServedAnswer {
  if (invoked.outcome === 'crashed') return { ok: false, reason: `crashed: ${invoked.reason}` };
  const { statusCode, body = '' } = invoked.answer;
  if (statusCode !== 200) return { ok: false, reason: `status ${statusCode}` };
  const { outputs, model_version: version } = JSON.parse(body) as {
    readonly outputs: readonly GoldenOutput[];
    readonly model_version: string;
  };
  return { ok: true, outputs, version };
}
