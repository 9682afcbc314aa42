import type { Check } from '#domain/gates/verdict.ts';
import { checkOf, reasonFor, silentNames } from './found.ts';
import { SECRET_KINDS } from './kinds.ts';
import type { PiiColumn } from './pii-column.ts';
import type { PrivacyPolicy } from './policy.ts';

/**
 * Judges a dataset's columns: one is personal from a share of its cells on, and by a single
 * secret. One summary, and one check more for each kind in each personal column.
 */
export function judgeColumns(columns: readonly PiiColumn[], policy: PrivacyPolicy): Check[] {
  const id = 'dataset.pii';
  if (columns.every(({ cells }) => cells === 0)) {
    const message = 'no cell was read; name a dataset with rows';
    return [{ id, verdict: 'inconclusive', observed: { columns: columns.length }, message }];
  }
  const findings = columns.flatMap((column) => column.findings());
  const personal = findings.filter(
    ({ kind, shareLower }) => shareLower >= policy.columnShareMin || SECRET_KINDS.has(kind),
  );
  const blocked = personal.filter((each) => !reasonFor(each, policy)).length;
  const traces = findings.length - personal.length;
  const least = `${Number((policy.columnShareMin * 100).toPrecision(3))} %`;
  const below = traces > 0 ? `; ${traces} more are certain in less than ${least} of the cells` : '';
  return [
    {
      id,
      verdict: blocked > 0 ? 'fail' : 'pass',
      observed: {
        columns: columns.length,
        allowed: personal.length - blocked,
        blocked,
        traces,
      },
      threshold: { columnShareMin: policy.columnShareMin },
      message: `${columns.length} columns: ${blocked} findings that the policy does not allow, ${personal.length - blocked} that it does${below}${silentNames(columns)}`,
    },
    ...personal.map((each) => checkOf(id, each, policy)),
  ];
}
