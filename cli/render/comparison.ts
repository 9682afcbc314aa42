import { type Comparison, levelOf } from '#domain/monitoring/report/comparison.ts';
import type { ComparedReport } from '#domain/monitoring/report/drift-report.ts';
import { chanceOf, count, figure, percent } from '#domain/monitoring/report/html/figures.ts';
import type { Colors, Style } from '../output.ts';
import { table } from './table.ts';
import { cut } from './text.ts';

/** Features in the table; more are in the JSON. */
const SHOWN = 40;

/** The verdict, then each column, the gravest first. */
export function comparisonView(comparison: Comparison, { colors, columns }: Style): string {
  const { outcome, inputs, features, dependence, label, reference, current, notes } = comparison;
  const level = levelOf(comparison);
  const more = features.length - SHOWN;
  return [
    `${VERDICTS[outcome](colors)}${level ? ` at level ${level}` : ''}  ${count(inputs.drifted.length)} of ${count(features.length)} features drifted (${percent(inputs.driftedShare)})${outcome === 'STABLE' && inputs.drifted.length > 0 ? ', too few for drift of the inputs' : ''}`,
    `${count(current.rows)} rows beside ${count(reference.rows)} of the reference`,
    '',
    table(
      ['FEATURE', 'VERDICT', 'RATIO', 'PSI', 'CHANCE', 'KS', 'P OF χ²', 'MISSING'],
      [
        ...features.slice(0, SHOWN).map((feature) => row(feature, columns, colors)),
        ...(label ? [row({ ...label, name: `${label.name} (label)` }, columns, colors)] : []),
      ],
      colors,
    ),
    ...(more > 0 ? [`and ${more} more, none graver (--json has all)`] : []),
    ...(dependence ? dependenceLines(dependence, columns, colors) : []),
    ...notes.map((note) => colors.yellow(note)),
  ].join('\n');
}

type Shown = (colors: Colors) => string;

const VERDICTS: Readonly<Record<Comparison['outcome'], Shown>> = {
  DRIFT: ({ red }) => red('✗ drift'),
  STABLE: ({ green }) => green('✓ stable'),
  INSUFFICIENT_DATA: ({ yellow }) => yellow('? too few rows'),
};

/** What all pairs say together, and of each that drifted how. */
function dependenceLines(
  { outcome, judged, drifted, pairs }: NonNullable<Comparison['dependence']>,
  columns: number,
  colors: Colors,
): string[] {
  if (outcome !== 'DRIFT') {
    return [`dependence of columns: ${judged} of ${pairs.length} pairs judged, none changed`];
  }
  return [
    '',
    `dependence changed in ${drifted.length} of ${judged} pairs of columns`,
    table(
      ['PAIR', 'VERDICT', 'RATIO', 'PSI', 'CHANCE', 'CORRELATION BEFORE'],
      pairs
        .filter(({ name }) => drifted.includes(name))
        .map((pair) => {
          const [name = '', verdict = '', ratio = '', psi = '', chance = ''] = row(
            pair,
            columns,
            colors,
          );
          return [name, verdict, ratio, psi, chance, figure(pair.correlation)];
        }),
      colors,
    ),
  ];
}

function row(one: ComparedReport, columns: number, colors: Colors): string[] {
  const { psi, ks, chiSquare } = one.statistics;
  const isJudged = one.outcome !== 'INSUFFICIENT_DATA';
  return [
    cut(one.name, Math.max(16, columns - 70)),
    verdictOf(one, colors),
    isJudged ? figure(one.ratios.warn) : '',
    psi ? figure(psi.value) : '',
    psi ? figure(psi.chance) : '',
    ks ? figure(ks.value) : '',
    chiSquare?.p === undefined ? '' : chanceOf(chiSquare.p),
    percent(one.missing.share),
  ];
}

function verdictOf({ outcome, level }: ComparedReport, { red, green, yellow }: Colors): string {
  if (outcome === 'DRIFT') return red(level ?? 'drift');
  return outcome === 'STABLE' ? green('stable') : yellow('too few');
}
