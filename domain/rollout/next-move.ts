import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { shareOf } from './apply-look.ts';
import { isSameBlock, stepOf } from './progress.ts';
import type { PromotionBlock, RolloutRecord } from './record.ts';

/** What the route says of a version on trial; a route document is one. */
export interface Trial {
  readonly killEpoch: number;
  readonly experiments: readonly unknown[];
  readonly candidate?:
    | {
        readonly digest: Digest;
        readonly epoch: number;
        readonly since: number;
        readonly share: number;
        /** Milliseconds since the epoch. */
        readonly leaseUntil: number;
      }
    | undefined;
}

/** Whether there is anything to be judged. */
export type Life =
  | { readonly kind: 'live' }
  | { readonly kind: 'ended'; readonly reason: string }
  /** The record does not know yet that the route lets go of the version. */
  | { readonly kind: 'withdrawn'; readonly reason: string }
  /** Somebody takes the share away step by step: a look must neither judge that nor undo it. */
  | { readonly kind: 'receding' };

export function lifeOf(record: RolloutRecord, { candidate, killEpoch }: Trial): Life {
  const { status, digest, epoch, steps, policy } = record;
  if (status !== 'RUNNING') return { kind: 'ended', reason: `the rollout is ${status}` };
  if (killEpoch !== epoch) {
    return {
      kind: 'withdrawn',
      reason: `a rollback ended all trials: it began under kill epoch ${epoch}, which is ${killEpoch} by now`,
    };
  }
  if (candidate?.digest !== digest || candidate.since !== steps[0]?.generation) {
    return { kind: 'withdrawn', reason: 'the route has it on trial no more' };
  }
  return { kind: candidate.share === shareOf(stepOf(record), policy) ? 'live' : 'receding' };
}

/** What becomes of a rollout after a look. */
export type Move =
  | Exclude<Life, { kind: 'live' }>
  | { readonly kind: 'roll-back' }
  | { readonly kind: 'promote' | 'wait' }
  /** To wait; what was asked about holds nothing back any more. */
  | { readonly kind: 'take-back-question' }
  | { readonly kind: 'ramp'; readonly step: number; readonly share: number }
  | { readonly kind: 'ask'; readonly reason: string; readonly block?: PromotionBlock };

/** Milliseconds since the epoch. */
export interface Times {
  readonly now: number;
  /** When the present step began. */
  readonly stepBegan: number;
}

const HOUR_MS = 3_600_000;

/** Whether the next step leaves the baseline no traffic: the last one, and the promotion. */
export const takesAll = (record: Pick<RolloutRecord, 'steps' | 'policy'>): boolean =>
  shareOf(stepOf(record) + 1, record.policy) === 1;

/** Whether a person lets the next step begin without the evidence for it. */
const hasLeave = (record: Pick<RolloutRecord, 'steps' | 'allowedStep'>): boolean =>
  record.allowedStep === stepOf(record) + 1;

/**
 * Whether a person let it take all traffic despite this very block: one leave does for the last step
 * and for the promotion.
 */
const isLifted = ({ despite }: Pick<RolloutRecord, 'despite'>, block: PromotionBlock): boolean =>
  block.since !== undefined && isSameBlock(despite, block);

/** What holds the next step back, if anything does. */
const blockOn = (record: RolloutRecord, block: PromotionBlock | undefined) =>
  block && takesAll(record) && !isLifted(record, block) ? block : undefined;

/** How a block since when is told. */
export const blockText = ({ since, by }: PromotionBlock): string =>
  `since ${since ?? 'an unknown time'} promotions are blocked by ${by}`;

/**
 * Decides by the last look, the route and what people said. Harm outweighs everything; only
 * evidence of health, or a person's leave, goes a step further, and neither does while paused.
 *
 * @param block while the model is blocked, a person's leave for this very block alone gives a version
 *   all traffic
 */
export function nextMove(
  record: RolloutRecord,
  route: Trial,
  times: Times,
  block?: PromotionBlock,
): Move {
  const life = lifeOf(record, route);
  if (life.kind !== 'live') return life;
  if (record.last?.outcome === 'FAIL') return { kind: 'roll-back' };
  if (record.paused) return { kind: 'wait' };
  const { policy } = record;
  const step = stepOf(record);
  const leased = (route.candidate?.leaseUntil ?? 0) > times.now;
  const blocking = blockOn(record, block);
  if (mayGoOn(record) && leased && !blocking) {
    if (step === policy.steps.length) return { kind: 'promote' };
    if (route.experiments.length === 0) {
      return { kind: 'ramp', step: step + 1, share: shareOf(step + 1, policy) };
    }
  }
  const { asked } = record;
  if (asked && isSameBlock(asked.block, blocking)) return { kind: 'wait' };
  const reason = questionOf(record, route, times, blocking);
  if (reason === undefined) return { kind: asked?.block ? 'take-back-question' : 'wait' };
  return blocking
    ? { kind: 'ask', reason: `${reason}${blockedText(record, blocking)}`, block: blocking }
    : { kind: 'ask', reason };
}

/**
 * Whether the present step is over: by its own last look, or by a person's leave for the next. No
 * step goes by unseen, since the evidence is of one after the other.
 */
function mayGoOn(record: RolloutRecord): boolean {
  const { last } = record;
  return last?.step === stepOf(record) && (last.outcome === 'PASS' || hasLeave(record));
}

/** Why a person has to decide, if one has to. One who gave leave is not asked at once again. */
function questionOf(
  record: RolloutRecord,
  route: Trial,
  times: Times,
  blocking: PromotionBlock | undefined,
): string | undefined {
  const { last, policy, allowedStep } = record;
  const step = stepOf(record);
  if (mayGoOn(record) && blocking) return `${named(step, policy)} is done`;
  const hours = (times.now - times.stepBegan) / HOUR_MS;
  const late = hours >= policy.askAfterHours;
  if (last?.outcome === 'ERROR' && (late || allowedStep !== step)) {
    return `nothing can be judged: ${messagesOf(last.checks, 'error')}`;
  }
  if (!late) return undefined;
  if (mayGoOn(record) && route.experiments.length > 0) {
    return `${named(step, policy)} is done, but experiments run for ${Math.floor(hours)} h already; end them`;
  }
  const missing = messagesOf(last?.checks ?? [], 'inconclusive');
  return `${named(step, policy)} has lasted ${Math.floor(hours)} h without a decision: ${missing}`;
}

/** Leave covers the block that its question names, so that each names the one that holds the step back. */
function blockedText(record: RolloutRecord, blocking: PromotionBlock): string {
  const { despite } = record;
  const before = despite
    ? `; leave was given for another block, since ${despite.since ?? 'an unknown time'} by ${despite.by}`
    : '';
  const until =
    blocking.since === undefined ? '; leave can cover it once a check tells since when' : '';
  return `${mayGoOn(record) ? ', but' : '; besides,'} ${blockText(blocking)}${before}${until}`;
}

const messagesOf = (
  checks: readonly { readonly verdict: string; readonly message: string }[],
  verdict: string,
): string =>
  checks
    .filter((check) => check.verdict === verdict)
    .map(({ message }) => message)
    .join('; ') || 'no look has said anything yet';

const named = (step: number, { steps }: RolloutPolicy): string =>
  step === 0 ? 'the shadow' : `the step of ${steps[step - 1]} %`;
