import type { Digest } from '#domain/registry/digest.ts';
import type { CountedArm } from '#domain/rollout/rollback-record.ts';
import type { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { CANDIDATE_TRIAL } from '#domain/rollout/traffic.ts';
import { kill } from './kill.ts';
import type { RouteDocument, Target } from './route-document.ts';
import type { Moment } from './transition.ts';

/** Where in a route a version stands. */
export type Placing = 'stable' | 'candidate' | 'variant' | 'previous';

/** What a request comes to, by the route as it is. */
export type RollbackPlan =
  | {
      readonly outcome: 'critical' | 'gradual';
      readonly placing: Placing;
      readonly target: Target;
      /** Of the requests, what it answers now. */
      readonly share: number;
    }
  | { readonly outcome: 'nothing' | 'refused' | 'hold'; readonly reason: string };

type Asked = Pick<
  RollbackRequest,
  'digest' | 'version' | 'to' | 'severity' | 'trigger' | 'generation' | 'abort'
>;

/**
 * Decides what to do about a request. A trial has no steps down but a candidate's: a variant, what
 * is not serving, and stable beside a trial go at once, whatever the severity.
 */
export function planRollback(route: RouteDocument, asked: Asked, at: Moment): RollbackPlan {
  const found = targetOf(route, asked);
  if (!found) return { outcome: 'nothing', reason: nothingOf(route, asked) };
  const { placing, target } = found;
  const refusal = refusalOf(placing, target, asked);
  if (refusal !== undefined) return { outcome: 'refused', reason: refusal };
  const killed = kill(
    route,
    { digest: target.digest, seenGeneration: asked.generation, quarantineUntil: at.ms },
    at,
  );
  if (!killed.ok) {
    const { kind, message } = killed.refusal;
    return { outcome: kind === 'no-rollback-target' ? 'hold' : 'nothing', reason: message };
  }
  const back = killed.route.stable.version;
  if (asked.to !== undefined && asked.to !== back) {
    const reason = `to: got ${asked.to}, expected ${back}, which answers instead of ${target.version}; ask for that, or for none`;
    return { outcome: 'refused', reason };
  }
  const stepwise = asked.severity !== 'critical' && hasSteps(route, placing);
  return {
    outcome: stepwise ? 'gradual' : 'critical',
    placing,
    target,
    share: shareOf(route, placing),
  };
}

const hasSteps = ({ candidate, experiments }: RouteDocument, placing: Placing): boolean =>
  placing === 'candidate' || (placing === 'stable' && !candidate && experiments.length === 0);

const shareOf = ({ candidate }: RouteDocument, placing: Placing): number =>
  placing === 'stable' ? 1 : placing === 'candidate' ? (candidate?.share ?? 0) : 0;

function refusalOf(placing: Placing, { version }: Target, asked: Asked): string | undefined {
  if (asked.abort && placing !== 'candidate') {
    return `abort: got ${version}, which is ${placing}, expected a candidate; ask for a rollback instead`;
  }
  if (asked.trigger === 'breaker' && (placing === 'stable' || placing === 'previous')) {
    return `a breaker on ${version}, which is ${placing}, expected a version on trial; have a person decide`;
  }
  return undefined;
}

function targetOf(
  route: RouteDocument,
  { digest, version, abort, generation }: Asked,
): { readonly placing: Placing; readonly target: Target } | undefined {
  const places = placesOf(route);
  if (digest !== undefined) return places.find(({ target }) => target.digest === digest);
  if (version !== undefined) return places.find(({ target }) => target.version === version);
  const [stable, ...others] = places;
  const candidate = others.find(({ placing }) => placing === 'candidate');
  // Whoever named nothing may have meant a candidate that is gone by now, and not stable.
  const meansStable = !abort && route.generation === generation;
  return candidate ?? (meansStable ? stable : undefined);
}

/** Stable first: a variant of the same digest is only its control. */
const placesOf = ({ stable, candidate, experiments, previous }: RouteDocument) => [
  { placing: 'stable' as const, target: stable },
  ...(candidate ? [{ placing: 'candidate' as const, target: candidate }] : []),
  ...experiments.flatMap(({ variants }) =>
    variants.map((target) => ({ placing: 'variant' as const, target })),
  ),
  ...(previous ? [{ placing: 'previous' as const, target: previous }] : []),
];

const nothingOf = ({ generation }: RouteDocument, { digest, version }: Asked): string =>
  `${version ?? digest ?? 'a candidate'} has no place in generation ${generation}; nothing is left to do`;

/** Where a digest stands now. */
export const placingOf = (route: RouteDocument, digest: Digest): Placing | undefined =>
  placesOf(route).find(({ target }) => target.digest === digest)?.placing;

/** What the traffic of a digest is counted under. */
export const armsOf = (
  { stable, candidate, experiments }: RouteDocument,
  digest: Digest,
): readonly CountedArm[] => [
  ...(candidate && candidate.digest === digest
    ? [{ trial: CANDIDATE_TRIAL, arm: 'candidate' }]
    : []),
  ...(candidate && stable.digest === digest ? [{ trial: CANDIDATE_TRIAL, arm: 'stable' }] : []),
  ...experiments.flatMap(({ id, variants }) =>
    variants
      .filter((variant) => variant.digest === digest)
      .map(({ name }) => ({ trial: id, arm: name })),
  ),
];
