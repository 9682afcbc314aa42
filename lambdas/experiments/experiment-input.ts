import * as z from 'zod/mini';
import { ExperimentRef } from '#domain/experiments/experiment-ref.ts';

/** What each task of an experiment is given: which one, and whose turn it is. */
export const experimentInput = {
  experiment: ExperimentRef,
  /** ARN of the execution that asks. */
  execution: z.string().check(z.minLength(1)),
};
