import { type Problem, problemsOf } from '#domain/registry/problem.ts';
import { overlaid, Policy } from './policy.ts';
import type { PolicyOverlay } from './policy-overlay.ts';

/** Which way each setting is tighter; a setting without a direction cannot be overlaid. */
const TIGHTER = {
  'gates.required': 'more',
  'performance.accuracyRatioMin': 'higher',
  'performance.accuracyMin': 'higher',
  'performance.accuracyWarn': 'higher',
  'performance.p95RatioMax': 'lower',
  'performance.memoryRatioMax': 'lower',
  'performance.eceMax': 'lower',
  'performance.latencyResolutionMs': 'lower',
  'performance.memoryResolutionMiB': 'lower',
  'integration.successRateMin': 'higher',
  'approvals.quorum': 'higher',
  'approvals.roles': 'fewer',
  'approvals.expireHours': 'lower',
} as const satisfies Readonly<Record<string, 'higher' | 'lower' | 'more' | 'fewer'>>;

/** `looser` where another admin must agree; `invalid` where nobody can: the floors are the schema's. */
export type PolicyChange =
  | { readonly outcome: 'tighter'; readonly policy: Policy }
  | {
      readonly outcome: 'looser';
      readonly policy: Policy;
      /** Settings that would be looser than they are. */
      readonly problems: readonly Problem[];
    }
  | { readonly outcome: 'invalid'; readonly problems: readonly Problem[] };

/** What applies once `overlay` stands over `base`, and whether that is looser than `current`. */
export function changePolicy(base: Policy, current: Policy, overlay: PolicyOverlay): PolicyChange {
  const merged = overlaid(base, overlay);
  const parsed = Policy.safeParse(merged);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, merged, 'correct the overlay and set it again');
    return { outcome: 'invalid', problems };
  }
  const { data: policy } = parsed;
  const problems = loosened(current, policy);
  return problems.length > 0
    ? { outcome: 'looser', policy, problems }
    : { outcome: 'tighter', policy };
}

function loosened(current: Policy, next: Policy): Problem[] {
  return Object.entries(TIGHTER).flatMap(([field, way]) => {
    const [before, after] = [settingOf(current, field), settingOf(next, field)];
    if (isNoLooser(way, before, after)) return [];
    return [
      {
        field,
        got: JSON.stringify(after),
        expected: `${EXPECTED[way]} ${JSON.stringify(before)}, which applies now`,
        remedy: 'keep the setting, or have another tenant_admin set the same overlay',
      },
    ];
  });
}

const EXPECTED = {
  higher: 'at least',
  lower: 'at most',
  more: 'all of',
  fewer: 'none but',
} as const;

function isNoLooser(way: keyof typeof EXPECTED, before: unknown, after: unknown): boolean {
  switch (way) {
    case 'higher':
      return Number(after) >= Number(before);
    case 'lower':
      return Number(after) <= Number(before);
    case 'more':
      return (before as string[]).every((item) => (after as string[]).includes(item));
    case 'fewer':
      return (after as string[]).length > 0 && isNoLooser('more', after, before);
  }
}

function settingOf(policy: Policy, field: string): unknown {
  const [section = '', setting = ''] = field.split('.');
  return (policy as unknown as Record<string, Record<string, unknown>>)[section]?.[setting];
}
