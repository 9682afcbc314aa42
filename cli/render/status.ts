import type { Gate, VersionDetail, Vote } from '../api-schemas.ts';
import { EXIT } from '../exit-codes.ts';
import type { Colors, Style } from '../output.ts';
import { type Standing, standingOf } from '../standing.ts';
import { checkLines, gateLine } from './gates.ts';
import { ago, mark, span, utc, wrap } from './text.ts';

/** Checks shown of one gate; the rest is in the JSON. */
const SHOWN_CHECKS = 10;

/** Everything a reviewer decides by, top down: where it stands, why, who voted, what happened. */
export function statusView(version: VersionDetail, style: Style): string {
  const { bold } = style.colors;
  return [
    ...header(version, style),
    '',
    bold('Gates'),
    ...(version.gates.length > 0
      ? version.gates.flatMap((gate) => gateLines(gate, style))
      : ['  none has reported yet']),
    ...approvalLines(version, style),
    '',
    bold('History'),
    ...version.history.flatMap(({ at, from, to, actor, reason }) => [
      `  ${utc(at)}  ${from ? `${from} → ${to}` : to}  by ${actor}`,
      ...(reason ? wrap(reason, style.columns, '    ') : []),
    ]),
  ].join('\n');
}

function header(version: VersionDetail, { colors, now }: Style): string[] {
  const { model, digest, ordinal, submitter, createdAt, state, signed, admitted } = version;
  const standing = standingOf(version);
  const paint = standingColor(standing, colors);
  return [
    `${colors.bold(`${model}@${version.version}`)}  ${paint(state)}  ${paint(standing.text)}`,
    `  digest     ${digest}`,
    `  signature  ${signed ? 'signed' : 'not yet'}${admitted ? ', admitted to production' : ''}`,
    `  submitted  by ${submitter}, ${ago(createdAt, now)}, version number ${ordinal} of the model`,
  ];
}

function standingColor({ phase, exit }: Standing, colors: Colors): (text: string) => string {
  if (exit === EXIT.ok) return colors.green;
  if (exit === EXIT.refused) return colors.red;
  return phase === 'judging' ? colors.cyan : colors.yellow;
}

function gateLines(gate: Gate, style: Style): string[] {
  const bad = (gate.checks ?? []).filter((check) => check.verdict !== 'pass');
  const rest = bad.length - SHOWN_CHECKS;
  return [
    gateLine(gate, style),
    ...bad.slice(0, SHOWN_CHECKS).flatMap((check) => checkLines(check, style)),
    ...(rest > 0 ? [`      and ${rest} more; see --json`] : []),
  ];
}

function approvalLines({ approval }: VersionDetail, style: Style): string[] {
  if (!approval) return [];
  const { id, status, approvers, refusals = [], quorum, expiresAt } = approval;
  const { colors, now } = style;
  const open = status === 'OPEN';
  const left = open ? `, expires in ${span(Date.parse(expiresAt) - now)}` : '';
  return [
    '',
    `${colors.bold('Approval')} ${id}`,
    `  ${status}, ${approvers.length} of ${quorum} votes${left}`,
    ...approvers.map((vote) => voteLine(vote, mark('pass', colors), 'approves')),
    ...refusals.map((vote) => voteLine(vote, mark('fail', colors), 'refuses')),
    ...(open ? [colors.dim(`  vote by: assay approve ${id}`)] : []),
  ];
}

const voteLine = ({ person, at, comment }: Vote, sign: string, verb: string): string =>
  `  ${sign} ${person} ${verb}${at ? `, ${utc(at)}` : ''}${comment ? `: ${comment}` : ''}`;
