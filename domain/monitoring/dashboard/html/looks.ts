import type { Drawing, Line, Panel } from '#domain/monitoring/dashboard/drawing.ts';

/** Lines that have a colour and marks of their own; of more, the gravest. */
export const COLOURED = 8;

/** Measurements that are far enough apart to be seen one by one. */
const MARKED = 30;

/** The look of a line by its label; what is absent is drawn in grey. */
export type Looks = ReadonlyMap<string, number>;

/**
 * One look for a model on the whole page: the gravest of each panel first, then the second of each,
 * and so on.
 */
export function looksOf({ widgets }: Pick<Drawing, 'widgets'>): Looks {
  const panels = widgets.flatMap((widget) => widget.panels).filter(({ shared }) => !shared);
  const longest = Math.max(0, ...panels.map(({ lines }) => lines.length));
  const looks = new Map<string, number>();
  for (let rank = 0; rank < longest; rank += 1) {
    for (const { lines } of panels) {
      const label = lines[rank]?.label;
      if (label === undefined || looks.has(label)) continue;
      if (looks.size === COLOURED) return looks;
      looks.set(label, looks.size);
    }
  }
  return looks;
}

/** Lines of what all tenants use together are told apart within their panel alone. */
export const looksWithin = ({ shared, lines }: Panel, looks: Looks): Looks =>
  shared ? new Map(lines.slice(0, COLOURED).map(({ label }, i) => [label, i])) : looks;

export const isDense = ({ points }: Line): boolean => points.length > MARKED;

/** The classes of a line in the chart and in its legend. */
export function lookOf(line: Line, looks: Looks): string {
  const look = looks.get(line.label);
  return `${look === undefined ? 'rest' : `l${look}`}${isDense(line) ? ' dense' : ''}`;
}
