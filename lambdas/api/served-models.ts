import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Routes } from '#aws/routes.ts';
import type { Adoption, Served } from '#domain/monitoring/dashboard/drawing.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';

/** Of which the routes are read at once. */
const MODELS = 100;

export interface ServedPorts {
  readonly registry: Pick<ModelRegistry, 'models'>;
  readonly routes: Pick<Routes, 'many'>;
}

/** What serves a tenant's models by their routes. */
export async function servedModels(
  { registry, routes }: ServedPorts,
  tenant: string,
  now: number,
): Promise<Adoption> {
  const { items, next } = await registry.models(tenant, MODELS);
  const models = items.filter(({ champion }) => champion !== undefined);
  const found = await routes.many(models.map(({ model }) => ({ tenant, model })));
  const byModel = new Map(found.map((route) => [route.model, route]));
  return {
    served: models.map(({ model, champion }) => servedBy(model, champion, byModel.get(model), now)),
    more: next !== undefined,
  };
}

function servedBy(
  model: string,
  champion: string | undefined,
  route: RouteDocument | undefined,
  now: number,
): Served {
  const production = route?.stable.version ?? champion;
  const candidate = route?.candidate;
  const isOnTrial = candidate && candidate.epoch === route?.killEpoch && candidate.leaseUntil > now;
  return {
    model,
    ...(production !== undefined && { production }),
    ...(isOnTrial && { trial: { version: candidate.version, share: candidate.share } }),
  };
}
