import { problemText } from '#domain/registry/problem.ts';
import { type Answer, answerInTrial } from './answer-in-trial.ts';
import { type AskPorts, askModel, type Told } from './ask-model.ts';
import { inferReply, refusedReply } from './infer-reply.ts';
import type { Located, Serving } from './locate.ts';
import { Unavailable } from './outcome.ts';
import type { Clock } from './ports.ts';
import { failure, type Reply } from './reply.ts';
import { leasing, type Request, type TrialPorts } from './request.ts';
import type { Mirror } from './shadow.ts';

export interface AnswerPorts extends AskPorts {
  readonly clock: Clock;
  /** Where nothing is ever on trial there are none. */
  readonly trials?: Omit<TrialPorts, keyof AskPorts | 'clock'> & { readonly mirror: Mirror };
}

/** Answers an inference by the version that was located for it, or by one that is on trial. */
export async function answerRequest(
  ports: AnswerPorts,
  found: Located,
  request: Request,
): Promise<Reply> {
  const { facts, tally, beside, watch } = request;
  if (found.kind === 'nothing') return failure('not-found', problemText(found.problem));
  facts.version = found.version.version;
  if (found.kind === 'refused') {
    watch.told(found, request.question.asker.requestId);
    return refusedReply(found.version, found.refusal);
  }
  const { passedOver, shadow, trial } = found;
  if (passedOver) {
    tally.add(passedOver.version, 'PassedOver');
    facts.passedOver = `${passedOver.version}: ${passedOver.why}`;
  }
  const { trials } = ports;
  if (shadow && trials) beside.push(trials.mirror(request, shadow));
  watch.located(found.version);
  if (trial?.tried) watch.expect(trial.tried);
  const { told, reply } = await answered(ports, found, request).catch((error: unknown) => {
    watch.unanswered(error instanceof Unavailable ? 'unavailable' : 'internal');
    throw error;
  });
  // An answer that is too large to be given was not given.
  if (told.kind !== 'answered' || reply.status === 200) {
    watch.told(told, request.question.asker.requestId);
  }
  return reply;
}

async function answered(ports: AnswerPorts, found: Serving, request: Request): Promise<Answer> {
  const { trials } = ports;
  const stable = () => askServing(ports, found, request);
  if (!trials) {
    const told = await stable();
    return { told, reply: inferReply(told, {}) };
  }
  return found.trial
    ? answerInTrial({ ...ports, ...trials }, found.trial, request, stable)
    : answerServed(trials, request, stable);
}

/** The key comes while the model runs. */
async function answerServed(
  { decisions }: Pick<TrialPorts, 'decisions'>,
  { tenant, model, question }: Request,
  stable: () => Promise<Told>,
): Promise<Answer> {
  const sealing = decisions.servedTo(tenant, model, question.asker);
  const told = await stable();
  const decision = told.kind === 'answered' ? (await sealing)(told.version.digest) : undefined;
  return { told, reply: inferReply(told, decision === undefined ? {} : { decision }) };
}

/** Kept back, so that a model that is late is told of before the request itself is. */
const REPLY_MS = 250;

async function askServing(
  ports: AnswerPorts,
  { version, where }: Serving,
  request: Request,
): Promise<Told> {
  const { question, tally, deadlineAt, facts } = request;
  const told = await askModel(ports, {
    version,
    where,
    question,
    deadlineMs: deadlineAt - ports.clock() - REPLY_MS,
    tally,
    onLease: leasing(request),
  });
  if (told.kind === 'failed') {
    const { kind, reason } = told.failure;
    facts.failure = { kind, reason };
  }
  return told;
}
