export const STAGES = [
  'TRAINING',
  'VALIDATION',
  'STAGING',
  'PRODUCTION',
  'DEPRECATED',
  'FAILED',
] as const;
export type Stage = (typeof STAGES)[number];

/** The legal transitions; STAGING again after PRODUCTION is a rollback, which voids approvals. */
const NEXT: Readonly<Record<Stage, readonly Stage[]>> = {
  TRAINING: ['VALIDATION', 'FAILED'],
  VALIDATION: ['STAGING', 'FAILED'],
  STAGING: ['PRODUCTION', 'DEPRECATED', 'FAILED'],
  PRODUCTION: ['DEPRECATED', 'STAGING', 'FAILED'],
  DEPRECATED: ['PRODUCTION'],
  FAILED: [],
};

export const mayMove = (from: Stage, to: Stage): boolean => NEXT[from].includes(to);
