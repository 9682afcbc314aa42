import type { Asked } from './asked.ts';
import { type Search, searchesIn, withSearches } from './search.ts';

/** What CloudWatch is asked at once, between two times in ms since 1970. */
export interface Question {
  readonly asked: readonly Asked[];
  readonly from: number;
  readonly to: number;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** More are not told apart on a page. */
const POINTS = 300;

/** A minute to two days: 300 of the last are more than CloudWatch keeps. */
const PERIODS_SECONDS = [60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 172_800];

/** The same with a period that is long enough for lines of few points. */
export function thinned(asked: Asked, { from, to }: Span): Asked {
  const least = (to - from) / 1000 / POINTS;
  const longer = (period: number): number =>
    period >= least ? period : (PERIODS_SECONDS.find((one) => one >= least) ?? period);
  if (!('expression' in asked)) return { ...asked, periodSeconds: longer(asked.periodSeconds) };
  const { expression: before, periodSeconds } = asked;
  const change = (search: Search): Search => ({
    ...search,
    periodSeconds: longer(search.periodSeconds ?? periodSeconds),
  });
  const thin = { ...asked, expression: withSearches(before, change) ?? before };
  return { ...thin, periodSeconds: periodOf(thin) };
}

/** A search may say its own. */
export function periodOf(asked: Asked): number {
  if (!('expression' in asked)) return asked.periodSeconds;
  const searches = searchesIn(asked.expression);
  return Math.max(...searches.map(({ periodSeconds = asked.periodSeconds }) => periodSeconds));
}

/**
 * Each search alone, as CloudWatch finds at most 500 series for one question; metrics together that
 * have the same time.
 */
export function questionsOf(asked: readonly Asked[], span: Span): Question[] {
  const questions = new Map<string, Question>();
  asked.forEach((one, i) => {
    const time = timeOf(one, span);
    const key = 'expression' in one ? `search ${i}` : `${time.from} ${time.to}`;
    const others = questions.get(key)?.asked ?? [];
    questions.set(key, { asked: [...others, one], ...time });
  });
  return [...questions.values()];
}

/**
 * Whole periods. The one that is not over yet says too little of what is counted; a greatest or a
 * least of it holds as far as it goes, and is what somebody who has just checked a model looks for.
 */
function timeOf(asked: Asked, { from, to }: Span): Span {
  const ms = periodOf(asked) * 1000;
  const first = Math.ceil(from / ms) * ms;
  const last = isCounted(asked) ? Math.floor(to / ms) * ms : to;
  return first < last ? { from: first, to: last } : { from: first - ms, to };
}

const isCounted = (asked: Asked): boolean =>
  'expression' in asked
    ? searchesIn(asked.expression).some(({ statistic }) => COUNTS.test(statistic))
    : COUNTS.test(asked.statistic);

/** Sums and counts, also of the middle of what was measured. */
const COUNTS = /^(Sum|SampleCount|TC|TS)\b/;
