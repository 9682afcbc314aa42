import type { DriftReport, Watched } from '#domain/monitoring/report/drift-report.ts';
import { COMPOSITE_RULE } from './alarm-names.ts';
import { OUTCOMES } from './consequences.ts';
import type { Change } from './hysteresis.ts';

/** What follows the model in an alarm's name; an alarm of an operator's own is named as a whole. */
export function ruleOf(name: string): string {
  const [, model, rule] = /^assay\/[^/]+\/([^/]+)(?:\/(.+))?$/.exec(name) ?? [];
  return rule ?? (model === undefined ? name : COMPOSITE_RULE);
}

const OUTCOME_RULES: ReadonlySet<string> = new Set(['ModelAccuracyDrop', 'ModelHarm']);
const DRIFT_RULES: ReadonlySet<string> = new Set(['ModelDriftDetected', COMPOSITE_RULE]);

/** Whether an alarm of that rule goes by it. */
export const isOf = (watched: Watched, rule: string): boolean =>
  (OUTCOMES.has(watched) ? OUTCOME_RULES : DRIFT_RULES).has(rule);

const RISES: ReadonlySet<Change> = new Set<Change>(['raised', 'escalated']);

/** Whether such an alarm may have gone off, or ended, by a check; those of people move none. */
export const isMovedBy = (
  { alarms }: Pick<DriftReport, 'alarms'>,
  rule: string,
  state: 'ALARM' | 'OK',
): boolean =>
  alarms.some(
    ({ watched, change }) =>
      isOf(watched, rule) && change !== 'none' && RISES.has(change) === (state === 'ALARM'),
  );
