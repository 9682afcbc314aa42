import type { Check } from '#domain/gates/verdict.ts';
import { type PiiKind, SECRET_KINDS } from './kinds.ts';
import type { ColumnFinding, PiiColumn } from './pii-column.ts';
import type { AllowedKind, PrivacyPolicy } from './policy.ts';

/** How often one kind stands in one column or text. */
export type Found = Pick<ColumnFinding, 'column' | 'kind' | 'hits'> & Partial<ColumnFinding>;

/** Why the policy allows what was found there; undefined: it does not. */
export const reasonFor = (
  { kind, column }: Pick<Found, 'kind' | 'column'>,
  { allowed }: PrivacyPolicy,
): AllowedKind['reason'] | undefined =>
  allowed.find((each) => each.kind === kind && (each.column ?? column) === column)?.reason;

/** One kind in one place: fails unless the policy allows it or, secrets apart, `tolerated` does. */
export function checkOf(id: string, found: Found, policy: PrivacyPolicy, tolerated = false): Check {
  const { column, kind, hits, cells, share, shareLower } = found;
  const reason = reasonFor(found, policy);
  const counted =
    cells === undefined ? `${hits} × ${kind}` : `${kind} in ${hits} of ${cells} cells`;
  const remedy = `remove, mask or tokenise them, or have the policy allow ${kind} here with a reason`;
  return {
    id: `${id}.${kind}`,
    verdict: reason || (tolerated && !SECRET_KINDS.has(kind)) ? 'pass' : 'fail',
    observed:
      share === undefined || shareLower === undefined ? { hits } : { hits, share, shareLower },
    where: column,
    message: `${counted}; ${reason ? `the policy allows it: ${reason}` : remedy}`,
  };
}

/** Tells of names that announce what their cells do not show, as pseudonyms or codes would. */
export function silentNames(columns: readonly PiiColumn[]): string {
  const silent = columns.filter((column) => {
    const kinds: ReadonlySet<PiiKind> = new Set(column.findings().map(({ kind }) => kind));
    return column.hints.size > 0 && ![...column.hints].some((kind) => kinds.has(kind));
  });
  if (silent.length === 0) return '';
  const names = silent.slice(0, 10).map(({ label }) => label);
  return `; the names ${names.join(', ')} announce what their cells do not show`;
}
