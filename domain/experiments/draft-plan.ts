import * as z from 'zod/mini';
import type { ExperimentPolicy } from '#domain/gates/experiment-policy.ts';
import { Name, Range, type Target } from '#domain/serving/routing/route-document.ts';
import {
  ATTRIBUTE_TYPES,
  AttributeName,
  type AttributeType,
  Segment,
} from '#domain/serving/routing/segment.ts';
import { sourceOf } from './measured.ts';
import { CONTROL, type ExperimentPlan } from './plan.ts';

/** What a person says of an experiment; what is left out is as strict as the policy asks. */
export const Draft = z.strictObject({
  id: z.optional(Name),
  /** Versions to compare with the one that is stable. */
  treatments: z.array(z.string()).check(z.minLength(1), z.maxLength(7)),
  /** Share of the units for each treatment; a bandit has none. */
  split: z.optional(z.number()),
  bandit: z.optional(
    z.strictObject({
      kind: z.enum(['thompson', 'ucb1']),
      floor: z.optional(z.number()),
      batchMinutes: z.optional(z.number()),
    }),
  ),
  metric: z.optional(
    z.strictObject({
      id: Name,
      kind: z.optional(z.enum(['events', 'mean', 'ratio'])),
      better: z.optional(z.enum(['higher', 'lower'])),
    }),
  ),
  effectMin: z.optional(z.number()),
  guardrails: z.optional(z.array(Name)),
  alpha: z.optional(z.number()),
  unitsMin: z.optional(z.int()),
  hours: z.optional(z.strictObject({ min: z.number(), max: z.number() })),
  layer: z.optional(Name),
  range: z.optional(Range),
  segment: z.optional(Segment),
  /** Types of the attributes that the segment asks for; without them, those that it compares with. */
  attributes: z.optional(z.record(AttributeName, z.enum(ATTRIBUTE_TYPES))),
  autoPromote: z.optional(z.boolean()),
});
export type Draft = z.infer<typeof Draft>;

interface Context {
  readonly tenant: string;
  readonly model: string;
  /** Where the draft names none. */
  readonly id: string;
  readonly control: Target;
  /** Of the draft's treatments, in their order. */
  readonly targets: readonly Target[];
  readonly policy: ExperimentPolicy;
}

/** The whole plan, still to be judged. */
export function planOf(draft: Draft, context: Context): unknown {
  const { tenant, model, control, targets, policy } = context;
  const { segment, effectMin = 0, autoPromote = false } = draft;
  return {
    schema: 'assay.experiment/v1',
    id: draft.id ?? context.id,
    tenant,
    model,
    layer: draft.layer ?? 'main',
    range: draft.range ?? { from: 0, to: 1 },
    ...(segment && { segment }),
    attributes: draft.attributes ?? (segment ? attributesOf(segment) : {}),
    control,
    treatments: targets.map((target, i) => ({ name: armName(target, i), target })),
    allocation: allocationOf(draft, policy),
    metric: metricOf(draft),
    effectMin,
    guardrails: draft.guardrails ?? ['failures', 'latency'],
    alpha: draft.alpha ?? policy.alphaMax,
    unitsMin: draft.unitsMin ?? policy.unitsMin,
    hours: draft.hours ?? { min: policy.hoursMin, max: policy.hoursMax },
    autoPromote,
  };
}

/** Arms go by their versions, where those are names. */
const armName = ({ version }: Target, i: number): string =>
  Name.safeParse(version).success && version !== CONTROL ? version : `treatment-${i + 1}`;

function allocationOf(
  { split, bandit, treatments }: Draft,
  policy: ExperimentPolicy,
): ExperimentPlan['allocation'] {
  const arms = treatments.length + 1;
  if (!bandit) return { kind: 'fixed', split: split ?? Math.min(policy.splitMax, 1 / arms) };
  const { kind, floor = policy.floorMin, batchMinutes = policy.batchMinutesMin } = bandit;
  return { kind, floor, batchMinutes };
}

/** Bandits learn from events: scores of 0 and 1, or failures. */
function metricOf({ metric, bandit }: Draft): ExperimentPlan['metric'] {
  const { id } = metric ?? { id: 'score' };
  const fails = sourceOf(id)?.from === 'failures';
  return {
    id,
    kind: metric?.kind ?? (fails || bandit ? 'events' : 'mean'),
    better: metric?.better ?? (fails ? 'lower' : 'higher'),
  };
}

/** The types of what a segment compares its attributes with. */
function attributesOf(segment: Segment): Record<string, AttributeType> {
  switch (segment.op) {
    case 'not':
      return attributesOf(segment.of);
    case 'and':
    case 'or':
      return Object.assign({}, ...segment.of.map(attributesOf));
    case 'eq':
      return { [segment.attribute]: typeof segment.value as AttributeType };
    case 'in':
      return { [segment.attribute]: typeof segment.values[0] as AttributeType };
    case 'prefix':
      return { [segment.attribute]: 'string' };
    default:
      return { [segment.attribute]: 'number' };
  }
}
