import { describe, expect, it } from 'vitest';
import { judgeLatency } from '#domain/gates/performance/judge-latency.ts';
import { DEFAULT_PERFORMANCE_POLICY as policy } from '#domain/gates/performance/policy.ts';
import { measureLatency } from '../../../lambdas/onnx/measure-latency.ts';
import { openSession } from '../../../lambdas/onnx/session.ts';
import { fixture } from './fixture.ts';

/** Two models on a clock of their own, which only their calls move; `noise` hits both by time. */
function stage(candidateMs: number, baselineMs: number, noise: (time: number) => number = () => 1) {
  let time = 0;
  const log: string[] = [];
  const model = (name: string, ms: number) => ({
    name,
    run: async () => {
      log.push(name);
      time += ms * noise(time);
    },
  });
  return {
    log,
    now: () => time,
    models: [model('candidate', candidateMs), model('baseline', baselineMs)] as const,
  };
}

describe('measureLatency', () => {
  it('times both models in turns, swapping who goes first', async () => {
    const { models, now, log } = stage(2, 1);
    await measureLatency(models, { seed: 1, now, decided: () => true });
    const blocks = log
      .slice(4)
      .join(' ')
      .match(/(candidate ?){20}|(baseline ?){20}/g);
    expect(blocks?.slice(0, 1)).toEqual([`${'candidate '.repeat(20)}`]);
    // Candidate, baseline twice, candidate twice, …: the pairs of equal neighbours are the swaps.
    expect(log.slice(4 + 20, 4 + 60).every((name) => name === 'baseline')).toBe(true);
    expect(log.slice(4 + 60, 4 + 100).every((name) => name === 'candidate')).toBe(true);
    expect(log.filter((name) => name === 'candidate')).toHaveLength(log.length / 2);
  });

  it('finds the ratio through a machine that slows down and recovers', async () => {
    const { models, now } = stage(13, 10, (time) => (Math.floor(time / 5000) % 4 === 1 ? 3 : 1));
    const measured = await measureLatency(models, { seed: 1, now, budgetMs: 60_000 });
    expect(measured.ok && measured.value.ratio?.ratio).toBeCloseTo(1.3, 1);
  });

  it('stops at the first look that decides, and asks again only when calls have doubled', async () => {
    const looks: number[] = [];
    const { models, now } = stage(1, 1);
    const measured = await measureLatency(models, {
      seed: 1,
      now,
      decided: ({ candidate }) => looks.push(candidate.calls) === 3,
    });
    expect(looks).toEqual([400, 800, 1600]);
    expect(measured).toMatchObject({ ok: true, value: { candidate: { calls: 1600, p95Ms: 1 } } });
  });

  it('ends undecided after 12,800 calls or when the budget is spent', async () => {
    const fast = stage(0.01, 0.01);
    const all = await measureLatency(fast.models, { seed: 1, now: fast.now });
    expect(all).toMatchObject({ value: { candidate: { calls: 12_800 } } });
    const slow = stage(10, 10);
    await measureLatency(slow.models, { seed: 1, now: slow.now, budgetMs: 2_000 });
    expect(slow.now()).toBeLessThanOrEqual(2_000 + 2 * 20 * 10);
  });

  it('makes blocks smaller for slow models, so that many fit into the budget', async () => {
    const { models, now } = stage(200, 200);
    const measured = await measureLatency(models, { seed: 1, now, budgetMs: 20_000 });
    expect(measured).toMatchObject({ ok: true, value: { candidate: { calls: 48 } } });
  });

  it('is inconclusive when too few calls fit into the budget', async () => {
    const { models, now } = stage(2_000, 2_000);
    expect(await measureLatency(models, { seed: 1, now, budgetMs: 20_000 })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/^\d calls fit into 20000 ms; expected at least 40/),
    });
  });

  it('measures a first version alone', async () => {
    const { models, now } = stage(3, 1);
    const measured = await measureLatency([models[0]], { seed: 1, now, decided: () => true });
    expect(measured).toEqual({
      ok: true,
      value: { candidate: { calls: 400, p50Ms: 3, p95Ms: 3, p99Ms: 3 } },
    });
  });

  it('fails a candidate that refuses a row, and does not blame it for its baseline', async () => {
    const { models, now } = stage(1, 1);
    const broken = { name: 'broken', run: () => Promise.reject(new Error('bad shape')) };
    expect(await measureLatency([broken, models[1]], { seed: 1, now })).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('bad shape'),
    });
    expect(await measureLatency([models[0], broken], { seed: 1, now })).toMatchObject({
      verdict: 'inconclusive',
    });
  });

  it('never fails a model against itself, on a real session', async () => {
    const opened = await openSession(fixture('logistic'));
    if (!opened.ok) throw new Error(opened.reason);
    const feed = {
      name: 'x',
      datatype: 'FP32',
      rowShape: [3],
      width: 3,
      data: Float32Array.of(1, 2, 3),
    } as const;
    const run = opened.value.prepare([feed], ['p']);
    const measured = await measureLatency(
      [
        { name: 'candidate', run },
        { name: 'baseline', run },
      ],
      {
        seed: 5,
        budgetMs: 3_000,
        decided: (latency) =>
          judgeLatency({ ok: true, value: latency }, false, policy).verdict !== 'inconclusive',
      },
    );
    expect(measured.ok).toBe(true);
    expect(judgeLatency(measured, false, policy).verdict).not.toBe('fail');
  });
});
