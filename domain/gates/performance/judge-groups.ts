import type { Judgement } from '#domain/gates/gate-result.ts';
import type { Table } from '#domain/gates/table.ts';
import type { Evaluation } from '#domain/registry/manifest.ts';
import { judgeFairness } from './judge-fairness.ts';
import { judgeSlices } from './judge-slices.ts';
import type { PerformancePolicy } from './policy.ts';
import type { Answers } from './slice-quality.ts';

interface Grouped {
  readonly table: Table;
  readonly evaluation: Evaluation;
  readonly answers: Answers;
  readonly policy: PerformancePolicy;
}

/**
 * Judges a version by parts of the judging rows: its accuracy by slice, and how alike it treats
 * the groups of the protected attributes that manifest or policy name, which are slices too.
 */
export function judgeGroups({ table, evaluation, answers, policy }: Grouped): Judgement {
  const { task, slices = [], protectedAttributes = [] } = evaluation;
  const attributes = [...new Set([...protectedAttributes, ...policy.protectedAttributes])];
  const by = { table, task, answers, policy };
  const sliced = judgeSlices({ ...by, columns: [...new Set([...slices, ...attributes])] });
  const fair = judgeFairness({ ...by, columns: attributes });
  return {
    checks: [...sliced.checks, ...fair.checks],
    evidence: { slices: sliced.evidence, fairness: fair.evidence },
  };
}
