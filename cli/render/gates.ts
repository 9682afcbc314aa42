import type { Gate } from '../api-schemas.ts';
import type { Check } from '../check-schema.ts';
import type { Style } from '../output.ts';
import { counted, mark, seconds, shown, toned, wrap } from './text.ts';

/** Every check of every gate: what was observed, by which threshold, and why it is judged so. */
export const gatesView = ({ gates }: { readonly gates: readonly Gate[] }, style: Style): string =>
  gates.length === 0
    ? 'no gate has reported yet'
    : gates
        .flatMap((gate) => [
          gateLine(gate, style),
          ...(gate.checks ?? []).flatMap((check) => checkLines(check, style)),
        ])
        .join('\n');

/** A gate's verdict, how many checks have which, and how long it took. */
export function gateLine({ gate, verdict, counts, durationMs }: Gate, { colors }: Style): string {
  const painted = toned(verdict, colors)(verdict.padEnd(12));
  const line = `${gate.padEnd(14)} ${painted}  ${counted(counts).padEnd(40)} ${seconds(durationMs).padStart(8)}`;
  return `  ${mark(verdict, colors)} ${line.trimEnd()}`;
}

/** One check with its reason. */
export function checkLines(
  { id, verdict, observed, threshold, message, where }: Check,
  style: Style,
): string[] {
  const { colors, columns } = style;
  const facts = [
    ...(observed == null ? [] : [`observed ${shown(observed)}`]),
    ...(threshold == null ? [] : [`threshold ${shown(threshold)}`]),
    ...(where ? [`in ${where}`] : []),
  ].join('   ');
  return [
    `      ${mark(verdict, colors)} ${colors.bold(id)}${facts && `   ${facts}`}`,
    ...wrap(message, columns, '        '),
  ];
}
