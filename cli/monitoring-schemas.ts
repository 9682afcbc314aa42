import * as z from 'zod/mini';

// Answers are read tolerantly, as those of api-schemas.ts; of reports all is kept that they say.

const Maybe = <T>(schema: z.ZodMiniType<T>) => z.optional(z.nullable(schema));
const Text = Maybe(z.string());
const Count = Maybe(z.number());

export const Headline = z.object({
  id: z.string(),
  at: z.string(),
  kinds: z.array(z.string()),
  version: z.string(),
  /** `STABLE`, `DRIFT` or `INSUFFICIENT_DATA`. */
  outcome: z.string(),
  /** The gravest that was raised, or `none`. */
  level: Text,
  /** Features, the gravest first, and pairs of them. */
  drifted: z.array(z.string()),
});
export type Headline = z.infer<typeof Headline>;

const Alarm = z.object({
  watched: z.string(),
  raised: Text,
  since: Text,
  /** The level that it had when it became too long ago that anything told of it. */
  lapsed: Maybe(z.object({ level: z.string(), at: z.string() })),
  checkedAt: z.string(),
  /** To what warns. */
  ratio: z.number(),
});

export const Monitored = z.object({
  model: z.string(),
  /** The version that was checked. */
  version: Text,
  /** The version in production, where that is another by now. */
  serving: Text,
  alarms: z.array(Alarm),
  blocked: Maybe(z.object({ since: Text, by: Text })),
  /** When retraining was proposed. */
  retrainings: z.array(z.string()),
  /** By kind of check. */
  checkedAt: Maybe(z.record(z.string(), z.string())),
  /** Kinds of check that nobody has made for too long, by the model's policy. */
  overdue: z.array(z.string()),
  /** Kinds of check that could not be made since they last were, the first and the last time. */
  faulted: Maybe(z.record(z.string(), z.object({ since: z.string(), at: z.string() }))),
  /** Absent until somebody has checked it. */
  updatedAt: Text,
  latest: Maybe(Headline),
});
export type Monitored = z.infer<typeof Monitored>;

/** Of CloudWatch. */
export const Dashboard = z.object({ region: z.string(), name: z.string() });
export type Dashboard = z.infer<typeof Dashboard>;

export const CheckAsked = z.object({
  model: z.string(),
  version: z.string(),
  kinds: z.array(z.string()),
  at: z.string(),
});
export type CheckAsked = z.infer<typeof CheckAsked>;

const Finding = Maybe(z.looseObject({ value: z.number() }));
const Compared = z.looseObject({
  name: z.string(),
  outcome: z.string(),
  level: Text,
  ratios: z.looseObject({ warn: z.number() }),
  rows: z.number(),
  missing: z.looseObject({ share: z.number() }),
  statistics: z.looseObject({ psi: Finding }),
});
export type Compared = z.infer<typeof Compared>;

const Pair = z.extend(Compared, {
  correlation: z.number(),
  /** Its features that drifted by themselves. */
  moved: z.array(z.string()),
});
export type Pair = z.infer<typeof Pair>;

const Window = z.looseObject({
  hours: z.number(),
  to: z.string(),
  rows: z.number(),
  inputs: z.looseObject({
    outcome: z.string(),
    level: Text,
    driftedShare: z.number(),
    greatestRatio: z.number(),
    drifted: z.array(z.string()),
  }),
  /** The gravest first. */
  features: z.array(Compared),
  dependence: Maybe(
    z.looseObject({
      outcome: z.string(),
      level: Text,
      drifted: z.array(z.string()),
      /** The gravest first. */
      pairs: z.array(Pair),
    }),
  ),
  answers: Maybe(Compared),
});

const Mean = z.looseObject({
  outcome: z.string(),
  now: z.number(),
  reference: z.number(),
  rows: z.number(),
});

const Service = z.looseObject({
  hours: z.number(),
  requests: z.number(),
  errorRate: z.number(),
  cacheHitShare: z.number(),
  latencyMs: Maybe(z.looseObject({ p50: z.number(), p95: z.number(), p99: z.number() })),
});

export const Report = z.looseObject({
  id: z.string(),
  kinds: z.array(z.string()),
  model: z.string(),
  version: z.string(),
  at: z.string(),
  windows: z.array(Window),
  accuracy: Maybe(z.looseObject({ measured: Maybe(Mean), estimated: Maybe(Mean) })),
  calibration: Maybe(
    z.looseObject({ outcome: z.string(), error: z.number(), limit: z.number(), rows: Count }),
  ),
  service: Maybe(Service),
  consequences: z.array(z.looseObject({ watched: z.string(), consequence: z.string() })),
  notes: z.array(z.string()),
});
export type Report = z.infer<typeof Report>;
