import * as z from 'zod/mini';
import { DATATYPES } from '#domain/registry/io-schema.ts';
import { type Problem, problemText, readBy } from '#domain/registry/problem.ts';
import type { Check } from './verdict.ts';

const Value = z.union([z.number(), z.string(), z.boolean()]);
type Value = z.infer<typeof Value>;

const Output = z.strictObject({
  name: z.string(),
  datatype: z.enum(DATATYPES),
  shape: z.array(z.int()),
  /** Row-major, flat. */
  data: z.array(Value),
});
export type GoldenOutput = z.infer<typeof Output>;

/** `assay.golden/v1`: requests of the Open Inference Protocol, and what must be answered. */
const GoldenCases = z.strictObject({
  schema: z.literal('assay.golden/v1'),
  /** Absolute, for numbers; everything else must be equal. */
  tolerance: z.number().check(z.nonnegative()),
  cases: z
    .array(
      z.strictObject({
        name: z.string().check(z.minLength(1)),
        request: z.record(z.string(), z.unknown()),
        expected: z.strictObject({ outputs: z.array(Output).check(z.minLength(1)) }),
      }),
    )
    .check(z.minLength(1, { error: 'at least one case' })),
});
export type GoldenCases = z.infer<typeof GoldenCases>;

export type GoldenCasesResult =
  | { readonly ok: true; readonly golden: GoldenCases }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function parseGoldenCases(text: string): GoldenCasesResult {
  const remedy = 'correct the golden cases and register them under a new version';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const got = error instanceof Error ? error.message : 'unreadable text';
    return {
      ok: false,
      problems: [{ field: 'golden cases', got, expected: 'a JSON document', remedy }],
    };
  }
  const parsed = readBy(GoldenCases, json, remedy);
  return parsed.ok ? { ok: true, golden: parsed.value } : parsed;
}

/** What the serving code answered to one case, or why it did not. */
export type GoldenAnswer =
  | { readonly ok: true; readonly outputs: readonly GoldenOutput[] }
  | { readonly ok: false; readonly reason: string };

/** Judges the answers, one for each case in its order; the share that is right must reach the limit. */
export function judgeGoldenCases(
  { cases, tolerance }: GoldenCases,
  answers: readonly GoldenAnswer[],
  successRateMin: number,
): Check[] {
  const checks = cases.map(({ name, expected }, i): Check => {
    const answer = answers[i] ?? { ok: false, reason: 'no answer' };
    const wrong = answer.ok
      ? differenceOf(expected.outputs, answer.outputs, tolerance)
      : answer.reason;
    const check = { id: 'integration.case', where: name };
    return wrong === undefined
      ? { ...check, verdict: 'pass', message: 'answered as expected' }
      : { ...check, verdict: 'fail', message: `${wrong}; correct the model or the case` };
  });
  const rate = checks.filter(({ verdict }) => verdict === 'pass').length / checks.length;
  const enough = rate >= successRateMin;
  return [
    {
      id: 'integration.success-rate',
      verdict: enough ? 'pass' : 'fail',
      observed: rate,
      threshold: successRateMin,
      message: `${Math.round(rate * checks.length)} of ${checks.length} golden cases are answered as expected`,
    },
    ...(enough ? checks.filter(({ verdict }) => verdict === 'pass') : checks),
  ];
}

/** Golden cases that cannot be read, or are missing: nothing was tried, so nothing passes. */
export const undecidedGoldenCases = (problems: readonly Problem[]): Check[] =>
  problems.map((problem) => ({
    id: 'integration.golden-cases',
    verdict: 'inconclusive',
    message: problemText(problem),
  }));

/** The first thing in which an answer is not the expected one; outputs that no case names are free. */
export function differenceOf(
  expected: readonly GoldenOutput[],
  got: readonly GoldenOutput[],
  tolerance: number,
): string | undefined {
  for (const want of expected) {
    const have = got.find(({ name }) => name === want.name);
    if (!have) return `output ${want.name}: got nothing, expected ${want.datatype}`;
    const shape = JSON.stringify(have.shape);
    if (have.datatype !== want.datatype || shape !== JSON.stringify(want.shape)) {
      return `output ${want.name}: got ${have.datatype} ${shape}, expected ${want.datatype} ${JSON.stringify(want.shape)}`;
    }
    if (have.data.length !== want.data.length) {
      return `output ${want.name}: got ${have.data.length} values, expected ${want.data.length}`;
    }
    const at = want.data.findIndex((value, i) => !same(value, have.data[i], tolerance));
    if (at >= 0) {
      return `output ${want.name}[${at}]: got ${have.data[at]}, expected ${want.data[at]} ± ${tolerance}`;
    }
  }
  return undefined;
}

/** Differences of decimal numbers miss their decimal difference by less. */
const ROUNDING = 1e-12;

const same = (want: Value, have: Value | undefined, tolerance: number): boolean =>
  typeof want === 'number' && typeof have === 'number'
    ? Math.abs(want - have) <= tolerance + ROUNDING
    : want === have;
