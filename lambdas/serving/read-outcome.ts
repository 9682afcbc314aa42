import * as z from 'zod/mini';
import { KEPT_SECONDS } from '#aws/outcomes.ts';
import { scoreOf, type Truth } from '#domain/monitoring/truth/truth.ts';
import { type Problem, readBy } from '#domain/registry/problem.ts';
import { SCORE_MAX } from '#domain/rollout/outcome-sums.ts';
import {
  type Decision,
  isOnTrial,
  MAX_DECISION_CHARACTERS,
  openDecision,
} from '#domain/serving/decision.ts';

/** What came of a decision: what was true, or a score of the client's own. */
export interface Reported {
  readonly decision: Decision;
  readonly score: number;
  readonly truth?: Truth;
}

type Read = { readonly ok: true; readonly value: Reported } | Refused;
type Refused = { readonly ok: false; readonly problem: Problem };

/** Of each name in UTF-8: there are some 1,400 in the fullest sum, and an item has 400 kB. */
const BYTES_MAX = 128;
const GROUP_MAX = 40;
const GROUPS_MAX = 5;

/** Whole Unicode alone, which is stored as it is. */
const text = (most: number) =>
  z.string().check(
    z.regex(new RegExp(`^\\P{Surrogate}{1,${most}}$`, 'u'), {
      error: `text of 1 to ${most} characters of Unicode`,
    }),
    z.refine((one) => Buffer.byteLength(one) <= BYTES_MAX, {
      error: `at most ${BYTES_MAX} bytes of UTF-8`,
    }),
  );
const Name = text(GROUP_MAX);
const Answer = z.union([z.boolean(), z.number(), text(BYTES_MAX)], {
  error: `true, false, a number, or text of 1 to ${BYTES_MAX} bytes of UTF-8`,
});
/** Records of zod leave it out without a word. */
const NOT_PROTO = z.refine(
  (groups) => typeof groups !== 'object' || !groups || !Object.hasOwn(groups, '__proto__'),
  { error: 'attributes with other names than __proto__' },
);
const Sealed = z.string().check(z.maxLength(MAX_DECISION_CHARACTERS));
const Scored = z.strictObject({
  decision: Sealed,
  score: z.number().check(z.minimum(-SCORE_MAX), z.maximum(SCORE_MAX)),
});
const Labelled = z.strictObject({
  decision: Sealed,
  truth: Answer,
  predicted: Answer,
  probability: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
  groups: z.optional(
    z.pipe(
      z.unknown().check(NOT_PROTO),
      z.record(z.string(), Name).check(
        z.refine((groups) => Object.keys(groups).length <= GROUPS_MAX, {
          error: `at most ${GROUPS_MAX} attributes`,
        }),
        z.refine((groups) => Object.keys(groups).every((name) => Name.safeParse(name).success), {
          error: `attributes with names of 1 to ${GROUP_MAX} characters, at most ${BYTES_MAX} bytes`,
        }),
      ),
    ),
  ),
});
type Labelled = z.infer<typeof Labelled>;

/** The outcome of a decision on this model, not too old for its unit to be remembered. */
export function readOutcome(item: unknown, model: string, key: Uint8Array, now: number): Read {
  const isLabelled = item !== null && typeof item === 'object' && !('score' in item);
  const read = isLabelled
    ? readBy(Labelled, item, 'correct it')
    : readBy(Scored, item, 'correct it');
  if (!read.ok) return refused(read.problems[0] as Problem);
  const decision = openDecision(key, read.value.decision);
  const problem = decisionProblem(decision, model, now);
  if (!decision || problem) return refused(problem as Problem);
  return 'score' in read.value
    ? scored(decision, read.value.score)
    : labelled(decision, read.value);
}

const refused = (problem: Problem): Refused => ({ ok: false, problem });

function decisionProblem(
  decision: Decision | undefined,
  model: string,
  now: number,
): Problem | undefined {
  const field = 'decision';
  if (!decision) {
    const got = 'a text that this tenant has not been given';
    const expected = '`parameters.decision` of an answer, unchanged';
    return { field, got, expected, remedy: 'send what the answer had' };
  }
  if (decision.model !== model) {
    const remedy = `post it to /v2/models/${decision.model}/outcomes`;
    return { field, got: `one on ${decision.model}`, expected: `one on ${model}`, remedy };
  }
  if (decision.at < now - KEPT_SECONDS * 1000) {
    const got = `one of ${new Date(decision.at).toISOString()}`;
    const expected = `one of the last ${KEPT_SECONDS / 86_400} days`;
    return { field, got, expected, remedy: 'leave it out' };
  }
  return undefined;
}

/** What a score measures is the trial's affair: without one there is nothing to compare it with. */
function scored(decision: Decision, score: number): Read {
  if (isOnTrial(decision)) return { ok: true, value: { decision, score } };
  return refused({
    field: 'score',
    got: 'one of an answer that was on no trial',
    expected: '`truth` and `predicted`',
    remedy: 'send what was true and what was answered',
  });
}

function labelled(
  decision: Decision,
  { truth, predicted, probability, groups = {} }: Labelled,
): Read {
  const shared = { groups, ...(probability !== undefined && { probability }) };
  if (typeof truth === 'number' && typeof predicted === 'number') {
    if (probability !== undefined) {
      const [got, expected] = ['one of a number', 'none, or classes as text'];
      return refused({ field: 'probability', got, expected, remedy: 'send "1" for class 1' });
    }
    return withScore(decision, { kind: 'values', truth, predicted, groups });
  }
  if (typeof truth === 'number' || typeof predicted === 'number') {
    const expected = 'numbers or classes, as `truth` is';
    const got = `a ${typeof predicted} for a ${typeof truth}`;
    return refused({ field: 'predicted', got, expected, remedy: 'send both in one form' });
  }
  const classes = { truth: String(truth), predicted: String(predicted) };
  return withScore(decision, { kind: 'classes', ...classes, ...shared });
}

function withScore(decision: Decision, truth: Truth): Read {
  const score = scoreOf(truth);
  if (score !== undefined) return { ok: true, value: { decision, score, truth } };
  return refused({
    field: 'truth',
    got: `${truth.truth}, which lies further from ${truth.predicted}`,
    expected: `at most ${SCORE_MAX} apart`,
    remedy: 'send both in a larger unit',
  });
}
