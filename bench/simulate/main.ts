import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { clopperPearson } from './clopper-pearson.ts';
import { type Bar, type Scenario, scenarios } from './scenarios.ts';
import { type NaiveTally, NONE, type Tally, together } from './tally.ts';
import type { Part } from './worker.ts';

/**
 * Rolls simulated canaries out by the decision engine, and prints how often it was wrong:
 * `npm run simulate`, or `npm run simulate -- 1000` for fewer of each. FC_SEED makes others.
 * Exits with 1 when a bar is missed.
 */
const seed = Number(process.env.FC_SEED ?? 20_261_121);
const most = Number(process.argv[2] ?? 10_000);
const PART = 500;
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
parts.push({ kind: 'naive', rollouts: Math.min(NAIVE, most) });

await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, drain));

async function drain(): Promise<void> {
  const child = fork(WORKER, { execArgv: ['--import', 'tsx'] });
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const result = await answer(child, part);
    if (part.kind === 'naive') naive.push(result as NaiveTally);
    else tallies[part.index] = together(tallies[part.index] ?? NONE, result as Tally);
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

function ranges(count: number): readonly (readonly [number, number])[] {
  return Array.from({ length: Math.ceil(count / PART) }, (_, i) => [
    i * PART,
    Math.min(count, (i + 1) * PART),
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
say(`${((performance.now() - started) / 1000).toFixed(0)} s`);
