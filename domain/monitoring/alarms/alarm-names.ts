import type { Subject } from '#domain/registry/subject.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** What is watched of each model, by the name of its alarm and of its heading in docs/runbook.md. */
export const ALARM_RULES = [
  'ModelAccuracyDrop',
  'ModelCacheHitRateLow',
  'ModelCheckMissing',
  'ModelDriftDetected',
  'ModelErrorRateHigh',
  'ModelHarm',
  'ModelLatencyHigh',
  'ModelTrafficDeviation',
] as const;
export type AlarmRule = (typeof ALARM_RULES)[number];

/** The composite's heading; its name is the model's own. */
export const COMPOSITE_RULE = 'ModelNeedsAttention';

export const ALARM_PREFIX = 'assay/';

/** `assay/acme/churn`, and for a rule `assay/acme/churn/ModelHarm`. */
export const alarmName = ({ tenant, model }: Model, rule?: AlarmRule): string =>
  `${ALARM_PREFIX}${tenant}/${model}${rule === undefined ? '' : `/${rule}`}`;

/** Every alarm that a model can have. */
export const alarmNames = (model: Model): string[] => [
  alarmName(model),
  ...ALARM_RULES.map((rule) => alarmName(model, rule)),
];
