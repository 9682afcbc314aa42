import * as z from 'zod/mini';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { OutputColumn } from '#domain/gates/performance/predictions.ts';
import { problemText, readBy } from '#domain/registry/problem.ts';
import type { PlannedModel } from './plan.ts';

const Milliseconds = z.array(z.number().check(z.positive()));

const Answered = z.strictObject({
  /** SHA-256 of every file that was read, by path. */
  files: z.record(z.string(), z.string()),
  /** `width` values a row, row by row, in the order of the rows. */
  outputs: z.array(
    z.strictObject({
      name: z.string(),
      width: z.int().check(z.minimum(1)),
      values: z.union([z.array(z.number()), z.array(z.string())]),
    }),
  ),
  /** Peak resident memory of loading and one batch, above that of the empty process. */
  peakMemoryMiB: z.number().check(z.positive()),
});

/** What could not be answered, and why: nothing is known of the model then. */
const Refused = z.strictObject({ refused: z.string().check(z.minLength(1), z.maxLength(1000)) });

/**
 * `assay.evaluation/v1`: what a job found, written by a container that is told no truth and so can
 * report no quality. Metrics are computed from it by the judge.
 */
export const EvaluationOutput = z.strictObject({
  schema: z.literal('assay.evaluation/v1'),
  /** SHA-256 of the plan.json that was followed. */
  plan: z.string(),
  candidate: z.union([Answered, Refused]),
  baseline: z.optional(z.union([Answered, Refused])),
  /** Single-row calls in turns, a block of each model right after one another. */
  latency: z.array(z.strictObject({ candidateMs: Milliseconds, baselineMs: Milliseconds })),
});
export type EvaluationOutput = z.infer<typeof EvaluationOutput>;

const REMEDY = 'correct the image, see docs/evaluation-container.md';

/** Reads what a job wrote; anything but answers to exactly this plan is inconclusive. */
export function readOutput(text: string, planSha256: string): Measured<EvaluationOutput> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return inconclusive(`evaluation.json is no JSON (NaN is none): ${said}; ${REMEDY}`);
  }
  const read = readBy(EvaluationOutput, json, REMEDY);
  if (!read.ok) {
    const [first] = read.problems;
    return inconclusive(`evaluation.json: ${first ? problemText(first) : 'is wrong'}`);
  }
  return read.value.plan === planSha256
    ? read
    : inconclusive(
        `evaluation.json follows plan ${read.value.plan}, expected ${planSha256}; ${REMEDY}`,
      );
}

/** A model's answers, where they are to the planned rows by the planned files. */
export function answersTo(
  found: EvaluationOutput['candidate'] | undefined,
  { files, outputs: wanted, version }: PlannedModel,
  rows: number,
): Measured<{ readonly columns: readonly OutputColumn[]; readonly peakMemoryMiB: number }> {
  if (!found) return inconclusive(`the job says nothing of version ${version}; ${REMEDY}`);
  if ('refused' in found) {
    return inconclusive(`the job could not evaluate version ${version}: ${found.refused}`);
  }
  const other = files.find(({ path, sha256 }) => found.files[path] !== sha256);
  const extra = Object.keys(found.files).find((path) => files.every((file) => file.path !== path));
  if (other || extra !== undefined) {
    const path = other?.path ?? extra ?? '';
    const expected = other ? `SHA-256 ${other.sha256}` : 'planned files alone';
    return inconclusive(
      `the job read ${path} of version ${version} with SHA-256 ${found.files[path] ?? 'unknown'}, expected ${expected}; upload the files again under a new version`,
    );
  }
  const columns: OutputColumn[] = [];
  for (const name of wanted) {
    const given = found.outputs.filter((output) => output.name === name);
    const [output] = given;
    if (!output || given.length > 1) {
      return inconclusive(
        `the job gave output ${name} ${given.length} times, expected once; ${REMEDY}`,
      );
    }
    const { width, values } = output;
    if (values.length !== rows * width) {
      return inconclusive(
        `the job gave ${values.length} values of output ${name}, expected ${width} for each of ${rows} rows; ${REMEDY}`,
      );
    }
    columns.push({ name, width, values: isText(values) ? values : Float64Array.from(values) });
  }
  return { ok: true, value: { columns, peakMemoryMiB: found.peakMemoryMiB } };
}

const isText = (values: readonly number[] | readonly string[]): values is readonly string[] =>
  typeof values[0] === 'string';

const inconclusive = (reason: string): Measured<never> => ({
  ok: false,
  verdict: 'inconclusive',
  reason,
});
