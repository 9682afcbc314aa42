import { describe, expect, it } from 'vitest';
import { newAt } from '#domain/rollout/distinct.ts';
import { addSplit, NO_SPLIT } from '#domain/rollout/sample-ratio.ts';
import { clopperPearson } from '../../../bench/simulate/clopper-pearson.ts';
import { type Random, sfc32 } from '../../../bench/simulate/random.ts';

const ALPHA = 0.001;
const SHARES = [0.05, 0.1, 0.25, 0.5];
const LOOKS = 8;

interface Users {
  readonly count: number;
  /** Hashes that a process holds. */
  readonly held: number;
  /** How many times the share meant is routed to the canary. */
  readonly misrouted: number;
}

/** A user's draw, the same in all steps, and how deep a sample holds it. */
const user = (random: Random) => ({
  bucket: random(),
  rank: Math.min(31, Math.floor(-Math.log2(1 - random()))),
});

/** Whether the split was ever called broken, in steps that all have the same users. */
function broken({ count, held, misrouted }: Users, random: Random): boolean {
  const users = Array.from({ length: count }, () => user(random));
  let split = NO_SPLIT;
  for (const share of SHARES) {
    const before = { canary: [] as number[], baseline: [] as number[] };
    const now = { canary: Array(32).fill(0), baseline: Array(32).fill(0) };
    for (let look = 0; look < LOOKS; look++) {
      const [from, to] = [look, look + 1].map((at) => Math.floor((at * count) / LOOKS));
      for (const { bucket, rank } of users.slice(from, to)) {
        now[bucket < share * misrouted ? 'canary' : 'baseline'][rank]++;
      }
      const level = heldFrom(users.slice(0, to), held);
      const fresh = (arm: 'canary' | 'baseline') => newAt(level, now[arm], before[arm]);
      const units = { canary: fresh('canary'), baseline: fresh('baseline') };
      split = addSplit(split, share, units, SHARES.length);
      Object.assign(before, structuredClone(now));
    }
  }
  return split.greatest >= Math.log(1 / ALPHA);
}

function heldFrom(users: readonly { readonly rank: number }[], max: number): number {
  let level = 0;
  while (users.filter(({ rank }) => rank >= level).length > max) level++;
  return level;
}

const share = (users: Users, runs: number) => {
  let found = 0;
  for (let run = 0; run < runs; run++) if (broken(users, sfc32(20_261_121, run))) found++;
  return found / runs;
};

describe('the split of different users', () => {
  it.each([
    { count: 400, held: 512, misrouted: 1 },
    { count: 3_000, held: 512, misrouted: 1 },
  ])('is seldom called broken where it is sound: %o', (users) => {
    const runs = 1_500;
    const found = share(users, runs);
    expect(clopperPearson(found * runs, runs).low).toBeLessThanOrEqual(ALPHA);
    expect(found).toBeLessThanOrEqual(0.003);
  });

  it('is called broken where 5 % are routed as 10 %, by the 512 users whom a process holds', () => {
    expect(share({ count: 1_500, held: 512, misrouted: 2 }, 200)).toBeGreaterThan(0.99);
  });
});
