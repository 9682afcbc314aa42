import { category, concept, outlier, power } from './changes.ts';
import { movedAlone, nominalPairs, turned } from './dependence.ts';
import { bunched, daily, nominal, sixty, tooSmall } from './false-alarms.ts';
import { correlated } from './many-features.ts';
import { raisedIn } from './model-year.ts';
import type { Trial } from './trial.ts';
import { falseEpisodes } from './years.ts';

/** All that is simulated, in the order of its printing. */
export const monitoringTrials = (): readonly Trial[] => [
  ...[50, 100, 300, 1000, 10_000].map((rows) => nominal(rows)),
  nominal(1000, 'psi', 300),
  ...(['js', 'ks', 'chiSquare'] as const).map((statistic) => nominal(1000, statistic)),
  ...[50, 1000, 10_000].map(sixty),
  bunched(true),
  bunched(false),
  daily(true),
  daily(false),
  correlated(0),
  nominalPairs(1000, 0.8),
  nominalPairs(10_000, 0),
  movedAlone(0.8, { shift: 0.25 }),
  movedAlone(0.98, { shift: 0.25 }),
  movedAlone(0.98, { spread: 1.2 }),
  tooSmall,
  category(0),
  concept(0.1, 20_000),
  falseEpisodes('quiet', {}),
  falseEpisodes('five rows a user', { bunch: 5 }),
  falseEpisodes('a daily cycle of half a deviation', { cycle: 0.5 }),
  outlier(0),
  outlier(0.5),
  power('mean, 0.45 of a deviation', { shift: 0.45 }),
  power('mean, 0.35 of a deviation', { shift: 0.35 }, 5000),
  correlated(0.45),
  power('deviation, half as much again', { spread: 1.5 }),
  power('deviation, a third less', { spread: 0.67 }),
  power('missing in 5 %', { missing: 0.05 }),
  category(0.03),
  concept(0.15, 10_000),
  raisedIn(12, 'independent rows', { shift: 0.5 }),
  raisedIn(24, 'five rows a user', { shift: 0.5, bunch: 5 }),
  raisedIn(
    12,
    'five rows a user',
    { shift: 0.5, bunch: 5 },
    'none: 240 users in 6 h prove too little',
  ),
  raisedIn(
    48,
    'a daily cycle of half a deviation',
    { shift: 0.5, cycle: 0.5 },
    'none: the window of a day has to tell it from the hour',
  ),
  turned(0.8, -0.8, 1000),
  turned(0.8, 0, 1000),
  turned(0.8, 0.5, 1000),
  turned(0.5, 0.8, 1000),
  turned(0, 0.8, 5000),
  turned(0.8, 0.7, 1000, 'none: a change that is barely one'),
];
