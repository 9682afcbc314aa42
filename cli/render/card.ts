import type { Card } from '#domain/gates/card/card.ts';
import type { Style } from '../output.ts';
import { table } from './table.ts';
import { shown } from './text.ts';

/** The card in short: what the version is, what was measured, and how each gate judged. */
export const cardView = (card: Card, { colors }: Style): string =>
  [
    colors.bold(`${card.model}@${card.version}`),
    ...(card.description === undefined ? [] : [card.description]),
    `digest ${card.digest}, policy ${card.policyHash}`,
    `registered ${card.registeredAt} by ${card.submitter}${card.risk === undefined ? '' : `, risk ${card.risk}`}`,
    '',
    table(
      ['METRIC', 'VALUE', 'ROWS'],
      card.metrics.map(({ type, value, slice }) => [type, shown(value), slice ?? 'all']),
      colors,
    ),
    '',
    table(
      ['GATE', 'VERDICT', 'CHECKS'],
      card.gates.map(({ gate, verdict, checks }) => [gate, verdict, String(checks.length)]),
      colors,
    ),
    '',
    'The signatures of card and bill of materials verify.',
  ].join('\n');
