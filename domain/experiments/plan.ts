import * as z from 'zod/mini';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { CANDIDATE_TRIAL } from '#domain/rollout/traffic.ts';
import { Name, Range, Target } from '#domain/serving/routing/route-document.ts';
import {
  ATTRIBUTE_TYPES,
  AttributeName,
  misfits,
  Segment,
} from '#domain/serving/routing/segment.ts';

const Bandit = { floor: z.number(), batchMinutes: z.number() };

/** How units are shared out: fixed for the whole time, or batch by batch after what was seen. */
const Allocation = z.discriminatedUnion('kind', [
  /** `split` of the units for each treatment, the rest for the control. */
  z.strictObject({ kind: z.literal('fixed'), split: z.number().check(z.positive()) }),
  z.strictObject({ kind: z.literal('thompson'), ...Bandit }),
  z.strictObject({ kind: z.literal('ucb1'), ...Bandit }),
]);

const Metric = z.strictObject({
  id: Name,
  /** An event befalls a unit or does not; a mean is over units; a ratio is of two sums over them. */
  kind: z.enum(['events', 'mean', 'ratio']),
  better: z.enum(['higher', 'lower']),
});

/** The control's name among the variants. */
export const CONTROL = 'control';

/** `assay.experiment/v1`: what is compared, on whom, by what, for how long. */
export const ExperimentPlan = z
  .strictObject({
    schema: z.literal('assay.experiment/v1'),
    /** Traffic is counted under it, beside that of rollouts. */
    id: Name.check(
      z.refine((id) => id !== CANDIDATE_TRIAL, {
        error: `another id than "${CANDIDATE_TRIAL}", which rollouts are counted under`,
      }),
    ),
    tenant: Tenant,
    model: ModelName,
    layer: Name,
    range: Range,
    segment: z.optional(Segment),
    attributes: z.record(AttributeName, z.enum(ATTRIBUTE_TYPES)),
    control: Target,
    treatments: z
      .array(z.strictObject({ name: Name, target: Target }))
      .check(z.minLength(1), z.maxLength(7)),
    allocation: Allocation,
    metric: Metric,
    /** Difference in the metric that a winner must be shown to exceed, in the metric's unit. */
    effectMin: z.number().check(z.nonnegative()),
    /** Ids of the metrics in which no treatment may do harm. */
    guardrails: z.array(Name).check(z.minLength(1, { error: 'at least one guardrail' })),
    /** Of all treatments together: whoever compares them divides it. */
    alpha: z.number().check(z.positive()),
    /** Units that each arm must have. */
    unitsMin: z.int(),
    /** The least and the longest duration. */
    hours: z.strictObject({ min: z.number(), max: z.number() }).check(
      z.refine(({ min, max }) => min <= max, {
        path: ['max'],
        error: 'a number of hours that is not below `min`',
      }),
    ),
    /** Whether a winner's rollout starts by itself; the policy must allow it. */
    autoPromote: z.boolean(),
  })
  .check((context) => {
    const { segment, attributes } = context.value;
    for (const { path, error } of segment ? misfits(segment, attributes) : []) {
      const at = ['segment', ...path];
      context.issues.push({ code: 'custom', path: at, message: error, input: context.value });
    }
  })
  .check(
    z.refine(({ treatments }) => namesOf(treatments).size === treatments.length + 1, {
      path: ['treatments'],
      error: `treatments that differ in name, and none named "${CONTROL}"`,
    }),
    z.refine(
      ({ control, treatments }) => digestsOf(control, treatments) === treatments.length + 1,
      {
        path: ['treatments'],
        error: 'versions that differ in digest from each other and from the control',
      },
    ),
    z.refine(({ metric, allocation }) => allocation.kind === 'fixed' || metric.kind === 'events', {
      path: ['metric', 'kind'],
      error: 'events: bandits learn from units that an event befalls or not',
    }),
  );
export type ExperimentPlan = Readonly<z.infer<typeof ExperimentPlan>>;

const namesOf = (treatments: readonly { readonly name: string }[]): ReadonlySet<string> =>
  new Set([CONTROL, ...treatments.map(({ name }) => name)]);

const digestsOf = (control: Target, treatments: readonly { readonly target: Target }[]): number =>
  new Set([control.digest, ...treatments.map(({ target }) => target.digest)]).size;
