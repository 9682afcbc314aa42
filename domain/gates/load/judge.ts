import { wilson } from '#domain/gates/privacy/wilson.ts';
import type { Check, Verdict } from '#domain/gates/verdict.ts';
import type { LoadMeasurement, LoadSample } from './measurement.ts';
import { type P95Interval, p95Interval } from './p95-interval.ts';
import type { LoadPolicy } from './policy.ts';
import { throughput } from './throughput.ts';

/**
 * Judges how a staged version answered under load. Where noise decides, the whole 95 % interval
 * has to be on the good side to pass and on the bad side to fail; across the limit is inconclusive.
 */
export function judgeLoad(measured: LoadMeasurement, policy: LoadPolicy): Check[] {
  const { samples, unsent, unsentReason } = measured;
  if (samples.length === 0) {
    const why = unsent > 0 ? `; ${unsent} were not even taken (${unsentReason}): ${RESERVE}` : '';
    const message = `no request was answered within ${policy.seconds} s, expected up to ${policy.requests}${why}`;
    return [{ id: 'load.requests', verdict: 'inconclusive', message }];
  }
  return [
    judgeErrorRate(samples, policy),
    judgeP95(p95Interval(samples.map(({ latencyMs }) => latencyMs)), samples.length, policy),
    judgeThroughput(measured, policy),
    judgeAnswers(measured),
  ];
}

const RESERVE =
  'where they were throttled, raise inference.stagingConcurrency of the deployment, or lower load.concurrency of the policy';
const MORE = 'raise load.requests and load.seconds of the policy to tell';

function judgeErrorRate(samples: readonly LoadSample[], { errorRateMax }: LoadPolicy): Check {
  const failures = samples.flatMap(({ failure }) => failure ?? []);
  const { length: of } = samples;
  const rate = failures.length / of;
  const { lower: low, upper: high } = wilson(failures.length, of);
  const check = {
    id: 'load.error-rate',
    observed: { rate, low, high },
    threshold: errorRateMax,
  };
  const interval = `95 % interval ${percent(low)} to ${percent(high)}`;
  const said = `${failures.length} of ${of} requests failed (${interval})`;
  // No sample proves that nothing ever fails: a limit of 0 is one on what was seen.
  if (high <= errorRateMax || (errorRateMax === 0 && failures.length === 0)) {
    const message = `${said}; the limit is ${percent(errorRateMax)}`;
    return { ...check, verdict: 'pass', message };
  }
  if (low > errorRateMax) {
    const message = `${said}, above the limit of ${percent(errorRateMax)}; ${commonest(failures)}; correct the model, or give the function more memory`;
    return { ...check, verdict: 'fail', message };
  }
  const why = failures.length > 0 ? `; ${commonest(failures)}` : '';
  const message = `${said}, which may be either side of the limit of ${percent(errorRateMax)}${why}; ${MORE}`;
  return { ...check, verdict: 'inconclusive', message };
}

function judgeP95({ p95, low, high }: P95Interval, of: number, policy: LoadPolicy): Check {
  const { p95WarnMs, p95MaxMs } = policy;
  const check = {
    id: 'load.latency',
    observed: { p95Ms: p95, lowMs: low ?? null, highMs: high ?? null },
    threshold: p95MaxMs,
  };
  const interval = `95 % interval ${low === undefined ? 'of unknown start' : ms(low)} to ${high === undefined ? 'an unknown end' : ms(high)}`;
  const said = `p95 ${ms(p95)} ms over ${of} requests (${interval})`;
  if (low !== undefined && low > p95MaxMs) {
    const message = `${said} is above the limit of ${p95MaxMs} ms; simplify or quantise the model, or give the function more memory`;
    return { ...check, verdict: 'fail', message };
  }
  if (high === undefined || high > p95MaxMs) {
    const message = `${said} may be either side of the limit of ${p95MaxMs} ms; ${MORE}`;
    return { ...check, verdict: 'inconclusive', message };
  }
  if (p95 > p95WarnMs) {
    return { ...check, verdict: 'pass', message: `warning: ${said} is above ${p95WarnMs} ms` };
  }
  return { ...check, verdict: 'pass', message: `${said} is at most ${p95WarnMs} ms` };
}

function judgeThroughput(
  { samples, elapsedMs }: LoadMeasurement,
  { throughputMin, concurrency }: LoadPolicy,
): Check {
  const good = samples.filter(({ failure }) => failure === undefined);
  const { perSecond, low, high } = throughput(
    good.map(({ atMs }) => atMs),
    elapsedMs,
  );
  const said = `${rate(perSecond)} good answers a second with ${concurrency} requests in flight (95 % interval ${rate(low)} to ${rate(high)})`;
  const [verdict, message] = ((): readonly [Verdict, string] => {
    if (throughputMin === 0) return ['pass', `${said}; the policy asks for none`];
    if (low >= throughputMin) return ['pass', `${said}; the least is ${throughputMin}`];
    if (high < throughputMin) {
      return ['fail', `${said}, below the least of ${throughputMin}; make the model faster`];
    }
    return [
      'inconclusive',
      `${said}, which may be either side of the least of ${throughputMin}; ${MORE}`,
    ];
  })();
  const observed = { perSecond, low, high };
  return { id: 'load.throughput', verdict, observed, threshold: throughputMin, message };
}

/** A model that answers differently when it is busy is wrong, however seldom. */
function judgeAnswers({ samples, answersExpected }: LoadMeasurement): Check {
  const id = 'load.answers';
  if (!answersExpected) {
    const message = 'not applicable: rows without expected answers were sent';
    return { id, verdict: 'pass', message };
  }
  const good = samples.filter(({ failure }) => failure === undefined).length;
  const differences = samples.flatMap(({ difference }) => difference ?? []);
  const observed = { compared: good, different: differences.length };
  if (good === 0) {
    return { id, verdict: 'inconclusive', observed, message: 'no answer to compare' };
  }
  const [first] = differences;
  if (first === undefined) {
    return { id, verdict: 'pass', observed, message: `all ${good} answers are as expected` };
  }
  const message = `${differences.length} of ${good} answers are not as expected: ${first}; correct the model or the case`;
  return { id, verdict: 'fail', observed, message };
}

function commonest(failures: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const failure of failures) counts.set(failure, (counts.get(failure) ?? 0) + 1);
  const [[failure, count] = ['', 0]] = [...counts].sort(([, a], [, b]) => b - a);
  return `most often, ${count} times: ${failure}`;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
const ms = (value: number): string => String(Number(value.toPrecision(4)));
const rate = (value: number): string => String(Number(value.toPrecision(3)));
