import { type Problem, readBy } from '#domain/registry/problem.ts';
import type { Route } from '#domain/registry/version-record.ts';
import { RouteDocument } from './route-document.ts';

export type RouteResult =
  | { readonly ok: true; readonly route: RouteDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Attributes of the stored item that are not the document's: its keys in table and index. */
const STORED = new Set(['PK', 'SK', 'G2PK', 'G2SK']);

/**
 * Reads a stored route strictly. An item of the first form, which named stable alone and carries no
 * `schema`, is read as a route with nothing on trial; the next transition writes it whole.
 */
export function readRoute(item: unknown): RouteResult {
  const parsed = readBy(RouteDocument, migrated(item), 'correct the route of the model');
  return parsed.ok ? { ok: true, route: parsed.value } : parsed;
}

function migrated(item: unknown): unknown {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
  const entries = Object.entries(item).filter(([name]) => !STORED.has(name));
  const document = Object.fromEntries(entries);
  return 'schema' in document ? document : { ...document, ...UNTRIED, stable: placed(document) };
}

const UNTRIED = {
  schema: 'assay.route/v1',
  killEpoch: 0,
  experiments: [],
  attributes: {},
  quarantined: [],
};

const placed = ({ stable }: { readonly [name: string]: unknown }): unknown =>
  stable !== null && typeof stable === 'object' ? { ...stable, since: 0 } : stable;

/** Whoever reads only the first form finds it within the document. */
export const asRoute = (route: RouteDocument): Route => route;

/**
 * Whether `route` is news to whoever holds `held`: a kill wins over any number of changes that were
 * made without knowing of it, then the later generation wins, then the longer lease.
 */
export function supersedes(route: RouteDocument, held: RouteDocument): boolean {
  if (route.killEpoch !== held.killEpoch) return route.killEpoch > held.killEpoch;
  if (route.generation !== held.generation) return route.generation > held.generation;
  return leasesOf(route) > leasesOf(held);
}

/** Renewals only lengthen leases, so that of one generation the larger sum is the later. */
const leasesOf = ({ candidate, experiments }: RouteDocument): number =>
  experiments.reduce((sum, { leaseUntil }) => sum + leaseUntil, candidate?.leaseUntil ?? 0);
