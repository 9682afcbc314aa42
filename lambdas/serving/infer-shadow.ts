import { candidateTrial } from '#domain/serving/decision.ts';
import { entry } from '../entry.ts';
import { type AskPorts, askModel, type Told } from './ask-model.ts';
import { placeOf } from './decisions.ts';
import { fitFor, servingStable } from './fitness.ts';
import type { Asker } from './locate.ts';
import { questionOf } from './question.ts';
import type { Placement } from './read-placement.ts';
import type { RouteCache } from './route-cache.ts';
import { copiedBody, ShadowCopy } from './shadow-copy.ts';
import { noticeOfShutdown } from './shutdown.ts';
import { Tally, type WriteMetrics } from './tally.ts';
import type { Place, TrafficRecorder } from './traffic/recorder.ts';
import { shadowPorts } from './wire.ts';

export interface ShadowPorts extends AskPorts {
  readonly routes: Pick<RouteCache, 'find'>;
  readonly recorder: Pick<TrafficRecorder, 'assigned' | 'answered' | 'failed' | 'flushed'>;
  readonly writeMetrics: WriteMetrics;
}

/** As for a version on trial that a request is waiting for. */
const DEADLINE_MS = 10_000;

type Shadowed =
  | {
      readonly outcome: 'compared';
      readonly stable: Told['kind'];
      readonly candidate: Told['kind'];
    }
  /** The route has moved on since the copy was made. */
  | { readonly outcome: 'outdated' }
  /** One of the two was not open in time, or is about to be started again. */
  | { readonly outcome: 'late' };

/**
 * Runs a copy of a request on stable and on the candidate in shadow, each in a process of its own,
 * and counts what either did. Nobody gets the answers.
 */
export const inferShadow =
  (ports: ShadowPorts) =>
  async (copy: ShadowCopy): Promise<Shadowed> => {
    const { tenant, model } = copy;
    const { placement, refreshed } = await ports.routes.find(tenant, model);
    await refreshed;
    const pair = placement && pairOf(placement, copy);
    if (!pair) return { outcome: 'outdated' };
    const tally = new Tally();
    const question = questionOf(copiedBody(copy), copy.requestId);
    const asking = { where: 'isolated', question, deadlineMs: DEADLINE_MS, tally } as const;
    // One after the other: together they would slow each other down.
    const stable = await askModel(ports, { ...asking, version: pair.stable });
    const candidate = await askModel(ports, { ...asking, version: pair.candidate });
    tally.write(tenant, model, ports.writeMetrics);
    if (isLate(stable) || isLate(candidate)) return { outcome: 'late' };
    count(ports, copy, question.asker, { stable, candidate });
    await ports.recorder.flushed();
    return { outcome: 'compared', stable: stable.kind, candidate: candidate.kind };
  };

/** Both versions, while the copy's generation of the route still shadows its candidate. */
function pairOf(placement: Placement, { generation, digest }: ShadowCopy) {
  const { candidate, generation: current } = placement.route;
  const stable = servingStable(placement);
  if (!stable || current !== generation) return undefined;
  if (candidate?.digest !== digest || candidate.mode !== 'shadow') return undefined;
  const fit = fitFor('candidate', candidate, placement);
  return fit.ok ? { stable, candidate: fit.version } : undefined;
}

const isLate = (told: Told): boolean =>
  told.kind === 'late' || (told.kind === 'failed' && told.failure.unasked === true);

/** What both fail is the request's fault, and counts for neither. */
function count(
  { recorder }: ShadowPorts,
  { tenant, model, generation, digest, unit: keyed }: ShadowCopy,
  { userId, requestId }: Asker,
  told: { readonly stable: Told; readonly candidate: Told },
): void {
  if (told.stable.kind !== 'answered' && told.candidate.kind !== 'answered') return;
  const unit =
    userId === undefined
      ? ({ by: 'request', id: requestId } as const)
      : ({ by: 'user', id: userId } as const);
  for (const arm of ['stable', 'candidate'] as const) {
    const name = candidateTrial(digest);
    const place = keyedBy(keyed, placeOf(tenant, model, { name, generation, arm, unit }));
    const own = told[arm];
    recorder.assigned(place);
    if (own.kind === 'answered') recorder.answered(place, own.ms);
    else recorder.failed(place, failureKind(own));
  }
}

/** A user is the same in every process only under the tenant's key. */
function keyedBy(unit: string | undefined, place: Place): Place {
  const { keyless: _, ...rest } = place;
  return unit !== undefined && place.by === 'user' ? { ...rest, unit } : place;
}

function failureKind(told: Exclude<Told, { readonly kind: 'answered' }>) {
  if (told.kind === 'failed') return told.failure.kind;
  return told.kind === 'misfit' ? 'schema' : 'crashed';
}

await noticeOfShutdown();

export const handler = entry(ShadowCopy, () => inferShadow(shadowPorts()));
