import * as z from 'zod/mini';
import { ModelName, Tenant } from '#domain/registry/subject.ts';

const State = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);
const Dimensions = z.array(z.object({ name: z.string(), value: z.string() }));

/**
 * What CloudWatch tells a topic about an alarm. One on a single metric has dimensions of its own, one
 * on an expression those of the metrics in it. A composite one has neither.
 * Source: https://github.com/aws/aws-lambda-go/tree/main/events/testdata, cloudwatch-alarm-sns-payload-*.json
 */
export const AlarmMessage = z.object({
  AlarmName: z.string(),
  NewStateValue: State,
  OldStateValue: z.optional(State),
  NewStateReason: z.optional(z.string()),
  StateChangeTime: z.optional(z.string()),
  AlarmArn: z.optional(z.string()),
  AlarmDescription: z.optional(z.nullable(z.string())),
  Trigger: z.optional(
    z.object({
      Dimensions: z.optional(Dimensions),
      Metrics: z.optional(
        z.array(
          z.object({
            MetricStat: z.optional(
              z.object({ Metric: z.object({ Dimensions: z.optional(Dimensions) }) }),
            ),
          }),
        ),
      ),
    }),
  ),
});
export type AlarmMessage = z.infer<typeof AlarmMessage>;

/** Whose model an alarm is about. */
export interface Alarmed {
  readonly tenant: string;
  readonly model: string;
  readonly version?: string;
}

/** `assay/acme/churn`, `assay/acme/churn@1.2.0`; what follows a further slash is the alarm's own. */
const NAMED = /^assay\/([^/@]+)\/([^/@]+)(?:@([^/@]{1,64}))?(?:\/.*)?$/;

/**
 * The model that an alarm's dimensions `Tenant`, `Model` and `Version` name, else its own name;
 * undefined where neither does, or the dimensions name several.
 */
export function alarmedModel({ AlarmName, Trigger }: AlarmMessage): Alarmed | undefined {
  const dimensions = [
    ...(Trigger?.Dimensions ?? []),
    ...(Trigger?.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions ?? []),
  ];
  const valuesOf = (wanted: string) => [
    ...new Set(dimensions.filter(({ name }) => name === wanted).map(({ value }) => value)),
  ];
  const [tenants, models, versions] = [valuesOf('Tenant'), valuesOf('Model'), valuesOf('Version')];
  if (tenants.length > 1 || models.length > 1 || versions.length > 1) return undefined;
  const [, tenant, model, version] = NAMED.exec(AlarmName) ?? [];
  return tenants.length === 1 && models.length === 1
    ? known(tenants[0], models[0], versions[0])
    : known(tenant, model, version);
}

function known(
  tenant: string | undefined,
  model: string | undefined,
  version: string | undefined,
): Alarmed | undefined {
  const [one, other] = [Tenant.safeParse(tenant), ModelName.safeParse(model)];
  return one.success && other.success
    ? { tenant: one.data, model: other.data, ...(version !== undefined && { version }) }
    : undefined;
}
