import type { CheckKind } from '#domain/monitoring/report/drift-report.ts';

/** Times in ms since 1970. */
interface Faulted {
  /** The first time, since it was last made, that a check could not be. */
  readonly since: number;
  /** The last time. */
  readonly at: number;
}

/** Kinds of check that could not be made, for want of what they need, since they last were. */
export type FaultedKinds = Readonly<Partial<Record<CheckKind, Faulted>>>;

/** What is known of kinds that fault once some of them were made, and others could not be. */
export const afterFaults = (
  before: FaultedKinds = {},
  made: readonly CheckKind[],
  faulting: readonly CheckKind[],
  at: number,
): FaultedKinds => {
  const now = faulting.map((kind) => {
    const { since = at, at: last = at } = before[kind] ?? {};
    return [kind, { since, at: Math.max(last, at) }];
  });
  const all: FaultedKinds = { ...before, ...Object.fromEntries(now) };
  return Object.fromEntries(
    Object.entries(all).filter(([kind]) => !made.some((one) => one === kind)),
  );
};

/** Whether it is known already that they could not be made at that time, or later. */
export const isFaulted = (
  faulted: FaultedKinds = {},
  kinds: readonly CheckKind[],
  at: number,
): boolean => kinds.every((kind) => (faulted[kind]?.at ?? Number.NEGATIVE_INFINITY) >= at);
