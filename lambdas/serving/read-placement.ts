import type { Digest } from '#domain/registry/digest.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { RouteDocument, Target } from '#domain/serving/routing/route-document.ts';
import type { RegistryReader } from './ports.ts';

/** Where requests for a model go. */
export interface Placement {
  readonly route: RouteDocument;
  /** The registry's items of the versions that the route names, by the digest it names them with. */
  readonly versions: ReadonlyMap<Digest, VersionRecord>;
}

/** Undefined for a model without a route: unknown, or never promoted. */
export async function readPlacement(
  registry: RegistryReader,
  tenant: string,
  model: string,
): Promise<Placement | undefined> {
  const route = await registry.route(tenant, model);
  if (!route) return undefined;
  const found = await placementOf(registry, route);
  if (stableOf(found)?.state === 'PRODUCTION') return found;
  // A promotion between the two reads leaves the older route with a version past its time.
  const again = await registry.route(tenant, model);
  return again && again.generation > route.generation ? placementOf(registry, again) : found;
}

export const stableOf = ({ route, versions }: Placement): VersionRecord | undefined =>
  versions.get(route.stable.digest);

/** Versions that a route lets answer some requests, beside stable. */
export const triedTargets = ({ candidate, experiments }: RouteDocument): readonly Target[] => [
  ...(candidate ? [candidate] : []),
  ...experiments.flatMap(({ variants }) => variants),
];

async function placementOf(registry: RegistryReader, route: RouteDocument): Promise<Placement> {
  const { tenant, model, stable, previous } = route;
  const targets = [stable, ...(previous ? [previous] : []), ...triedTargets(route)];
  const byDigest = new Map(targets.map((target) => [target.digest, target]));
  const read = await Promise.all(
    [...byDigest.values()].map(async ({ version, digest }) => {
      const record = await registry.version({ tenant, model, version });
      return record ? [[digest, record] as const] : [];
    }),
  );
  return { route, versions: new Map(read.flat()) };
}
