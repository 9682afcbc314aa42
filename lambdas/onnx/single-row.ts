import type { EvaluationSet } from '#domain/gates/evaluation-set.ts';
import { wantedOutputs } from '#domain/gates/performance/output-roles.ts';
import { batchOf } from './batch.ts';
import type { OnnxSession } from './session.ts';

/** Enough rows that no call is fast only because the last one was the same. */
const ROWS = 64;

/** A call that sends one row at a time, the first 64 in turns; a model that fixes its batch gets it full. */
export function singleRowCall(
  session: OnnxSession,
  { feeds, rows, fixedBatch, plan }: EvaluationSet,
): () => Promise<void> {
  const wanted = wantedOutputs(plan);
  const calls = Array.from({ length: Math.min(ROWS, rows) }, (_, row) =>
    session.prepare(batchOf(feeds, row, row + 1, fixedBatch), wanted),
  );
  let turn = 0;
  return async () => {
    await calls[turn++ % calls.length]?.();
  };
}
