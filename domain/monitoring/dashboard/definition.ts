import * as z from 'zod/mini';
import { type Asked, askedOf, HIDDEN, type Home, Setting, Side } from './asked.ts';
import { spanMsOf } from './time-span.ts';

const Axis = z.object({
  label: z.optional(z.string()),
  min: z.optional(z.number()),
  max: z.optional(z.number()),
});
type Axis = z.infer<typeof Axis>;

const Mark = z.object({ value: z.number(), label: z._default(z.string(), ''), yAxis: Side });
type Mark = z.infer<typeof Mark>;

const Graph = z.object({
  type: z.literal('metric'),
  properties: z.extend(Setting, {
    title: z._default(z.string(), ''),
    metrics: z.array(z.array(z.unknown())),
    annotations: z.optional(z.object({ horizontal: z._default(z.array(Mark), []) })),
    yAxis: z._default(z.object({ left: z.optional(Axis), right: z.optional(Axis) }), {}),
  }),
});

const Log = z.object({
  type: z.literal('log'),
  properties: z.object({ title: z._default(z.string(), '') }),
});

const Body = z.object({
  start: z._default(z.string(), ''),
  widgets: z.array(z.union([Graph, Log, z.object({ type: z.string() })])),
});

export interface GraphWidget {
  readonly kind: 'graph';
  readonly title: string;
  readonly asked: readonly Asked[];
  readonly axes: { readonly left?: Axis | undefined; readonly right?: Axis | undefined };
  readonly marks: readonly Mark[];
  /** Lines of its source that are not understood here. */
  readonly unread: number;
}

export type Widget =
  | GraphWidget
  | { readonly kind: 'log'; readonly title: string }
  | { readonly kind: 'other' };

export interface Definition {
  /** How far back it shows. */
  readonly spanMs: number;
  readonly widgets: readonly Widget[];
}

/**
 * A dashboard's body as CloudWatch keeps it ("Dashboard Body Structure and Syntax", CloudWatch API
 * Reference). People may edit it by hand: a widget or a line in a form that is not read stays without
 * numbers, and hides no other. Undefined for what is no dashboard's body.
 */
export function readDefinition(body: string, home: Home): Definition | undefined {
  const { data } = Body.safeParse(documentOf(body));
  return (
    data && {
      spanMs: spanMsOf(data.start),
      widgets: data.widgets.map((widget) => widgetOf(widget, home)),
    }
  );
}

function documentOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function widgetOf(widget: z.infer<typeof Body>['widgets'][number], home: Home): Widget {
  if (!('properties' in widget)) return { kind: 'other' };
  const { title } = widget.properties;
  if (widget.type === 'log') return { kind: 'log', title };
  const { metrics, yAxis: axes, annotations, ...setting } = widget.properties;
  const read = metrics.map((line) => askedOf(line, setting, home));
  const asked = read.filter((one) => one !== undefined && one !== HIDDEN);
  const unread = read.filter((one) => one === undefined).length;
  return { kind: 'graph', title, asked, axes, marks: annotations?.horizontal ?? [], unread };
}
