import { judgeLook } from '#domain/rollout/judge-look.ts';
import { lookFromTraffic } from '#domain/rollout/look-from-traffic.ts';
import { withLook } from '#domain/rollout/progress.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import { lookLease } from '#domain/serving/routing/look-lease.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { type Counters, countTraffic } from './count-traffic.ts';

/** Of the wait for a look; a task whose answer got lost is run again at once, and must not count twice. */
const WAITED = 0.5;

export function isDue({ last }: RolloutRecord, at: string): boolean {
  return !last || sinceLook(last, at) >= last.nextSeconds * WAITED;
}

/** Seconds from a look until `at`. */
export const sinceLook = (last: { readonly at: string }, at: string): number =>
  (Date.parse(at) - Date.parse(last.at)) / 1000;

/** The record with what came since the last look, judged. */
export async function judgedLook(
  counters: Counters,
  record: RolloutRecord,
  { generation }: RouteDocument,
  at: string,
): Promise<RolloutRecord> {
  const { before, now } = await countTraffic(counters, record, generation);
  const { look, counted } = lookFromTraffic({ ...record, counted: before }, now);
  const { applied, message, state, judgement } = judgeLook(record.state, look, record.policy);
  if (applied !== 'applied') {
    throw new Error(`look ${look.number} of rollout ${record.id} was ${applied}: ${message}`);
  }
  const { outcome, checks } = judgement;
  const { nextSeconds } = lookLease(record.policy, state.looksInStep);
  return withLook(record, { state, counted, outcome, checks, nextSeconds }, at);
}
