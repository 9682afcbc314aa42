import type { EvaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { wantedOutputs } from '#domain/gates/performance/output-roles.ts';
import type { OutputColumn } from '#domain/gates/performance/predictions.ts';
import { batchOf } from './batch.ts';
import { type OnnxSession, refusal } from './session.ts';

export interface EvaluateOptions {
  readonly batchRows?: number;
  /** Stops between batches once this is over. */
  readonly budgetMs?: number;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/** Answers of the model for every row of the evaluation set, batch by batch. */
export async function evaluate(
  session: OnnxSession,
  { feeds, rows, fixedBatch, plan }: EvaluationSet,
  { batchRows = 256, budgetMs = 300_000, now = () => performance.now() }: EvaluateOptions = {},
): Promise<Measured<readonly OutputColumn[]>> {
  const wanted = wantedOutputs(plan);
  const step = fixedBatch ?? batchRows;
  const end = now() + budgetMs;
  const answers: (readonly OutputColumn[])[] = [];
  for (let start = 0; start < rows; start += step) {
    if (now() >= end) {
      const reason = `the evaluation reached row ${start} of ${rows} in ${budgetMs} ms; make the model faster or the evaluation set smaller`;
      return { ok: false, verdict: 'inconclusive', reason };
    }
    const until = Math.min(start + step, rows);
    try {
      const batch = batchOf(feeds, start, until, fixedBatch);
      answers.push((await session.run(batch, wanted)).map((one) => trimmed(one, until - start)));
    } catch (error) {
      const where = `does not run on rows ${start + 1} to ${until}`;
      return { ok: false, verdict: 'fail', reason: refusal(where, error) };
    }
  }
  return joined(answers, wanted);
}

/** Drops the answers to rows that only filled up a fixed batch. */
const trimmed = ({ name, width, values }: OutputColumn, rows: number): OutputColumn => ({
  name,
  width,
  values: values.slice(0, rows * width),
});

function joined(
  answers: readonly (readonly OutputColumn[])[],
  wanted: readonly string[],
): Measured<readonly OutputColumn[]> {
  const columns: OutputColumn[] = [];
  for (const [index, name] of wanted.entries()) {
    const parts = answers.flatMap((batch) => batch[index] ?? []);
    const widths = new Set(parts.map(({ width }) => width));
    const [width = 1] = widths;
    if (widths.size > 1) {
      const reason = `output ${name} gave ${[...widths].join(' and ')} values a row in different batches; expected the same number for each row`;
      return { ok: false, verdict: 'fail', reason };
    }
    columns.push({ name, width, values: concatenated(parts.map(({ values }) => values)) });
  }
  return { ok: true, value: columns };
}

function concatenated(parts: readonly OutputColumn['values'][]): OutputColumn['values'] {
  const numeric = parts.filter((part) => part instanceof Float64Array);
  if (numeric.length < parts.length) return parts.flatMap((part) => [...part].map(String));
  const all = new Float64Array(numeric.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of numeric) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
