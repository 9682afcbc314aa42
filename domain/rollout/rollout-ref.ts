import * as z from 'zod/mini';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { Sha256 } from '#domain/signing/statement.ts';

/** What the state machine of rollouts is started with: `{ "rollout": RolloutRef }`. */
export const RolloutRef = z.strictObject({
  /** UUID v7, new for each rollout: executions that go on with one share it. */
  id: z.uuidv7(),
  tenant: Tenant,
  model: ModelName,
  version: z.string().check(z.minLength(1), z.maxLength(64)),
  digest: Sha256,
});
export type RolloutRef = Readonly<z.infer<typeof RolloutRef>>;
