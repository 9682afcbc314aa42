import type { Invoked } from '#aws/staging-function.ts';
import { differenceOf, type GoldenCases, type GoldenOutput } from '#domain/gates/golden-cases.ts';
import type { LoadSample } from '#domain/gates/load/measurement.ts';

type Read = Pick<LoadSample, 'functionMs' | 'failure' | 'difference'>;

const SERVER_TIMING = /^infer;dur=(\d+(?:\.\d+)?)$/;

/**
 * Reads what the staging function answered to the body at `index`. What it says of an input
 * stays out: it may quote values, and evidence is kept for years.
 */
export function answerReader(
  golden: GoldenCases | undefined,
): (invoked: Exclude<Invoked, { outcome: 'unsent' }>, index: number) => Read {
  const compare = comparison(golden);
  return (invoked, index) => {
    if (invoked.outcome === 'crashed') return { failure: `crashed: ${invoked.reason}` };
    const { statusCode, headers, body = '' } = invoked.answer;
    const dur = SERVER_TIMING.exec(String(headers?.['server-timing'] ?? ''))?.[1];
    const functionMs = dur === undefined ? undefined : { functionMs: Number(dur) };
    if (statusCode !== 200) return { ...functionMs, failure: failureOf(statusCode, body) };
    const difference = compare(index, body);
    return { ...functionMs, ...(difference !== undefined && { difference }) };
  };
}

/** A refusal to load says why without looking at the request; its words may be kept. */
function failureOf(statusCode: number | undefined, body: string): string {
  if (statusCode !== 503) return `status ${statusCode}`;
  const { error } = JSON.parse(body) as { error?: unknown };
  return `status 503: ${String(error).slice(0, 300)}`;
}

/** A text that was compared once is the same the next time. */
function comparison(
  golden: GoldenCases | undefined,
): (index: number, body: string) => string | undefined {
  const last = new Map<number, { body: string; difference: string | undefined }>();
  return (index, body) => {
    const expected = golden?.cases[index];
    if (!expected) return undefined;
    const known = last.get(index);
    if (known?.body === body) return known.difference;
    const { outputs } = JSON.parse(body) as { outputs: readonly GoldenOutput[] };
    const found = differenceOf(expected.expected.outputs, outputs, golden.tolerance);
    const difference = found === undefined ? undefined : `case ${expected.name}: ${found}`;
    last.set(index, { body, difference });
    return difference;
  };
}
