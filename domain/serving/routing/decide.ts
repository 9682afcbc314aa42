import { type Backend, LAMBDA } from '#domain/registry/backend.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { bucketOf, drawnBy, inShare } from './bucket.ts';
import { matches } from './matches.ts';
import type { Candidate, Experiment, RouteDocument, Target } from './route-document.ts';
import type { Attributes } from './segment.ts';

export interface RouteRequest {
  readonly requestId: string;
  /** Who is to get the same variant each time; without it every request is drawn anew. */
  readonly userId?: string | undefined;
  readonly attributes: Attributes;
  /** A version that the client insists on. */
  readonly pinned?: string | undefined;
  /** Digests that this process will not try now: its breaker for them is open. */
  readonly resting?: ReadonlySet<Digest>;
}

/**
 * Why a version was chosen. `control`, `canary` and `full` are the candidate's arms; what tells why
 * something is idle stands for stable in its place.
 */
type Reason = 'stable' | 'pinned' | 'control' | 'canary' | 'full' | 'experiment' | Idle;

/** Why what is on trial serves nobody. */
type Idle = 'lease-expired' | 'killed' | 'quarantined' | 'resting';

export interface Decision {
  readonly ok: true;
  /** `stable`, `candidate`, `previous`, or a variant of the experiment. */
  readonly variant: string;
  readonly version: string;
  readonly digest: Digest;
  readonly backend: Backend;
  readonly reason: Reason;
  readonly experiment?: string;
  /**
   * The variant that was drawn, for what, and with what probability. Trials are judged by it: leaving
   * out those whom something idle passed over would bias them.
   */
  readonly assigned: string;
  readonly unit: 'user' | 'request';
  readonly propensity: number;
  /** A version to send a copy of the request to, whose answer nobody gets. */
  readonly shadow?: Chosen;
}

type Chosen = Pick<Decision, 'variant' | 'version' | 'digest' | 'backend'>;

export type Routed =
  | Decision
  /** The pinned version does not serve here. */
  | { readonly ok: false; readonly reason: 'unknown-version' | Idle };

/**
 * Which version answers a request at `now` (milliseconds since the epoch). The same in every
 * process that holds the same route; what it is in doubt of is left to stable.
 */
export function decide(route: RouteDocument, request: RouteRequest, now: number): Routed {
  if (request.pinned !== undefined) return pinned(route, request, request.pinned, now);
  const draw = {
    unit: request.userId ?? request.requestId,
    by: request.userId === undefined ? 'request' : 'user',
  } as const;
  const { candidate } = route;
  const shadow = candidate?.mode === 'shadow' && shadowOf(route, request, candidate, now);
  const answer =
    experimented(route, request, draw, now) ??
    (candidate && candidate.mode !== 'shadow'
      ? tried(route, request, candidate, draw, now)
      : byStable(route, draw));
  return shadow ? { ...answer, shadow } : answer;
}

/** What an assignment is drawn for. */
interface Draw {
  readonly unit: string;
  readonly by: 'user' | 'request';
}

function experimented(
  route: RouteDocument,
  request: RouteRequest,
  draw: Draw,
  now: number,
): Decision | undefined {
  const found = experimentOf(route, request, draw.unit);
  const variant = found && drawnBy(found.bucket, found.experiment.variants);
  if (!variant) return undefined;
  const { experiment } = found;
  const idle = idleOf(route, request, experiment, variant, now);
  return {
    ok: true,
    ...(idle ? chosen('stable', route.stable) : chosen(variant.name, variant)),
    reason: idle ?? 'experiment',
    experiment: experiment.id,
    assigned: variant.name,
    unit: draw.by,
    propensity: variant.weight,
  };
}

function tried(
  route: RouteDocument,
  request: RouteRequest,
  candidate: Candidate,
  draw: Draw,
  now: number,
): Decision {
  const { mode, share, salt } = candidate;
  const idle = idleOf(route, request, candidate, candidate, now);
  const treated = mode === 'full' || inShare(bucketOf(salt, draw.unit), share);
  return {
    ok: true,
    ...(treated && !idle ? chosen('candidate', candidate) : chosen('stable', route.stable)),
    reason: idle ?? (mode === 'full' ? 'full' : treated ? 'canary' : 'control'),
    assigned: treated ? 'candidate' : 'stable',
    unit: draw.by,
    propensity: treated ? share : 1 - share,
  };
}

/** A sample by request: by user, the same few people would make up all that the shadow sees. */
function shadowOf(
  route: RouteDocument,
  request: RouteRequest,
  candidate: Candidate,
  now: number,
): Chosen | undefined {
  if (idleOf(route, request, candidate, candidate, now)) return undefined;
  const bucket = bucketOf(`${candidate.salt}/shadow`, request.requestId);
  return inShare(bucket, candidate.shadowSample) ? chosen('candidate', candidate) : undefined;
}

const byStable = (route: RouteDocument, { by }: Draw): Decision => ({
  ok: true,
  ...chosen('stable', route.stable),
  reason: 'stable',
  assigned: 'stable',
  unit: by,
  propensity: 1,
});

/** The experiment that a unit belongs to: by its segment, then by its layer's bucket. */
function experimentOf(
  { experiments }: RouteDocument,
  { attributes }: RouteRequest,
  unit: string,
): { readonly experiment: Experiment; readonly bucket: number } | undefined {
  let layer: string | undefined;
  let at = 0;
  for (const experiment of experiments) {
    if (experiment.segment && !matches(experiment.segment, attributes)) continue;
    if (experiment.layer !== layer) {
      layer = experiment.layer;
      at = bucketOf(`layer/${layer}`, unit);
    }
    const { from, to } = experiment.range;
    if (from <= at && at < to) return { experiment, bucket: bucketOf(experiment.salt, unit) };
  }
  return undefined;
}

function pinned(route: RouteDocument, request: RouteRequest, version: string, now: number): Routed {
  const { stable, candidate, previous } = route;
  const answer = (variant: string, target: Target): Decision => ({
    ok: true,
    ...chosen(variant, target),
    reason: 'pinned',
    assigned: variant,
    unit: 'request',
    propensity: 1,
  });
  if (version === stable.version) return answer('stable', stable);
  if (version === candidate?.version) {
    const idle = idleOf(route, request, candidate, candidate, now);
    return idle ? { ok: false, reason: idle } : answer('candidate', candidate);
  }
  if (version !== previous?.version) return { ok: false, reason: 'unknown-version' };
  return isQuarantined(route, previous.digest, now)
    ? { ok: false, reason: 'quarantined' }
    : answer('previous', previous);
}

function idleOf(
  route: RouteDocument,
  { resting }: RouteRequest,
  { epoch, leaseUntil }: Pick<Candidate, 'epoch' | 'leaseUntil'>,
  { digest }: Target,
  now: number,
): Idle | undefined {
  if (epoch !== route.killEpoch) return 'killed';
  if (leaseUntil <= now) return 'lease-expired';
  if (digest === route.stable.digest) return undefined;
  if (isQuarantined(route, digest, now)) return 'quarantined';
  return resting?.has(digest) ? 'resting' : undefined;
}

export const isQuarantined = (
  { quarantined }: Pick<RouteDocument, 'quarantined'>,
  digest: Digest,
  now: number,
): boolean => quarantined.some((entry) => entry.digest === digest && now < entry.until);

const chosen = (variant: string, { version, digest, backend }: Target): Chosen => ({
  variant,
  version,
  digest,
  backend: backend ?? LAMBDA,
});
