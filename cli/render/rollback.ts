import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Style } from '../output.ts';
import type { Rollback } from '../rollout-schemas.ts';
import { table } from './table.ts';
import { ago, mark, wrap } from './text.ts';

interface Standing {
  readonly text: string;
  readonly exit: ExitCode;
  /** Nothing more happens to it. */
  readonly final: boolean;
}

const STANDINGS: Readonly<Record<Rollback['status'], Standing>> = {
  RUNNING: { text: 'giving up its traffic', exit: EXIT.undecided, final: false },
  ROLLED_BACK: {
    text: 'out of traffic, its effect is being watched',
    exit: EXIT.undecided,
    final: false,
  },
  VERIFIED: { text: 'rolled back and verified', exit: EXIT.ok, final: true },
  UNVERIFIED: {
    text: 'rolled back, but its effect could not be verified; look at what serves now',
    exit: EXIT.refused,
    final: true,
  },
  NOTHING: { text: 'had no traffic any more', exit: EXIT.ok, final: true },
  REFUSED: { text: 'refused', exit: EXIT.refused, final: true },
  HELD: { text: 'held: there is no sound version to go back to', exit: EXIT.refused, final: true },
  FAULTED: { text: 'broke off by a fault; ask for it again', exit: EXIT.error, final: true },
};

export const rollbackStanding = ({ status }: Pick<Rollback, 'status'>): Standing =>
  STANDINGS[status];

/** One rollback of `model`: what goes, why, and by what it was verified. */
export const rollbackView =
  (model: string) =>
  (rollback: Rollback, { colors, columns, now }: Style): string => {
    const { id, version, to, mode, severity, trigger, actor, reason, why, status } = rollback;
    const { text, exit } = rollbackStanding(rollback);
    const paint = exit === EXIT.ok ? colors.green : exit === 2 ? colors.yellow : colors.red;
    return [
      `${colors.bold(version ? `${model}@${version}` : model)}  ${status}  ${paint(text)}`,
      `  rollback   ${id}, asked ${ago(rollback.createdAt, now)} by ${actor} (${trigger})`,
      `  severity   ${severity}${mode ? `, ${mode === 'critical' ? 'at once' : mode}` : ''}`,
      ...(to ? [`  back to    ${to}`] : []),
      ...wrap(reason, columns, '  '),
      ...(why ? wrap(why, columns, '  ') : []),
      ...(rollback.checks ?? []).flatMap((check) => {
        const [first = '', ...more] = wrap(check.message, columns - 4, '    ');
        return [`  ${mark(check.verdict, colors)} ${first.trimStart()}`, ...more];
      }),
    ].join('\n');
  };

/** What happened to a rollback since it was looked at before. */
export function rollbackChanges(before: Rollback | undefined, now: Rollback): string[] {
  if (before?.status === now.status) return [];
  return [`${now.status}: ${rollbackStanding(now).text}${now.why ? `: ${now.why}` : ''}`];
}

/** A model's rollbacks, as the API lists them. */
export function rollbacksView(rollbacks: readonly Rollback[], { colors, now }: Style): string {
  if (rollbacks.length === 0) return 'no rollback yet';
  return table(
    ['ROLLBACK', 'VERSION', 'BACK TO', 'STATUS', 'SEVERITY', 'ASKED BY', 'ASKED', 'WHY'],
    rollbacks.map((rollback) => [
      rollback.id,
      rollback.version ?? '',
      rollback.to ?? '',
      rollback.abort ? `${rollback.status} (abort)` : rollback.status,
      rollback.severity,
      rollback.trigger === 'person' ? rollback.actor : rollback.trigger,
      ago(rollback.createdAt, now),
      rollback.reason,
    ]),
    colors,
  );
}
