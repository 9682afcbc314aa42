import { type Ladder, LEVELS, type Level } from '#domain/gates/monitoring-policy.ts';

/** A measured value over what it must reach, for each level: from 1 on the level is reached. */
export type Ratios = Readonly<Record<Level, number>>;

export const NO_RATIOS: Ratios = { warn: 0, retrain: 0, page: 0, critical: 0 };

const each = (ratio: (level: Level) => number): Ratios => ({
  warn: ratio('warn'),
  retrain: ratio('retrain'),
  page: ratio('page'),
  critical: ratio('critical'),
});

/**
 * Effect and evidence: the value must reach the level's limit, and what chance explains.
 *
 * @param chance what the value stays below when nothing differs
 */
export const ratiosOf = (value: number, ladder: Ladder, chance: number): Ratios =>
  each((level) => value / Math.max(ladder[level], chance));

/** The greatest of each level. */
export const greatest = (all: readonly Ratios[]): Ratios =>
  each((level) => all.reduce((most, ratios) => Math.max(most, ratios[level]), 0));

/** The ratio that `count` of them reach, for each level; 0 when they are fewer. */
export const reachedBy = (all: readonly Ratios[], count: number): Ratios =>
  each((level) => all.map((ratios) => ratios[level]).sort((a, b) => b - a)[count - 1] ?? 0);

/** The gravest level reached. */
export const levelOf = (ratios: Ratios): Level | undefined =>
  LEVELS.findLast((level) => ratios[level] >= 1);
