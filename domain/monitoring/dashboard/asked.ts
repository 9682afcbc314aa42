import * as z from 'zod/mini';

/** What one line of a widget's source asks CloudWatch for: a metric, or what an expression finds. */
export type Asked = (
  | { readonly expression: string }
  | {
      readonly namespace: string;
      readonly metric: string;
      readonly dimensions: Readonly<Record<string, string>>;
      readonly statistic: string;
    }
) & {
  readonly periodSeconds: number;
  readonly label: string;
  readonly side: 'left' | 'right';
};

/** Where the API runs: it asks CloudWatch nowhere else. */
export interface Home {
  readonly region: string;
  readonly accountId: string;
}

export const Side = z._default(z.enum(['left', 'right']), 'left');

const setting = {
  stat: z.optional(z.string()),
  period: z.optional(z.int().check(z.positive())),
  region: z.optional(z.string()),
  accountId: z.optional(z.string()),
};
/** What a widget says for all of its lines, and each line may say again. */
export const Setting = z.object(setting);
type Setting = z.infer<typeof Setting>;

const Rendering = z.object({
  ...setting,
  label: z.optional(z.string()),
  expression: z.optional(z.string()),
  yAxis: Side,
  visible: z._default(z.boolean(), true),
});

/** `.` and `...` repeat what the line before has. */
const Names = z.array(z.string().check(z.regex(/^(?!\.{1,3}$)/)));

/** A line that serves others and is not shown. */
export const HIDDEN = 'hidden';

/** Undefined for a form that is not read, and for another region or account. */
export function askedOf(
  line: readonly unknown[],
  { stat: widgetStat = 'Average', period: widgetPeriod = 300, ...widget }: Setting,
  home: Home,
): Asked | typeof HIDDEN | undefined {
  const last = line.at(-1);
  const [texts, options] = typeof last === 'string' ? [line, {}] : [line.slice(0, -1), last];
  const rendering = Rendering.safeParse(options);
  if (!rendering.success) return undefined;
  const { expression, label, yAxis: side, visible, ...own } = rendering.data;
  if (!visible) return HIDDEN;
  const { region = widget.region, accountId = widget.accountId } = own;
  if ((region ?? home.region) !== home.region) return undefined;
  if ((accountId ?? home.accountId) !== home.accountId) return undefined;
  const { stat: statistic = widgetStat, period: periodSeconds = widgetPeriod } = own;
  if (expression !== undefined) return { expression, periodSeconds, side, label: label ?? '' };
  const names = Names.safeParse(texts);
  if (!names.success || names.data.length < 2 || names.data.length % 2 !== 0) return undefined;
  const [namespace = '', metric = '', ...pairs] = names.data;
  const dimensions = Object.fromEntries(
    pairs.flatMap((name, i) => (i % 2 === 0 ? [[name, pairs[i + 1] ?? '']] : [])),
  );
  return {
    ...{ namespace, metric, dimensions, statistic },
    ...{ periodSeconds, side, label: label ?? metric },
  };
}
