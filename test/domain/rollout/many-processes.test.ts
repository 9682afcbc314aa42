import { describe, expect, it } from 'vitest';
import { clopperPearson } from '../../../bench/simulate/clopper-pearson.ts';
import { CROWD, crowded } from '../../../bench/simulate/processes.ts';

const SEED = 20_261_121;
const ROLLOUTS = 25;
const SMALL = { ...CROWD, users: 1_000, requests: 1_500, looks: 16 };

async function ends(world: Partial<typeof CROWD>): Promise<readonly string[]> {
  const all: string[] = [];
  for (let run = 0; run < ROLLOUTS; run++) {
    all.push((await crowded({ ...SMALL, ...world }, SEED, run)).end);
  }
  return all;
}
const count = (all: readonly string[], end: string) => all.filter((one) => one === end).length;

// `npx tsx bench/simulate/processes.ts` has more of each, and other worlds.
describe('rollouts whose users meet ten processes, and of whom a few fail again and again', () => {
  it('are seldom rolled back, and never for their split, where each user counts once', async () => {
    const all = await ends({});
    expect(clopperPearson(count(all, 'FAIL'), ROLLOUTS).low).toBeLessThanOrEqual(0.05);
    expect(count(all, 'ERROR')).toBe(0);
  });

  it('go wrong where a user counts once in each process', async () => {
    const all = await ends({ distinct: false });
    expect(count(all, 'FAIL') + count(all, 'ERROR')).toBeGreaterThanOrEqual(4);
  });

  it('are found to be shared out wrongly where 5 % are routed as 10 %', async () => {
    expect(count(await ends({ misrouted: 2, looks: 4 }), 'ERROR')).toBeGreaterThan(ROLLOUTS * 0.9);
  });
});
