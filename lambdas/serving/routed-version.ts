import { LAMBDA, sameBackend } from '#domain/registry/backend.ts';
import type { Problem } from '#domain/registry/problem.ts';
import { ModelName } from '#domain/registry/subject.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { ModelEndpoint } from '#domain/serving/endpoint.ts';
import { decide } from '#domain/serving/routing/decide.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { CandidateBreakers } from './candidate-breakers.ts';
import { type Choice, chooseVersion } from './choose-version.ts';
import { fitFor, servingStable } from './fitness.ts';
import type { Asker, Locate, Located } from './locate.ts';
import { mismatch } from './outcome.ts';
import type { Clock } from './ports.ts';
import { type Placement, stableOf } from './read-placement.ts';
import type { RouteCache } from './route-cache.ts';

/** For production: the version that the model's route leads this request to. */
export const routedVersion =
  (
    routes: Pick<RouteCache, 'find'>,
    breakers: Pick<CandidateBreakers, 'resting'>,
    clock: Clock,
  ): Locate =>
  async (tenant, endpoint, asker) => {
    if (!ModelName.safeParse(endpoint.model).success) {
      return { found: { kind: 'nothing', problem: notFound(endpoint, undefined) } };
    }
    const { placement, ageMs, refreshed } = await routes.find(tenant, endpoint.model);
    const found: Located = placement
      ? locatedIn(placement, endpoint, asker, breakers, clock())
      : { kind: 'nothing', problem: notFound(endpoint, undefined) };
    return { found, ageMs, refreshed };
  };

function locatedIn(
  placement: Placement,
  endpoint: ModelEndpoint,
  asker: Asker | undefined,
  breakers: Pick<CandidateBreakers, 'resting'>,
  now: number,
): Located {
  const { route } = placement;
  const stable = servingStable(placement);
  if (!stable) return { kind: 'nothing', problem: notFound(endpoint, placement) };
  if (endpoint.version !== undefined && endpoint.version !== stable.version) {
    return pinnedIn({ placement, stable, resting: new Set(), now }, endpoint, endpoint.version);
  }
  const refused = refusedStable(route, stable);
  if (refused) return refused;
  if (!asker || endpoint.version !== undefined) {
    return { kind: 'version', version: stable, where: 'here' };
  }
  return chooseVersion({ placement, stable, resting: breakers.resting(route), now }, asker);
}

function refusedStable({ stable }: RouteDocument, version: VersionRecord): Located | undefined {
  if (version.digest !== stable.digest) {
    return { kind: 'refused', version, ...mismatch('digest', version.digest, stable.digest) };
  }
  if (sameBackend(version.backend, stable.backend)) return undefined;
  const [got, expected] = [version, stable].map(({ backend = LAMBDA }) => JSON.stringify(backend));
  return { kind: 'refused', version, ...mismatch('backend', `${got}`, `${expected}`) };
}

/** A client that insists on a version gets no other one. */
function pinnedIn({ placement, now }: Choice, endpoint: ModelEndpoint, pinned: string): Located {
  const { route } = placement;
  const decision = decide(route, { requestId: '', attributes: {}, pinned }, now);
  const target = decision.ok && decision.variant === 'candidate' ? route.candidate : route.previous;
  const place = target === route.previous ? 'previous' : 'candidate';
  const fit = decision.ok && target ? fitFor(place, target, placement) : undefined;
  return fit?.ok
    ? {
        kind: 'version',
        version: fit.version,
        where: place === 'candidate' ? 'isolated' : 'here',
      }
    : { kind: 'nothing', problem: notFound(endpoint, placement) };
}

function notFound({ model, version }: ModelEndpoint, placement: Placement | undefined): Problem {
  const current = placement && stableOf(placement);
  const live = placement && servingStable(placement)?.version;
  if (live === undefined) {
    const got = placement
      ? `"${model}", whose ${placement.route.stable.version} is ${current?.state ?? 'gone'}`
      : `"${model}"`;
    return {
      field: 'model',
      got,
      expected: 'a model of your tenant with a version in production',
      remedy: 'check the name, or have a version approved',
    };
  }
  return {
    field: 'version',
    got: JSON.stringify(version),
    expected: `"${live}", the version in production`,
    remedy: `ask for ${live}, or leave the version out`,
  };
}
