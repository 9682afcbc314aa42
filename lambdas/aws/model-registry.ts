import type { Digest } from '#domain/registry/digest.ts';
import {
  aliasKey,
  digestKey,
  type Key,
  modelKey,
  ROUTE_INDEX,
  routeKey,
  stateIndexKey,
  versionKey,
} from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { Route, VersionRecord } from '#domain/registry/version-record.ts';
import type { Page, RegistryTable } from './registry-table.ts';
import type { Item } from './writes.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** The registry's item of one model family. */
export interface ModelRecord extends Model {
  readonly lastOrdinal: number;
  readonly latest: string;
  /** The version in production. */
  readonly champion?: string;
  readonly createdAt: string;
}

/** One entry of a version's stage history. */
export interface StageChange {
  readonly at: string;
  readonly from?: string;
  readonly to: string;
  readonly actor: string;
  readonly reason?: string;
}

/** Reads models, versions and routes. */
export class ModelRegistry {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  model(model: Model): Promise<ModelRecord | undefined> {
    return this.#table.get(modelKey(model));
  }

  version(subject: Subject): Promise<VersionRecord | undefined> {
    return this.#table.get(versionKey(subject));
  }

  /** The version that has these bytes, under whatever number. */
  async byDigest(tenant: string, digest: Digest): Promise<VersionRecord | undefined> {
    const item = await this.#table.get<Subject>(digestKey(tenant, digest));
    return item && this.version(item);
  }

  /** Every version of a model, in semver order. */
  versions(model: Model): Promise<VersionRecord[]> {
    return this.#table.list(modelKey(model).PK, 'V#');
  }

  history(subject: Subject): Promise<StageChange[]> {
    return this.#table.list(modelKey(subject).PK, `H#${subject.version}#`);
  }

  route(tenant: string, model: string): Promise<Route | undefined> {
    return this.#table.get(routeKey({ tenant, model }));
  }

  /** The routes of every tenant: what is in production, as the index knows it. */
  routes(limit: number, start?: Item): Promise<Page<Route>> {
    return this.#table.page('byType', ROUTE_INDEX, limit, start);
  }

  models(tenant: string, limit: number, start?: Item): Promise<Page<ModelRecord>> {
    return this.#table.page('byType', modelIndexKey(tenant), limit, start);
  }

  inState(
    tenant: string,
    state: string,
    limit: number,
    start?: Item,
  ): Promise<Page<VersionRecord>> {
    return this.#table.page('byState', stateIndexKey(tenant, state), limit, start);
  }
}

export const championKey = (model: Model): Key => aliasKey(model, 'champion');
export const modelIndexKey = (tenant: string): string => `T#${tenant}#MODEL#ACTIVE`;
