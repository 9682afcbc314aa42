import { ramp, type Start, startCandidate } from './candidate.ts';
import type { RouteDocument } from './route-document.ts';
import type { Moment, Transition } from './transition.ts';

/** Puts a version on trial with a share from the start, without a shadow before; one generation. */
export function startAtShare(
  route: RouteDocument,
  { share, ...start }: Start & { readonly share: number },
  at: Moment,
): Transition {
  const started = startCandidate(route, start, at);
  if (!started.ok) return started;
  const seen = started.route;
  const mode = share === 1 ? 'full' : 'canary';
  const ramped = ramp(seen, { seen, mode, share, leaseSeconds: start.leaseSeconds }, at);
  return ramped.ok ? { ok: true, route: { ...ramped.route, generation: seen.generation } } : ramped;
}
