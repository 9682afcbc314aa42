import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { clopperPearson } from './clopper-pearson.ts';
import { monitoringTrials } from './monitoring/trials.ts';
import {
  bothTallies,
  MONITORING_HEADER,
  type MonitoringTally,
  monitoringRow,
  NO_TRIALS,
  NOT_SHOWN,
  standingOf,
  yearsLine,
} from './monitoring.ts';
import { type Bar, type Scenario, scenarios } from './scenarios.ts';
import { type NaiveTally, NONE, type Tally, together } from './tally.ts';
import type { Part } from './worker.ts';

/**
 * Rolls simulated canaries out by the decision engine, watches simulated traffic by the statistics of
 * monitoring, and prints how often they were wrong:
 * `npm run simulate`, or `npm run simulate -- 1000` for fewer of each. FC_SEED makes others.
 * Exits with 1 when a bar is missed.
 */
const seed = Number(process.env.FC_SEED ?? 20_261_121);
const most = Number(process.argv[2] ?? 10_000);
const PART = 500;
/** A year is as long as thousands of windows. */
const YEARS_A_PART = 5;
const NAIVE = 500;
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const SHOWN: Readonly<Record<Bar, (tally: Tally) => number>> = {
  'false rollback': ({ rolledBack }) => rolledBack,
  'false promotion': ({ passed }) => passed,
  power: ({ rolledBack }) => rolledBack,
};

const started = performance.now();
const all = scenarios();
const tallies = all.map(() => NONE);
const naive: NaiveTally[] = [];
const parts: Part[] = all.flatMap(({ rollouts }, index) =>
  ranges(Math.min(rollouts, most)).map(
    ([from, to]): Part => ({ kind: 'scenario', index, from, to }),
  ),
);
const watched = monitoringTrials();
const watchings = watched.map(() => NO_TRIALS);
parts.push(
  ...watched.flatMap(({ trials, bar }, index) =>
    ranges(Math.min(trials, most), bar === 'false episode' ? YEARS_A_PART : PART).map(
      ([from, to]): Part => ({ kind: 'monitoring', index, from, to }),
    ),
  ),
);
parts.push({ kind: 'naive', rollouts: Math.min(NAIVE, most) });

await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, drain));

async function drain(): Promise<void> {
  const child = fork(WORKER, { execArgv: ['--import', 'tsx'] });
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const result = await answer(child, part);
    if (part.kind === 'naive') naive.push(result as NaiveTally);
    else if (part.kind === 'monitoring') {
      const before = watchings[part.index] ?? NO_TRIALS;
      watchings[part.index] = bothTallies(before, result as MonitoringTally);
    } else tallies[part.index] = together(tallies[part.index] ?? NONE, result as Tally);
  }
  child.disconnect();
}

async function answer(child: ChildProcess, part: Part): Promise<unknown> {
  const settled = new AbortController();
  const { signal } = settled;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a worker ended with ${code} at ${JSON.stringify(part)}`);
  });
  child.send({ part, seed });
  try {
    const [result] = await Promise.race([once(child, 'message', { signal }), ended]);
    return result;
  } finally {
    settled.abort();
  }
}

function ranges(count: number, part = PART): readonly (readonly [number, number])[] {
  return Array.from({ length: Math.ceil(count / part) }, (_, i) => [
    i * part,
    Math.min(count, (i + 1) * part),
  ]);
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Errors by their upper bound, power by its lower one. */
const met = ({ bar }: Scenario, { low, high }: { readonly low: number; readonly high: number }) =>
  bar === 'power' ? low >= 0.9 : high <= 0.05;

say(`FC_SEED=${seed}`);
say('| what | rollouts | share | 99 % interval | bar | promoted | mean looks |');
say('| --- | ---: | ---: | --- | --- | ---: | ---: |');
for (const [i, scenario] of all.entries()) {
  const tally = tallies[i] ?? NONE;
  const hits = SHOWN[scenario.bar](tally);
  const interval = clopperPearson(hits, tally.rollouts);
  const bar = scenario.outside ?? (met(scenario, interval) ? 'met' : 'MISSED');
  if (bar === 'MISSED') process.exitCode = 1;
  say(
    `| ${scenario.bar}: ${scenario.name} | ${tally.rollouts} | ${percent(hits / tally.rollouts)} | ` +
      `${percent(interval.low)} to ${percent(interval.high)} | ${bar} | ` +
      `${percent(tally.promoted / tally.rollouts)} | ${(tally.looks / tally.rollouts).toFixed(0)} |`,
  );
}
const broken = tallies.reduce((sum, tally) => sum + tally.broken, 0);
const rollouts = tallies.reduce((sum, tally) => sum + tally.rollouts, 0);
say(`Splits called broken: ${broken} of ${rollouts} rollouts.`);
for (const { window, zTest, p95 } of naive) {
  const of = Math.min(NAIVE, most);
  say(
    `Of ${of} equal canaries a window's error rate above 1.5 % rolls back ${percent(window / of)}, ` +
      `a z-test at each look ${percent(zTest / of)}, a p95 above 1.1 times ${percent(p95 / of)}.`,
  );
}
say('');
for (const line of MONITORING_HEADER) say(line);
const found = watched.map((trial, i) => [trial, watchings[i] ?? NO_TRIALS] as const);
for (const [trial, tally] of found) {
  say(monitoringRow(trial, tally));
  settle(standingOf(trial, tally));
}
const { standing, line } = yearsLine(found);
say(line);
settle(standing);
say(`${((performance.now() - started) / 1000).toFixed(0)} s`);

function settle(standing: string): void {
  const isWhole = most >= 10_000;
  if (standing === 'MISSED' || (isWhole && standing === NOT_SHOWN)) process.exitCode = 1;
}
