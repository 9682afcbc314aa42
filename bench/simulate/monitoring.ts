import { clopperPearson } from './clopper-pearson.ts';
import type { Trial } from './monitoring/trial.ts';
import { monitoringTrials } from './monitoring/trials.ts';
import { sfc32 } from './random.ts';

export interface MonitoringTally {
  readonly trials: number;
  /** Alarms of all trials together. */
  readonly alarms: number;
  /** Trials with any. */
  readonly alarmed: number;
}

export const NO_TRIALS: MonitoringTally = { trials: 0, alarms: 0, alarmed: 0 };

export const bothTallies = (one: MonitoringTally, other: MonitoringTally): MonitoringTally => ({
  trials: one.trials + other.trials,
  alarms: one.alarms + other.alarms,
  alarmed: one.alarmed + other.alarmed,
});

/** Trials of the kind at `index`, each a random stream of its own. */
export function runMonitoring(
  index: number,
  from: number,
  to: number,
  seed: number,
): MonitoringTally {
  const trial = monitoringTrials()[index];
  if (trial === undefined) throw new RangeError(`got trial ${index}; there is none`);
  let [alarms, alarmed] = [0, 0];
  for (let stream = from; stream < to; stream++) {
    const found = trial.run(sfc32(seed + 1000 + index, stream));
    alarms += found;
    alarmed += Number(found > 0);
  }
  return { trials: to - from, alarms, alarmed };
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Of a nominal 1 %, and of a model's year. */
const MOST = { 'false alarm': 0.015, 'false episode': 0.01 } as const;
const POWER = 0.9;
/** What fewer trials than all may end with. */
export const NOT_SHOWN = 'not shown by so few';

/** Whether the bar is met, by the bound of the interval that is against it; where none is set, why. */
export function standingOf({ bar, outside }: Trial, { trials, alarmed }: MonitoringTally): string {
  if (outside !== undefined) return outside;
  if (bar === 'changed verdict') return alarmed === 0 ? 'met' : 'MISSED';
  const { low, high } = clopperPearson(alarmed, trials);
  const [met, missed] =
    bar === 'power' ? [low >= POWER, high < POWER] : [high <= MOST[bar], low > MOST[bar]];
  return met ? 'met' : missed ? 'MISSED' : NOT_SHOWN;
}

export const MONITORING_HEADER = [
  '| what | trials | share | 99 % interval | bar |',
  '| --- | ---: | ---: | --- | --- |',
];

/** A row of the table; of years the alarms a year, and the interval of the years with any. */
export function monitoringRow(trial: Trial, tally: MonitoringTally): string {
  const { trials, alarms, alarmed } = tally;
  const { low, high } = clopperPearson(alarmed, trials);
  const share =
    trial.bar === 'false episode' ? `${alarms / trials} a year` : percent(alarms / trials);
  return `| ${trial.bar}: ${trial.name} | ${trials} | ${share} | ${percent(low)} to ${percent(high)} | ${standingOf(trial, tally)} |`;
}

/** All years together: none of the worlds changes, so that their alarms are all false. */
export function yearsLine(found: readonly (readonly [trial: Trial, tally: MonitoringTally])[]): {
  readonly standing: string;
  readonly line: string;
} {
  const years = found.filter(([{ bar }]) => bar === 'false episode').map(([, tally]) => tally);
  const { trials, alarms, alarmed } = years.reduce(bothTallies, NO_TRIALS);
  // Two sides of 98 % are one of 99 %.
  const { low, high } = clopperPearson(alarmed, trials, 0.98);
  const most = MOST['false episode'];
  const standing = high <= most ? 'met' : low > most ? 'MISSED' : NOT_SHOWN;
  return {
    standing,
    line: `False episodes: ${alarms} in ${trials} model-years, so at most ${percent(high)} of years have any (one-sided, 99 %); at most 1 %: ${standing}.`,
  };
}
