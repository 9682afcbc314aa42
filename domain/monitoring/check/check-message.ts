import * as z from 'zod/mini';
import { CHECKS } from '#domain/monitoring/report/drift-report.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';

export const CheckKinds = z.array(z.enum(CHECKS)).check(z.minLength(1), z.maxLength(CHECKS.length));

/** One model to be checked: what the sweep, or a person, puts on the queue. */
export const CheckMessage = z.strictObject({
  tenant: Tenant,
  model: ModelName,
  kinds: CheckKinds,
  /** End of the windows, ISO 8601, UTC. */
  at: z.iso.datetime(),
  /** By a person: it is done whether or not it is due, and moves no alarm. */
  asked: z.optional(z.boolean()),
});
export type CheckMessage = z.infer<typeof CheckMessage>;
