import { v7 as uuid } from 'uuid';
import type { EventBus } from '#aws/event-bus.ts';
import { type CloudEvent, EVENT_SOURCE } from '#domain/audit/entry.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { FailureKind } from '#domain/rollout/traffic.ts';
import { inTime } from './in-time.ts';

/** A version on trial that this process has stopped asking, because it failed again and again. */
export interface CandidateFailing {
  readonly tenant: string;
  readonly model: string;
  readonly version: string;
  readonly digest: Digest;
  /** Of the route that it was tried under. */
  readonly generation: number;
  /** Of the last failure. */
  readonly kind: FailureKind;
  /** In a row. */
  readonly failures: number;
}

/** Tells whoever rolls back; a hint, to be checked against the route. */
export interface Alerts {
  candidateFailing(failing: CandidateFailing): Promise<void>;
}

/** `lib/inference.ts` lets this type alone onto the bus. */
const CANDIDATE_FAILING = `${EVENT_SOURCE}.candidate.failing.v1`;

/** A request waits for it: a bus that does not answer soon is told by a later one. */
const WAIT_MS = 2_000;

export const busAlerts = (
  bus: Pick<EventBus, 'publish'>,
  at: () => string = () => new Date().toISOString(),
): Alerts => ({
  async candidateFailing(failing) {
    const publishing = bus.publish([candidateFailingEvent(failing, uuid(), at())]);
    const told = await inTime(
      WAIT_MS,
      publishing.then(() => true),
    );
    if (!told) throw new Error(`the bus took no event within ${WAIT_MS} ms`);
  },
});

const candidateFailingEvent = (
  failing: CandidateFailing,
  id: string,
  time: string,
): CloudEvent => ({
  specversion: '1.0',
  id,
  source: EVENT_SOURCE,
  type: CANDIDATE_FAILING,
  subject: `${failing.tenant}/${failing.model}/${failing.version}`,
  time,
  datacontenttype: 'application/json',
  data: { ...failing },
});
