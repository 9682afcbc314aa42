import type { Asked } from './asked.ts';
import type { GraphWidget } from './definition.ts';
import type { Line, Panel } from './drawing.ts';
import { isShared } from './of-tenant.ts';

/** What CloudWatch has of one that was asked for. */
export interface Found {
  readonly lines: readonly Line[];
  readonly complete: boolean;
  /** Codes of what CloudWatch said of it. */
  readonly said: readonly string[];
}

export interface Answer {
  readonly asked: Asked;
  readonly found: Found;
}

/** Each search has a panel of its own, as it may find many lines; single metrics share one by axis. */
export function panelsOf(
  { axes, marks }: Pick<GraphWidget, 'axes' | 'marks'>,
  answers: readonly Answer[],
  tenant: string,
): Panel[] {
  const groups = new Map<string, Answer[]>();
  answers.forEach((answer, i) => {
    const { asked } = answer;
    const group =
      'expression' in asked ? `search ${i}` : `metrics ${asked.side} ${isShared(asked)}`;
    groups.set(group, [...(groups.get(group) ?? []), answer]);
  });
  return [...groups.values()].map((group) => {
    const [{ asked: first } = { asked: undefined }] = group;
    const side = first?.side ?? 'left';
    const { label: unit, min, max } = axes[side] ?? {};
    return {
      ...(unit !== undefined && { unit }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      marks: marks
        .filter(({ yAxis }) => yAxis === side)
        .map(({ value, label }) => ({ value, label })),
      ...linesOf(group, tenant),
      shared: first !== undefined && isShared(first),
      incomplete: group.some(({ found }) => !found.complete || found.said.length > 0),
    };
  });
}

function linesOf(
  group: readonly Answer[],
  tenant: string,
): Pick<Panel, 'name' | 'lines' | 'without' | 'unnamed'> {
  const lines = group.flatMap(({ found }) => found.lines);
  const [search] = group.filter(({ asked }) => 'expression' in asked);
  if (search) {
    const name = labelEnd(search.asked);
    const own = lines.flatMap((line) => ownLine(line, tenant, name));
    return { name, lines: own, without: [], unnamed: lines.length - own.length };
  }
  const without = group.flatMap(({ asked, found }) =>
    found.lines.length > 0 ? [] : [asked.label],
  );
  return { name: '', lines, without, unnamed: 0 };
}

/** What a search's label says after the properties that CloudWatch fills in: `measured`. */
const labelEnd = ({ label }: Asked): string => label.slice(label.lastIndexOf('}') + 1).trim();

/**
 * `acme/churn measured` is the tenant's `churn`. The search was narrowed already: a line that does not
 * say whose it is comes of a definition that nobody foresaw, and is left out.
 */
function ownLine({ label, points }: Line, tenant: string, end: string): Line[] {
  const own = `${tenant}/`;
  if (!label.startsWith(own) || !label.endsWith(end)) return [];
  return [{ label: label.slice(own.length, label.length - end.length).trim(), points }];
}
