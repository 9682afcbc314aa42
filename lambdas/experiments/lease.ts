import type { ExperimentPolicy } from '#domain/gates/experiment-policy.ts';

/** How much longer than until its next look an experiment may serve when nobody looks. */
const MARGIN_SECONDS = 60;

export const leaseSeconds = ({ lookSeconds }: ExperimentPolicy): number =>
  lookSeconds + MARGIN_SECONDS;
