import { differenceOf, type GoldenAnswer, type GoldenCases } from '#domain/gates/golden-cases.ts';
import type { Check } from '#domain/gates/verdict.ts';

/** What a request was answered by, and what. */
export type ServedAnswer = GoldenAnswer & { readonly version?: string };

/**
 * Judges what answers after a rollback: the version that should, in each case, and as its golden
 * cases say. Cases that allow more than `toleranceMax` keep what they were accepted with.
 * @param answers one for each case, in its order.
 */
export function judgeAnswers(
  { cases, tolerance }: GoldenCases,
  answers: readonly ServedAnswer[],
  { version, toleranceMax }: { readonly version: string; readonly toleranceMax: number },
): Check[] {
  const failures = answers.flatMap((answer) => (answer.ok ? [] : [answer.reason]));
  const strangers = answers.flatMap((answer) =>
    answer.ok && answer.version !== version ? [answer.version ?? 'none'] : [],
  );
  const allowed = Math.max(tolerance, toleranceMax);
  const differences = cases.flatMap(({ name, expected }, i) => {
    const answer = answers[i];
    const found = answer?.ok ? differenceOf(expected.outputs, answer.outputs, allowed) : undefined;
    return found === undefined ? [] : [`case ${name}: ${found}`];
  });
  const asked = `${cases.length} golden cases`;
  return [
    checked('rollback.answers', failures, `${asked} were answered`),
    checked('rollback.version', strangers, `${version} answered ${asked}`),
    checked('rollback.golden', differences, `${asked} are answered within ${allowed}`),
  ];
}

const checked = (id: string, problems: readonly string[], passed: string): Check =>
  problems.length === 0
    ? { id, verdict: 'pass', observed: 0, threshold: 0, message: passed }
    : {
        id,
        verdict: 'fail',
        observed: problems.length,
        threshold: 0,
        message: `${problems.length} were not as they should: first, ${problems[0]?.slice(0, 300)}`,
      };
