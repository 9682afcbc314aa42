import * as z from 'zod/mini';
import { VERDICTS } from '#domain/gates/verdict.ts';

/** One thing that a gate, or a look at a rollout, judged. */
export const Check = z.object({
  id: z.string(),
  verdict: z.enum(VERDICTS),
  observed: z.optional(z.unknown()),
  threshold: z.optional(z.unknown()),
  message: z.string(),
  where: z.optional(z.string()),
});
export type Check = z.infer<typeof Check>;
