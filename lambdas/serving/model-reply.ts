import { problemText } from '#domain/registry/problem.ts';
import type { ModelEndpoint } from '#domain/serving/endpoint.ts';
import { modelMetadata } from '#domain/serving/metadata.ts';
import { type AnswerPorts, answerRequest } from './answer-request.ts';
import { refusedReply } from './infer-reply.ts';
import type { Locate, Located } from './locate.ts';
import type { Question } from './question.ts';
import { failure, json, type Reply } from './reply.ts';
import { type Facts, leasing, type Request } from './request.ts';

export interface ModelPorts extends AnswerPorts {
  readonly locate: Locate;
}

/**
 * Answers a request about one of the tenant's models.
 * @throws Unavailable when what it takes cannot be read.
 */
export async function modelReply(
  ports: ModelPorts,
  tenant: string,
  endpoint: ModelEndpoint,
  question: Question | undefined,
  request: Omit<Request, 'tenant' | 'model' | 'question'>,
): Promise<Reply> {
  const { facts, beside, watch } = request;
  const { model } = endpoint;
  facts.tenant = tenant;
  facts.model = model;
  const { found, ageMs, refreshed } = await ports.locate(tenant, endpoint, question?.asker);
  facts.routeAgeMs = ageMs;
  try {
    return question
      ? await answerRequest(ports, found, { ...request, tenant, model, question })
      : await describeReply(ports, found, endpoint, facts);
  } finally {
    await Promise.all([
      refreshed,
      ...beside,
      ports.trials?.recorder.flushed(),
      watch.flushed(),
      ports.cache?.answers.settled(),
    ]);
  }
}

async function describeReply(
  { models }: ModelPorts,
  found: Located,
  { kind, model }: ModelEndpoint,
  facts: Facts,
): Promise<Reply> {
  if (found.kind === 'nothing') return failure('not-found', problemText(found.problem));
  const { version } = found;
  facts.version = version.version;
  if (found.kind === 'refused') return refusedReply(version, found.refusal);
  const vouched = await models.vouched(version);
  if (!vouched.ok) return refusedReply(version, vouched.refusal);
  if (kind === 'model')
    return json(modelMetadata(model, version.version, vouched.value.manifest.io));
  const session = await models.session(version, found.where);
  if (!session.ok) return refusedReply(version, session.refusal);
  leasing({ facts })(session.value.cold);
  session.value.release();
  return json({ name: model, ready: true });
}
