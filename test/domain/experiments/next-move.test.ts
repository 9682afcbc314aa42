import { describe, expect, it } from 'vitest';
import { isCarried, isRunning, nextMove } from '#domain/experiments/next-move.ts';
import { kill } from '#domain/serving/routing/kill.ts';
import { counters, ones, served } from './counts.ts';
import { twoTreatments } from './sample-plan.ts';
import { carrying, moment, planned, quietRoute, running, scorePlan } from './sample-record.ts';

const better = {
  2: counters(
    { bold: served(2000), control: served(18_000) },
    { bold: ones(2000, 1200), control: ones(18_000, 9000) },
  ),
};
const harming = { 2: counters({ bold: served(1000, 100), control: served(9000, 90) }) };
const plan = scorePlan();

describe('the next move of an experiment', () => {
  it('is to wait, and says what is lacking', () => {
    const { state, last, weighing } = nextMove(running(), carrying(), better, moment(1));
    expect(state.status).toBe('RUNNING');
    expect(last).toMatchObject({ at: moment(1).iso, missing: ['24 h, got 1.0 h'] });
    expect(weighing).toBeUndefined();
  });

  it('is to conclude with the winner', () => {
    const { state, last } = nextMove(running(), carrying(), better, moment(24));
    expect(state).toMatchObject({ status: 'CONCLUDED', outcome: 'winner', winner: 'bold' });
    expect(last.missing).toEqual([]);
  });

  it('is to abort where the only treatment does harm', () => {
    const { state } = nextMove(running(), carrying(), harming, moment(1));
    expect(state).toMatchObject({ status: 'ABORTED', reason: 'guardrail' });
  });

  it('is to give what a treatment that does harm had to the control', () => {
    const two = scorePlan({ treatments: twoTreatments });
    const one = {
      2: counters({ bold: served(900, 90), pale: served(900, 9), control: served(7200, 72) }),
    };
    const { state, weighing } = nextMove(running(two), carrying(two), one, moment(1));
    expect(state).toMatchObject({ status: 'RUNNING', vetoed: ['bold'] });
    expect(weighing).toMatchObject({
      batch: 1,
      generation: 3,
      weights: { bold: 0, pale: 0.1, control: 0.9 },
    });
    const veto = running(two, { state, weighing: weighing as never });
    expect(nextMove(veto, carrying(two), one, moment(2)).weighing).toBeUndefined();
  });

  it('is to weigh a bandit anew when a batch is due, the same for whoever asks', () => {
    const bandit = scorePlan({
      allocation: { kind: 'thompson', floor: 0.05, batchMinutes: 10 },
      metric: { id: 'score', kind: 'events', better: 'higher' },
    });
    const even = {
      2: counters(
        { bold: served(2000), control: served(2000) },
        { bold: ones(2000, 240), control: ones(2000, 160) },
      ),
    };
    const ask = (hours: number) =>
      nextMove(running(bandit), carrying(bandit), even, moment(hours)).weighing;
    expect(ask(9 / 60)).toBeUndefined();
    const due = ask(10 / 60);
    expect(due).toEqual(ask(10 / 60));
    expect(due?.weights.bold).toBeGreaterThan(0.9);
    expect(due?.seed).not.toBe(running(bandit).weighing.seed);
  });

  it('is to end what a kill has ended, with what was seen until then', () => {
    const target = plan.treatments[0]?.target;
    const asked = { digest: target?.digest as never, seenGeneration: 2, quarantineUntil: 0 };
    const killed = kill(carrying(), asked, moment(1));
    if (!killed.ok) throw new Error(killed.refusal.message);
    const { state, last } = nextMove(running(), killed.route, better, moment(24));
    expect(state).toMatchObject({ status: 'ABORTED', reason: 'killed' });
    expect(last.evidence.arms[0]).toMatchObject({ name: 'bold', units: 2000 });
  });

  it('is to end what a person has asked to end, whatever it has shown', () => {
    const stop = { at: moment(3).iso, by: 'ben', reason: 'enough' };
    const { state } = nextMove(running(plan, { stop }), carrying(), better, moment(24));
    expect(state).toMatchObject({ status: 'ABORTED', reason: 'person' });
  });
});

it('an experiment runs once the route has begun it, and is carried until the route drops it', () => {
  expect(isRunning(planned())).toBe(false);
  expect(isRunning(undefined)).toBe(false);
  expect(isRunning(running())).toBe(true);
  expect(isCarried(carrying(), running())).toBe(true);
  expect(isCarried(quietRoute(), running())).toBe(false);
  expect(isCarried({ ...carrying(), killEpoch: 1 }, running())).toBe(false);
});
