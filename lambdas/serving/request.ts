import type { FailureKind } from '#domain/rollout/traffic.ts';
import type { Alerts } from './alerts.ts';
import type { AskPorts } from './ask-model.ts';
import type { CandidateBreakers } from './candidate-breakers.ts';
import type { Watch } from './capture/watch.ts';
import type { Decisions } from './decisions.ts';
import type { Clock } from './ports.ts';
import type { Question } from './question.ts';
import type { Tally } from './tally.ts';
import type { TrafficRecorder } from './traffic/recorder.ts';

/** What the log line says of a request, besides its reply; filled in as it becomes known. */
export interface Facts {
  tenant?: string;
  model?: string;
  /** The version that answered. */
  version?: string;
  /** Whether this request waited for the model to be loaded. */
  load?: 'cold' | 'warm';
  /** Since the registry confirmed the route. */
  routeAgeMs?: number;
  /** How the version that was to answer failed. */
  failure?: { readonly kind: FailureKind; readonly reason: string };
  /** The version on trial in whose place stable answered. */
  fallback?: { readonly version: string; readonly kind: FailureKind; readonly reason: string };
  /** The version that was drawn and not asked, and why. */
  passedOver?: string;
}

/** One request for an inference, on its way. */
export interface Request {
  readonly tenant: string;
  readonly model: string;
  readonly question: Question;
  /** Milliseconds since the epoch, by which it is to be answered. */
  readonly deadlineAt: number;
  readonly facts: Facts;
  readonly tally: Tally;
  /** To be awaited before answering; none of it rejects. */
  readonly beside: Promise<unknown>[];
  readonly watch: Watch;
}

export const leasing =
  ({ facts }: Pick<Request, 'facts'>) =>
  (cold: boolean): void => {
    facts.load = cold ? 'cold' : 'warm';
  };

/** What it takes to try versions. */
export interface TrialPorts extends AskPorts {
  readonly clock: Clock;
  readonly recorder: Pick<TrafficRecorder, 'assigned' | 'answered' | 'failed' | 'flushed'>;
  readonly breakers: CandidateBreakers;
  readonly decisions: Pick<Decisions, 'partOf' | 'servedTo'>;
  readonly alerts: Alerts;
}
