import { LEVELS, type Level } from '#domain/gates/monitoring-policy.ts';
import { NO_RATIOS, type Ratios } from '#domain/monitoring/statistics/levels.ts';

/** The ratios of what has a single limit: it reaches the levels up to `level`, and none beyond. */
export const reachesUpTo = (level: Level, ratio: number): Ratios => ({
  ...NO_RATIOS,
  ...Object.fromEntries(
    LEVELS.slice(0, LEVELS.indexOf(level) + 1).map((reached) => [reached, ratio]),
  ),
});
