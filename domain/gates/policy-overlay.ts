import * as z from 'zod/mini';
import { ROLES } from '#domain/access/person.ts';

const Number_ = z.optional(z.number());

/** What a model's policy says otherwise than the default one. Values are checked once merged. */
export const PolicyOverlay = z.strictObject({
  gates: z.optional(z.strictObject({ required: z.optional(z.array(z.string())) })),
  performance: z.optional(
    z.strictObject({
      accuracyRatioMin: Number_,
      accuracyMin: Number_,
      accuracyWarn: Number_,
      p95RatioMax: Number_,
      memoryRatioMax: Number_,
      eceMax: Number_,
      latencyResolutionMs: Number_,
      memoryResolutionMiB: Number_,
    }),
  ),
  integration: z.optional(z.strictObject({ successRateMin: Number_ })),
  approvals: z.optional(
    z.strictObject({
      quorum: Number_,
      roles: z.optional(z.array(z.enum(ROLES))),
      expireHours: Number_,
    }),
  ),
});
export type PolicyOverlay = z.infer<typeof PolicyOverlay>;
