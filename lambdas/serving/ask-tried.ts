import type { VersionRecord } from '#domain/registry/version-record.ts';
import { type Asking, type AskPorts, askModel, type Told } from './ask-model.ts';
import { inTime } from './in-time.ts';
import { PASSED_OVER, type PassedOver } from './isolated/answer-with-fallback.ts';
import { type Failed, failed } from './isolated/candidate-answer.ts';
import { Unavailable } from './outcome.ts';
import type { Clock } from './ports.ts';
import type { Request } from './request.ts';

/** However much time a request has. */
const MOST_MS = 10_000;
/** A run that ends at its deadline has ended by then, and its failure is known. */
const GRACE_MS = 250;

type Answered = Extract<Told, { readonly kind: 'answered' }>;

export type TriedTold = { readonly ok: true; readonly value: Answered } | Failed | PassedOver;

/**
 * Asks a version on trial, in a process of its own and by a deadline that leaves stable as much
 * time. What keeps it from being asked at all is not held against it, but for what it is itself.
 */
export async function askTried(
  ports: AskPorts & { readonly clock: Clock },
  version: VersionRecord,
  { question, tally, deadlineAt }: Pick<Request, 'question' | 'tally' | 'deadlineAt'>,
  onLease?: Asking['onLease'],
): Promise<TriedTold> {
  const deadlineMs = Math.min(MOST_MS, (deadlineAt - ports.clock()) / 2);
  if (deadlineMs <= 0) return PASSED_OVER;
  const asking: Asking = {
    ...{ version, where: 'isolated', question, deadlineMs, tally },
    ...(onLease && { onLease }),
  };
  const told = await inTime(
    deadlineMs + GRACE_MS,
    askModel(ports, asking).catch((error: unknown) => {
      if (error instanceof Unavailable) return undefined;
      throw error;
    }),
  );
  return told ? judged(told) : PASSED_OVER;
}

function judged(told: Told): TriedTold {
  switch (told.kind) {
    case 'answered':
      return { ok: true, value: told };
    case 'misfit':
      return failed(
        'schema',
        'the request is not for its schema, which differs from that of stable',
      );
    case 'failed':
      return told.failure.unasked ? PASSED_OVER : { ok: false, failure: told.failure };
    case 'refused': {
      const { refusal } = told;
      const why = refusal.kind === 'unservable' ? refusal.reason : `altered ${refusal.what}`;
      return failed('crashed', `it is not to be loaded: ${why}`);
    }
    case 'late':
      return PASSED_OVER;
  }
}
