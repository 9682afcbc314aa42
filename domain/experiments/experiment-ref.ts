import * as z from 'zod/mini';
import { hashOf } from '#domain/registry/canonical.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { Name } from '#domain/serving/routing/route-document.ts';

/** What the state machine of experiments is started with: `{ "experiment": ExperimentRef }`. */
export const ExperimentRef = z.strictObject({ tenant: Tenant, model: ModelName, id: Name });
export type ExperimentRef = Readonly<z.infer<typeof ExperimentRef>>;

/** Step Functions takes 80 characters; the hash tells those apart that are cut alike. */
const SHOWN_CHARACTERS = 50;

/**
 * A name for an execution, so that a start that is repeated starts nothing twice.
 * @param why as in `begin` or `stop-7`: at most 16 letters, digits and dashes.
 */
export function executionName({ tenant, model, id }: ExperimentRef, why: string): string {
  const shown = `${model}-${id}`.replace(/[^A-Za-z0-9-]/g, '-').slice(0, SHOWN_CHARACTERS);
  return `${shown}-${hashOf([tenant, model, id]).slice(0, 12)}-${why}`;
}
