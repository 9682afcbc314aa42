/** Each value's distance from the worst of its metric, in steps. */
const LEVELS: Readonly<Record<string, string>> = {
  AV: 'NALP',
  PR: 'NLH',
  UI: 'NPA',
  AC: 'LH',
  AT: 'NP',
  VC: 'HLN',
  VI: 'HLN',
  VA: 'HLN',
  SC: 'HLN',
  SI: 'HLN',
  SA: 'HLN',
};

/**
 * A group of metrics that the standard calls an equivalence class: for each level the worst
 * vectors of the level and its depth, in steps. Source: CVSS v4.0 specification, section 8.2.
 */
interface Group {
  readonly metrics: readonly string[];
  readonly worst: readonly (readonly string[])[];
  readonly depth: readonly number[];
}

const EXPLOITABILITY: Group = {
  metrics: ['AV', 'PR', 'UI'],
  worst: [['NNN'], ['ANN', 'NLN', 'NNP'], ['PNN', 'ALP']],
  depth: [1, 4, 5],
};
const COMPLEXITY: Group = {
  metrics: ['AC', 'AT'],
  worst: [['LN'], ['HN', 'LP']],
  depth: [1, 2],
};
/** EQ3 and EQ6 together; base metrics reach only the pairs 00, 10 and 21. */
const VULNERABLE: Group = {
  metrics: ['VC', 'VI', 'VA'],
  worst: [['HHH'], ['LHH', 'HLH'], ['LLL']],
  depth: [7, 8, 10],
};
/** Levels 1 and 2 of EQ4: level 0 takes a safety metric. */
const SUBSEQUENT: Group = {
  metrics: ['SC', 'SI', 'SA'],
  worst: [['HHH'], ['LLL']],
  depth: [5, 4],
};

/**
 * Scores of the macrovectors that base metrics reach or border on, by EQ1 and EQ2; in a row, EQ3
 * with EQ6 are 00, 01, 10, 11, 21 and EQ4 is 1, 2. Source: the standard's lookup table.
 */
const SCORES: readonly (readonly (readonly number[])[])[] = [
  [
    [10, 9.3, 9.6, 9, 9.3, 8.8, 9.2, 8, 7.9, 6.9],
    [9.5, 9.2, 9.1, 8.1, 9.2, 8.4, 8.2, 7, 7.1, 6.3],
  ],
  [
    [9.4, 8.7, 8.9, 7.5, 8.6, 7.2, 7.6, 5.7, 6.5, 5.3],
    [9, 7.7, 7.7, 6.6, 7.4, 6.1, 5.9, 5.2, 5.8, 2.3],
  ],
  [
    [8.6, 7, 7.4, 5.4, 7.2, 5.3, 5.7, 3.6, 4.7, 2.4],
    [7.3, 5.4, 5.5, 4.3, 6.1, 4.6, 5.1, 1.8, 2.4, 1],
  ],
];

/** Columns of the pairs 00, 10, 21, and of the pairs next below each. */
const PAIR = [0, 2, 4];
const PAIRS_BELOW = [[1, 2], [3], []];

/**
 * Base score (CVSS-B), 0 to 10, of a CVSS 4.0 vector: threat and environment are left out, since
 * advisories speak of no one's own environment. Undefined when a base metric is missing or unknown.
 */
export function baseScore4(metrics: ReadonlyMap<string, string>): number | undefined {
  const value = (metric: string) => metrics.get(metric) ?? '';
  for (const [metric, values] of Object.entries(LEVELS)) {
    if (value(metric).length !== 1 || !values.includes(value(metric))) return undefined;
  }
  const impacts = [...VULNERABLE.metrics, ...SUBSEQUENT.metrics].map(value);
  if (impacts.every((impact) => impact === 'N')) return 0;

  const easy = [value('AV'), value('PR'), value('UI')].filter((each) => each === 'N').length;
  const eq1 = easy === 3 ? 0 : easy > 0 && value('AV') !== 'P' ? 1 : 2;
  const eq2 = value('AC') === 'L' && value('AT') === 'N' ? 0 : 1;
  const harm = VULNERABLE.metrics.map(value);
  const pair = harm[0] === 'H' && harm[1] === 'H' ? 0 : harm.includes('H') ? 1 : 2;
  const eq4 = SUBSEQUENT.metrics.some((metric) => value(metric) === 'H') ? 0 : 1;

  const score = (one: number, two: number, column: number, four: number) =>
    SCORES[one]?.[two]?.[2 * column + four];
  const column = PAIR[pair] ?? 0;
  const here = score(eq1, eq2, column, eq4) ?? 0;
  const below = PAIRS_BELOW[pair]?.map((lower) => score(eq1, eq2, lower, eq4) ?? 0) ?? [];
  const steps: readonly (readonly [Group, number, number | undefined])[] = [
    [EXPLOITABILITY, eq1, score(eq1 + 1, eq2, column, eq4)],
    [COMPLEXITY, eq2, score(eq1, eq2 + 1, column, eq4)],
    [VULNERABLE, pair, below.length > 0 ? Math.max(...below) : undefined],
    [SUBSEQUENT, eq4, eq4 === 0 ? score(eq1, eq2, column, 1) : undefined],
  ];
  const reductions = steps.flatMap(([group, level, lower]) =>
    lower === undefined
      ? []
      : [((here - lower) * distance(group, level, value)) / (group.depth[level] ?? 1)],
  );
  // EQ5 is at its worst without threat metrics: a level below it exists, at distance 0.
  const mean = reductions.reduce((sum, each) => sum + each, 0) / (reductions.length + 1);
  return Math.round((here - mean) * 10 + ROUNDING) / 10;
}

/** Sums of decimals that should end in 5 may fall short of it by a binary fraction. */
const ROUNDING = 1e-6;

/** Steps from the first worst vector of the level that is nowhere below the given values. */
function distance(group: Group, level: number, value: (metric: string) => string): number {
  for (const worst of group.worst[level] ?? []) {
    const steps = group.metrics.map((metric, index) => {
      const order = LEVELS[metric] ?? '';
      return order.indexOf(value(metric)) - order.indexOf(worst[index] ?? '');
    });
    if (steps.every((each) => each >= 0)) return steps.reduce((sum, each) => sum + each, 0);
  }
  return 0;
}
