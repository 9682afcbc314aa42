import type { Asked } from './asked.ts';
import { areClosed, type Search, withSearches } from './search.ts';

const NAMESPACE = 'Assay';

export interface Whose {
  /** Of lower-case letters, digits and dashes, which a search takes as they are. */
  readonly tenant: string;
  /** Name of the function that answers every tenant's requests. */
  readonly infer: string;
}

/**
 * The same, as far as it is the tenant's: of a search the metrics of its models, and the figures of
 * what serves all tenants together. Undefined for everything else.
 */
export function ofTenant(asked: Asked, { tenant, infer }: Whose): Asked | undefined {
  if ('expression' in asked) {
    const expression = withSearches(asked.expression, (search) => narrowed(search, tenant));
    return expression === undefined ? undefined : { ...asked, expression };
  }
  const { namespace, dimensions } = asked;
  if (namespace === NAMESPACE) return dimensions.Tenant === tenant ? asked : undefined;
  const names = Object.keys(dimensions);
  const isInfer = names.length === 1 && dimensions.FunctionName === infer;
  return namespace === SHARED && isInfer ? asked : undefined;
}

const SHARED = 'AWS/Lambda';

/** Of what is the tenant's: whether it counts every tenant's requests together. */
export const isShared = (asked: Asked): boolean =>
  !('expression' in asked) && asked.namespace === SHARED;

function narrowed(search: Search, tenant: string): Search | undefined {
  const { schema, terms } = search;
  const [namespace, ...dimensions] = schema.split(',').map(bare);
  if (namespace !== NAMESPACE || !dimensions.includes('Tenant') || !areClosed(terms)) {
    return undefined;
  }
  const own = `Tenant="${tenant}"`;
  return { ...search, terms: terms === '' ? own : `${own} (${terms})` };
}

const bare = (name: string): string => name.trim().replace(/^"(.*)"$/, '$1');
