import * as z from 'zod/mini';
import { RolloutRef } from '#domain/rollout/rollout-ref.ts';

/** What each task of a rollout is given: which one, and whose turn it is. */
export const rolloutInput = {
  rollout: RolloutRef,
  /** ARN of the execution that asks. */
  execution: z.string().check(z.minLength(1)),
};
