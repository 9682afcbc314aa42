import type { Problem } from '#domain/registry/problem.ts';
import { ModelName } from '#domain/registry/subject.ts';
import type { ModelEndpoint } from '#domain/serving/endpoint.ts';
import type { Locate, Located } from './locate.ts';
import { mismatch } from './outcome.ts';
import type { Placement } from './read-placement.ts';
import type { RouteCache } from './route-cache.ts';

/** For production: the version that the model's route names, pinned or not. */
export const routedVersion =
  (routes: Pick<RouteCache, 'find'>): Locate =>
  async (tenant, endpoint) => {
    if (!ModelName.safeParse(endpoint.model).success) {
      return { found: { kind: 'nothing', problem: notFound(endpoint, undefined) } };
    }
    const { placement, ageMs, refreshed } = await routes.find(tenant, endpoint.model);
    return { found: locatedIn(placement, endpoint), ageMs, refreshed };
  };

function locatedIn(placement: Placement | undefined, endpoint: ModelEndpoint): Located {
  const { version: pinned } = endpoint;
  const version = placement?.version;
  if (version?.state !== 'PRODUCTION' || (pinned !== undefined && pinned !== version.version)) {
    return { kind: 'nothing', problem: notFound(endpoint, placement) };
  }
  const expected = placement?.route.stable.digest ?? 'a route';
  return version.digest === expected
    ? { kind: 'version', version }
    : { kind: 'refused', version, ...mismatch('digest', version.digest, expected) };
}

function notFound({ model, version }: ModelEndpoint, placement: Placement | undefined): Problem {
  const current = placement?.version;
  const live = current?.state === 'PRODUCTION' ? current.version : undefined;
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
