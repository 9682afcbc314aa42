import * as z from 'zod/mini';

/** Time in ms since 1970, and what was measured then. */
const Point = z.tuple([z.number(), z.number()]);

const Line = z.object({
  label: z.string(),
  /** The oldest first. */
  points: z.array(Point),
});
export type Line = z.infer<typeof Line>;

const Panel = z.object({
  /** Of what was searched for; empty where each line says it. */
  name: z.string(),
  /** What its numbers are of. */
  unit: z.optional(z.string()),
  min: z.optional(z.number()),
  max: z.optional(z.number()),
  marks: z.array(z.object({ value: z.number(), label: z.string() })),
  /** The gravest first. */
  lines: z.array(Line),
  /** Single metrics without any number. */
  without: z.array(z.string()),
  /** Lines that were found and do not say which model they are of. */
  unnamed: z.number(),
  /** Of all tenants together. */
  shared: z.boolean(),
  /** CloudWatch had more than it gave. */
  incomplete: z.boolean(),
});
export type Panel = z.infer<typeof Panel>;

/** Which versions serve a model by its route. */
const Served = z.object({
  model: z.string(),
  production: z.optional(z.string()),
  trial: z.optional(z.object({ version: z.string(), share: z.number() })),
});
export type Served = z.infer<typeof Served>;

const Adoption = z.object({
  served: z.array(Served),
  /** There are models that are not among them. */
  more: z.boolean(),
});
export type Adoption = z.infer<typeof Adoption>;

const DrawnWidget = z.object({
  title: z.string(),
  panels: z.array(Panel),
  adoption: z.optional(Adoption),
  /** Why there is less than the widget's source asks for. */
  notes: z.array(z.string()),
});
export type DrawnWidget = z.infer<typeof DrawnWidget>;

/** A dashboard with its numbers, as far as they are one tenant's or nobody's. */
export const Drawing = z.object({
  name: z.string(),
  region: z.string(),
  tenant: z.string(),
  from: z.number(),
  to: z.number(),
  widgets: z.array(DrawnWidget),
  /** Widgets that have nothing of the tenant's. */
  left: z.number(),
});
export type Drawing = z.infer<typeof Drawing>;
