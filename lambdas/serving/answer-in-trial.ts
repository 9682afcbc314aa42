import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Parameters } from '#domain/serving/infer-body.ts';
import type { Told } from './ask-model.ts';
import { askTried, type TriedTold } from './ask-tried.ts';
import { inferReply } from './infer-reply.ts';
import { answerWithFallback } from './isolated/answer-with-fallback.ts';
import type { CandidateFailure } from './isolated/candidate-answer.ts';
import type { Trial } from './locate.ts';
import type { Reply } from './reply.ts';
import { leasing, type Request, type TrialPorts } from './request.ts';
import type { Place } from './traffic/recorder.ts';

interface InTrial {
  readonly ports: TrialPorts;
  readonly trial: Trial;
  readonly request: Request;
  readonly place: Place;
  readonly stable: () => Promise<Told>;
}

/** What a version told, with what the client is told of it. */
export interface Answer {
  readonly told: Told;
  readonly reply: Reply;
}

/** Answers a request that counts for a trial, and counts it. */
export async function answerInTrial(
  ports: TrialPorts,
  trial: Trial,
  request: Request,
  stable: () => Promise<Told>,
): Promise<Answer> {
  const { tenant, model } = request;
  const { place, seal } = await ports.decisions.partOf(tenant, model, trial);
  const answered = (variant: string) => (told: Told) => {
    const cached = told.kind === 'answered' && told.cached;
    const decision = told.kind === 'answered' ? seal(told.version.digest) : undefined;
    const parameters: Parameters = {
      variant,
      ...(cached && { cached }),
      ...(decision !== undefined && { decision }),
    };
    return { told, reply: inferReply(told, parameters) };
  };
  const asking: InTrial = { ports, trial, request, place, stable };
  if (trial.tried) return answerTried(asking, trial.tried, answered);
  const answer = answered(trial.variant)(await stable());
  if (trial.control) await countControl(asking, answer.told);
  else if (answer.told.kind === 'answered') ports.recorder.assigned(place);
  return answer;
}

async function answerTried(
  { ports, trial, request, place, stable }: InTrial,
  tried: VersionRecord,
  answered: (variant: string) => (told: Told) => Answer,
): Promise<Answer> {
  const { recorder, breakers } = ports;
  const result = await answerWithFallback({
    request,
    breaker: breakers.of(tried),
    candidate: async () =>
      sound(await askTried(ports, tried, request, leasing(request)), answered(trial.variant)),
    stable: async () => answered('stable')(await stable()),
    answers: ({ told }) => told.kind === 'answered',
    onFailure: (failure) => countFailure({ ports, trial, request, place }, tried, failure),
  });
  const { told } = result.answer;
  if (told.kind !== 'answered') return result.answer;
  recorder.assigned(place);
  if (result.from === 'candidate') {
    request.facts.version = tried.version;
    if (!told.cached) {
      breakers.answered(tried);
      recorder.answered(place, told.ms);
    }
  } else if (!result.failure) passOver(request, tried);
  return result.answer;
}

/** An answer that is too large to be given is as good as none. */
function sound(asked: TriedTold, answered: (told: Told) => Answer) {
  if (asked.ok !== true) return asked;
  const answer = answered(asked.value);
  return answer.reply.status === 200
    ? { ok: true as const, value: answer, known: asked.value.cached }
    : {
        ok: false as const,
        failure: { kind: 'schema', reason: 'its answer is too large' } satisfies CandidateFailure,
      };
}

function passOver({ tally, facts }: Request, tried: VersionRecord): void {
  tally.add(tried.version, 'PassedOver');
  facts.passedOver = `${tried.version}: not open, or not to be asked now`;
}

function countFailure(
  { ports, trial, request, place }: Omit<InTrial, 'stable'>,
  tried: VersionRecord,
  { kind, reason }: CandidateFailure,
): void {
  const { tenant, model, tally, facts } = request;
  const { version, digest } = tried;
  ports.recorder.failed(place, kind);
  tally.add(version, `CandidateFailure-${kind}`);
  tally.add(version, 'Fallback');
  facts.fallback = { version, kind, reason };
  const { generation } = trial;
  const failures = ports.breakers.opened(tried, generation);
  if (failures === undefined) return;
  const failing = { tenant, model, version, digest, generation, kind, failures };
  request.beside.push(
    ports.alerts.candidateFailing(failing).catch(() => {
      tally.add(version, 'AlertUnsent');
      ports.breakers.untold(tried, generation);
    }),
  );
}

/** What stable fails counts against it only where the version on trial can answer it. */
async function countControl({ ports, trial, request, place }: InTrial, told: Told): Promise<void> {
  const { recorder, breakers } = ports;
  if (told.kind === 'answered') {
    recorder.assigned(place);
    if (!told.cached) recorder.answered(place, told.ms);
    return;
  }
  const kind = told.kind === 'failed' ? told.failure.kind : 'schema';
  if ((told.kind !== 'failed' && told.kind !== 'misfit') || !trial.rival) return;
  const admitted = breakers.of(trial.rival).admit();
  if (!admitted) return;
  const asked = await askTried(ports, trial.rival, request).catch(() => undefined);
  if (asked?.ok !== true) return admitted.withdraw();
  if (asked.value.cached) admitted.withdraw();
  else admitted.record(true);
  recorder.assigned(place);
  recorder.failed(place, kind);
}
