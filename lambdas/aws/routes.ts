import { ROUTE_INDEX, routeKey } from '#domain/registry/keys.ts';
import { problemText } from '#domain/registry/problem.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { readRoute } from '#domain/serving/routing/read-route.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Seen } from '#domain/serving/routing/transition.ts';
import type { RegistryTable } from './registry-table.ts';
import { type Item, put, type Write } from './writes.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** The routes of models, as the rules of routing read and write them. */
export class Routes {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  /** @throws Error for an item that is no route: serving by a guess would be worse. */
  async of(model: Model): Promise<RouteDocument | undefined> {
    const item = await this.#table.get<Item>(routeKey(model));
    return item && routeOf(item, model);
  }

  /** Those of at most 100 models, in any order; a model that nothing serves has none. */
  async many(models: readonly Model[]): Promise<RouteDocument[]> {
    const items = await this.#table.many<Item>(models.map(routeKey));
    return items.map((item) =>
      routeOf(item, { tenant: String(item.tenant), model: String(item.model) }),
    );
  }

  /**
   * Lets what is on trial serve until `leaseUntil`, and changes nothing else; false where the route
   * has changed since it was seen, or the lease is no shorter already.
   */
  renewLease(route: RouteDocument, leaseUntil: number): Promise<boolean> {
    return this.#table.grow(
      routeKey(route),
      ['candidate', 'leaseUntil'],
      leaseUntil,
      unchangedSince(route),
    );
  }

  /** The same for the experiment at `index` of the route that was seen. */
  renewExperiment(route: RouteDocument, index: number, leaseUntil: number): Promise<boolean> {
    return this.#table.grow(
      routeKey(route),
      ['experiments', index, 'leaseUntil'],
      leaseUntil,
      unchangedSince(route),
    );
  }
}

/** @throws Error naming what is wrong with a stored route. */
export function routeOf(item: Item, { tenant, model }: Model): RouteDocument {
  const read = readRoute(item);
  if (read.ok) return read.route;
  throw new Error(
    `the route of ${tenant}/${model} cannot be read: ${read.problems.map(problemText).join('; ')}`,
  );
}

/**
 * Writes the next route where the one that it was made from still stands; `route` names the
 * condition.
 * @param seen undefined for a model's first route.
 */
export const routeWrite = (next: RouteDocument, seen: Seen | undefined): Write =>
  put('route', routeKey(next), { ...next, ...indexKeys(next) }, seen && unchangedSince(seen));

/** Without them a model drops out of what looks after everything that runs. */
const indexKeys = ({ tenant, model }: Model): Item => ({
  G2PK: ROUTE_INDEX,
  G2SK: `${tenant}/${model}`,
});

/** Routes of the first form have no kill epoch. */
const unchangedSince = ({ generation, killEpoch }: Seen) => ({
  condition:
    killEpoch === 0
      ? 'generation = :g AND (killEpoch = :k OR attribute_not_exists(killEpoch))'
      : 'generation = :g AND killEpoch = :k',
  values: { ':g': generation, ':k': killEpoch },
});
