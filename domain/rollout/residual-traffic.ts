import type { Check } from '#domain/gates/verdict.ts';
import type { CountedArm, Killed, Watch } from './rollback-record.ts';
import type { Traffic } from './traffic.ts';

/** What a killed version has been asked by now, in all. */
export const exposuresOf = (traffic: Traffic, arms: readonly CountedArm[]): number =>
  arms.reduce((sum, { trial, arm }) => sum + (traffic[trial]?.[arm]?.exposures ?? 0), 0);

/** What was counted of the generations that a killed version may still be counted in. */
export interface CountedTraffic {
  readonly traffic: Traffic;
  /** Of the last of them alone, which tells how much there was to answer. */
  readonly last: Traffic;
  /** How long the last of them was in force, seconds. */
  readonly lastSeconds: number;
}

/** From what more counts, once every process should know of the kill. */
export function watchFrom(
  { arms }: Pick<Killed, 'arms'>,
  { traffic, last, lastSeconds }: CountedTraffic,
  at: string,
): Watch {
  const assigned = Object.values(last)
    .flatMap((byArm) => Object.values(byArm))
    .reduce((sum, arm) => sum + arm.assigned, 0);
  const perSecond = assigned / Math.max(1, lastSeconds);
  return { at, exposures: exposuresOf(traffic, arms), perSecond, number: 1 };
}

/** Another watch, which tells what goes on from what was only written late. */
export const watchAgain = (
  watch: Watch,
  { arms }: Pick<Killed, 'arms'>,
  { traffic }: Pick<CountedTraffic, 'traffic'>,
  at: string,
): Watch => ({
  ...watch,
  at,
  exposures: exposuresOf(traffic, arms),
  number: watch.number + 1,
});

/**
 * Whether the version still answers. Nothing of it is counted by those who know of the kill, so that
 * all that comes is by stale routes; it is held against what the requests were before.
 * @param now what is counted `seconds` after the watch began.
 */
export function judgeResidual(
  killed: Pick<Killed, 'arms'>,
  watch: Watch,
  now: { readonly traffic: Traffic; readonly seconds: number },
  residualShareMax: number,
): Check {
  const id = 'rollback.residual-share';
  if (killed.arms.length === 0) {
    const message =
      'not applicable: only trials are counted by version, and it was on none; who answers the golden cases tells';
    return { id, verdict: 'pass', message };
  }
  const residual = Math.max(0, exposuresOf(now.traffic, killed.arms) - watch.exposures);
  const expected = Math.max(residual, watch.perSecond * now.seconds);
  const share = residual === 0 ? 0 : residual / expected;
  return {
    id,
    verdict: share <= residualShareMax ? 'pass' : 'fail',
    observed: share,
    threshold: residualShareMax,
    message: `it answered ${residual} of about ${Math.round(expected)} requests in ${Math.round(now.seconds)} s, by routes older than the rollback`,
  };
}
