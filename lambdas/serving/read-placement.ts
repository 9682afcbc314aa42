import type { Route, VersionRecord } from '#domain/registry/version-record.ts';
import type { RegistryReader } from './ports.ts';

/** Where requests for a model go: its route, and the registry's item of the version it names. */
export interface Placement {
  readonly route: Route;
  readonly version: VersionRecord | undefined;
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
  if (found.version?.state === 'PRODUCTION') return found;
  // A promotion between the two reads leaves the older route with a version past its time.
  const again = await registry.route(tenant, model);
  return again && again.generation > route.generation ? placementOf(registry, again) : found;
}

async function placementOf(registry: RegistryReader, route: Route): Promise<Placement> {
  const { tenant, model, stable } = route;
  return { route, version: await registry.version({ tenant, model, version: stable.version }) };
}
