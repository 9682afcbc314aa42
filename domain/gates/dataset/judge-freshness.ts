import type { Check } from '#domain/gates/verdict.ts';
import { type Ruled, short, undecided } from './judged.ts';
import { epochSeconds } from './timestamp.ts';

const SECONDS_PER_DAY = 86_400;
/** A moment without an offset is read as UTC and may be up to 14 hours ahead. */
const AHEAD_DAYS = 1;

/** Judges the age of the newest row, or of the declared day, which counts from its beginning. */
export function judgeFreshness({ contract, profile, policy }: Ruled, nowSeconds: number): Check {
  const id = 'dataset.freshness';
  const { timestamp, collected } = contract;
  const newest =
    timestamp === undefined
      ? epochSeconds(collected ?? '')
      : profile.columns.find(({ name }) => name === timestamp)?.max;
  if (newest === undefined) {
    return undecided(id, `column ${timestamp} holds no moment; fill it, or declare "collected"`);
  }
  const ageDays = (nowSeconds - newest) / SECONDS_PER_DAY;
  const check = { id, observed: ageDays, threshold: policy.maxAgeDays };
  const what = timestamp === undefined ? 'the data are' : `the newest ${timestamp} is`;
  if (ageDays < -AHEAD_DAYS) {
    const message = `${what} ${short(-ageDays)} days ahead of now; correct the date`;
    return { ...check, verdict: 'fail', message };
  }
  const said = `${what} ${short(Math.max(0, ageDays))} days old`;
  return ageDays <= policy.maxAgeDays
    ? { ...check, verdict: 'pass', message: said }
    : {
        ...check,
        verdict: 'fail',
        message: `${said}, more than ${policy.maxAgeDays}; add what was collected since`,
      };
}
