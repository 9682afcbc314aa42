import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOf } from '#domain/rollout/apply-look.ts';
import { lifeOf, type Move, nextMove, takesAll } from '#domain/rollout/next-move.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import { digestNo, NOW } from '../serving/routing/sample-route.ts';
import { inStep, lastLook, POLICY, sampleRollout, sampleTrial } from './sample-rollout.ts';

const HOUR_MS = 3_600_000;
const times = { now: NOW, stepBegan: NOW };
const afterHours = (hours: number) => ({ now: NOW, stepBegan: NOW - hours * HOUR_MS });
const LAST = POLICY.steps.length;

/** In a step, after a look at it that came out like this. */
const looked = (
  outcome: Parameters<typeof lastLook>[0],
  step = 1,
  changes: Partial<RolloutRecord> = {},
): RolloutRecord => inStep(step, { last: lastLook(outcome, step), ...changes });

const trialIn = (step: number) => sampleTrial(shareOf(step, POLICY));
const move = (record: RolloutRecord, step = 1, when = times): Move =>
  nextMove(record, trialIn(step), when);

describe('whether there is anything to judge', () => {
  const shadow = sampleRollout();

  it('there is while the route has the version where the record thinks it is', () => {
    expect(lifeOf(shadow, sampleTrial())).toEqual({ kind: 'live' });
    expect(lifeOf(inStep(3), trialIn(3))).toEqual({ kind: 'live' });
  });

  it.each(['PROMOTED', 'ROLLED_BACK', 'ABORTED', 'FAULTED'] as const)(
    'there is not once the rollout is %s, whatever the route says',
    (status) => {
      expect(lifeOf({ ...shadow, status }, sampleTrial())).toMatchObject({ kind: 'ended' });
    },
  );

  it.each([
    ['without a candidate', { ...sampleTrial(), candidate: undefined }],
    ['with another candidate', sampleTrial(0, { digest: digestNo(3) })],
    ['with the same candidate begun anew', sampleTrial(0, { since: 5 })],
    ['after a kill', { ...sampleTrial(), killEpoch: 1 }],
  ])('there is not %s, which the record does not know yet', (_, trial) => {
    expect(lifeOf(shadow, trial)).toMatchObject({ kind: 'withdrawn' });
  });

  it('there is not while the share is another than the step gives', () => {
    expect(lifeOf(inStep(2), sampleTrial(0.05))).toEqual({ kind: 'receding' });
    expect(lifeOf(inStep(2), sampleTrial(0))).toEqual({ kind: 'receding' });
  });
});

describe('the next move', () => {
  it('is to wait before the first look, and without evidence', () => {
    expect(move(inStep(1))).toEqual({ kind: 'wait' });
    expect(move(looked('INSUFFICIENT'))).toEqual({ kind: 'wait' });
  });

  it.each(POLICY.steps.map((percent, i) => [i, percent] as const))(
    'from step %i is to give %d %%',
    (step, percent) => {
      expect(move(looked('PASS', step), step)).toEqual({
        kind: 'ramp',
        step: step + 1,
        share: percent / 100,
      });
    },
  );

  it('from the last step is to promote', () => {
    expect(move(looked('PASS', LAST), LAST)).toEqual({ kind: 'promote' });
  });

  it('goes by no look at the step before', () => {
    expect(move(inStep(2, { last: lastLook('PASS', 1) }), 2)).toEqual({ kind: 'wait' });
    expect(move(inStep(LAST, { last: lastLook('PASS', LAST - 1) }), LAST).kind).toBe('wait');
  });

  it('is to roll back harm, by whatever look it was seen', () => {
    expect(move(looked('FAIL'))).toEqual({ kind: 'roll-back' });
    expect(move(inStep(2, { last: lastLook('FAIL', 1) }), 2)).toEqual({ kind: 'roll-back' });
    expect(move(looked('FAIL', 1, { paused: true, allowedStep: 2 }))).toEqual({
      kind: 'roll-back',
    });
  });

  it('is to wait while the lease has run out, while paused, or beside experiments', () => {
    const idle = sampleTrial(0.05, { leaseUntil: NOW });
    expect(nextMove(looked('PASS'), idle, times)).toEqual({ kind: 'wait' });
    expect(move(looked('PASS', 1, { paused: true }))).toEqual({ kind: 'wait' });
    const beside = { ...sampleTrial(), experiments: ['colour'] };
    expect(nextMove(looked('PASS', 0), beside, times)).toEqual({ kind: 'wait' });
  });
});

describe('a person', () => {
  it('lets the next step begin, whatever the look said but harm', () => {
    for (const outcome of ['INSUFFICIENT', 'ERROR', 'PASS'] as const) {
      expect(move(looked(outcome, 1, { allowedStep: 2 }))).toMatchObject({ kind: 'ramp', step: 2 });
    }
    expect(move(looked('ERROR', LAST, { allowedStep: LAST + 1 }), LAST).kind).toBe('promote');
  });

  it('does not let a step go by without a look of its own', () => {
    expect(move(inStep(1, { allowedStep: 2 }))).toEqual({ kind: 'wait' });
    const unseen = inStep(1, { last: lastLook('PASS', 0), allowedStep: 2 });
    expect(move(unseen)).toEqual({ kind: 'wait' });
  });

  it('gives leave for that step alone', () => {
    expect(move(looked('INSUFFICIENT', 2, { allowedStep: 2 }), 2)).toEqual({ kind: 'wait' });
    expect(move(looked('INSUFFICIENT', 1, { allowedStep: 3 }))).toEqual({ kind: 'wait' });
  });

  it('is asked when nothing can be judged, and when a step takes too long', () => {
    expect(move(looked('ERROR'))).toMatchObject({
      kind: 'ask',
      reason: expect.stringContaining('nothing can be judged'),
    });
    expect(move(looked('INSUFFICIENT'), 1, afterHours(23.9))).toEqual({ kind: 'wait' });
    expect(move(looked('INSUFFICIENT'), 1, afterHours(24))).toMatchObject({
      kind: 'ask',
      reason: expect.stringMatching(/^the step of 5 % has lasted 24 h without a decision/),
    });
    expect(move(sampleRollout(), 0, afterHours(30))).toMatchObject({
      reason: expect.stringMatching(
        /^the shadow has lasted 30 h .* no look has said anything yet$/,
      ),
    });
  });

  it('is told that experiments hold up a step that is done', () => {
    const beside = { ...sampleTrial(), experiments: ['colour'] };
    expect(nextMove(looked('PASS', 0), beside, afterHours(25))).toMatchObject({
      kind: 'ask',
      reason: expect.stringContaining('experiments run'),
    });
  });

  it('is not asked what was asked already, while paused, or soon after giving leave', () => {
    const asked = { at: '2026-01-01T00:00:00.000Z', reason: 'late' };
    expect(move(looked('ERROR', 1, { asked }), 1, afterHours(99))).toEqual({ kind: 'wait' });
    expect(move(looked('ERROR', 1, { paused: true }), 1, afterHours(99))).toEqual({ kind: 'wait' });
    const allowed = looked('ERROR', 1, { allowedStep: 1 });
    expect(move(allowed, 1, afterHours(23))).toEqual({ kind: 'wait' });
    expect(move(allowed, 1, afterHours(24))).toMatchObject({ kind: 'ask' });
  });
});

describe('a model that its monitoring blocks', () => {
  const block = { since: '2026-01-01T00:00:00.000Z', by: 'input-drift (page)' };
  const blocked = (record: RolloutRecord, step: number, when = times): Move =>
    nextMove(record, trialIn(step), when, block);

  it('has a person asked once the next step would give a version all traffic', () => {
    expect(blocked(looked('PASS', LAST - 1), LAST - 1)).toEqual({
      kind: 'ask',
      reason:
        'the step of 50 % is done, but since 2026-01-01T00:00:00.000Z promotions are blocked by input-drift (page)',
      block,
    });
    expect(blocked(looked('PASS', LAST), LAST)).toMatchObject({
      kind: 'ask',
      reason: expect.stringMatching(/^the step of 100 % is done, but since/),
    });
  });

  it('has its other steps go on', () => {
    for (let step = 0; step < LAST - 1; step++) {
      expect(blocked(looked('PASS', step), step)).toMatchObject({ kind: 'ramp', step: step + 1 });
    }
  });

  it('has each of the two steps begin by leave for it, despite this block', () => {
    const allowed = (step: number) =>
      looked('INSUFFICIENT', step, { allowedStep: step + 1, despite: block });
    expect(blocked(allowed(LAST - 1), LAST - 1)).toMatchObject({ kind: 'ramp', share: 1 });
    expect(blocked(allowed(LAST), LAST)).toEqual({ kind: 'promote' });
  });

  it('holds again where an alarm joined after leave was given, and says so', () => {
    const joined = { since: '2026-01-02T00:00:00.000Z', by: 'input-drift (page), errors (page)' };
    const allowed = looked('PASS', LAST - 1, { allowedStep: LAST, despite: block });
    expect(nextMove(allowed, trialIn(LAST - 1), times, joined)).toEqual({
      kind: 'ask',
      reason:
        'the step of 50 % is done, but since 2026-01-02T00:00:00.000Z promotions are blocked by input-drift (page), errors (page); leave was given for another block, since 2026-01-01T00:00:00.000Z by input-drift (page)',
      block: joined,
    });
  });

  it('is not lifted by leave for a step that was given about something else', () => {
    const allowed = looked('PASS', LAST - 1, { allowedStep: LAST });
    expect(blocked(allowed, LAST - 1)).toMatchObject({ kind: 'ask', block });
  });

  it('is in whatever is asked then, so that leave can cover it', () => {
    expect(blocked(looked('INSUFFICIENT', LAST), LAST, afterHours(24))).toMatchObject({
      kind: 'ask',
      reason: expect.stringMatching(/without a decision.*; besides, since .* are blocked/),
      block,
    });
  });

  it('has its version promoted by the leave that gave it all traffic, while the block is the same', () => {
    const despite = (since?: string) =>
      looked('PASS', LAST, { despite: { by: 'errors (critical)', ...(since && { since }) } });
    expect(blocked(despite(block.since), LAST)).toEqual({ kind: 'promote' });
    expect(blocked(despite('2025-12-31T00:00:00.000Z'), LAST).kind).toBe('ask');
    const unknown = { by: 'its state' };
    expect(nextMove(despite(), trialIn(LAST), times, unknown)).toMatchObject({
      ...{ kind: 'ask', reason: expect.stringContaining('since an unknown time') },
    });
    const unproven = looked('INSUFFICIENT', LAST, { despite: block });
    expect(blocked(unproven, LAST)).toEqual({ kind: 'wait' });
  });

  it('asks nobody before the evidence is there, twice, or while paused', () => {
    const asked = { at: '2026-01-01T00:00:00.000Z', reason: 'drift', block };
    expect(blocked(looked('INSUFFICIENT', LAST), LAST)).toEqual({ kind: 'wait' });
    expect(blocked(looked('PASS', LAST, { asked }), LAST)).toEqual({ kind: 'wait' });
    expect(blocked(looked('PASS', LAST, { paused: true }), LAST)).toEqual({ kind: 'wait' });
  });

  it('has a question asked again that named another block, or none, as older records have it', () => {
    const before = { at: '2025-12-31T00:00:00.000Z', reason: 'drift' };
    const earlier = { ...before, block: { ...block, since: before.at } };
    for (const asked of [before, earlier]) {
      const move = blocked(looked('PASS', LAST, { asked }), LAST);
      expect(move).toMatchObject({ kind: 'ask', block });
    }
  });

  it('that is so no more has a person asked about what holds the step back instead', () => {
    const asked = { at: '2026-01-01T00:00:00.000Z', reason: 'drift', block };
    const done = looked('PASS', LAST - 1, { asked });
    const beside = { ...trialIn(LAST - 1), experiments: ['colour'] };
    expect(nextMove(done, beside, afterHours(48))).toEqual({
      kind: 'ask',
      reason: 'the step of 50 % is done, but experiments run for 48 h already; end them',
    });
    expect(nextMove(done, beside, times)).toEqual({ kind: 'take-back-question' });
    expect(blocked(looked('INSUFFICIENT', LAST, { asked }), LAST)).toEqual({ kind: 'wait' });
    expect(move(looked('INSUFFICIENT', LAST, { asked }), LAST)).toEqual({
      kind: 'take-back-question',
    });
  });

  it('since an unknown time has a person asked once, and told what leave waits for', () => {
    const unknown = { by: 'input-drift (page)' };
    const done = looked('PASS', LAST - 1);
    const asks = nextMove(done, trialIn(LAST - 1), times, unknown);
    expect(asks).toEqual({
      kind: 'ask',
      reason:
        'the step of 50 % is done, but since an unknown time promotions are blocked by input-drift (page); leave can cover it once a check tells since when',
      block: unknown,
    });
    const asked = { at: '2026-01-01T00:00:00.000Z', reason: 'drift', block: unknown };
    expect(nextMove({ ...done, asked }, trialIn(LAST - 1), times, unknown)).toEqual({
      kind: 'wait',
    });
    expect(nextMove({ ...done, asked }, trialIn(LAST - 1), times, block)).toMatchObject({
      kind: 'ask',
      block,
    });
  });

  it('is still rolled back from', () => {
    expect(blocked(looked('FAIL', LAST), LAST)).toEqual({ kind: 'roll-back' });
  });

  it('goes on by itself once it is blocked no more', () => {
    const asked = { at: '2026-01-01T00:00:00.000Z', reason: 'drift' };
    expect(move(looked('PASS', LAST, { asked }), LAST)).toEqual({ kind: 'promote' });
  });
});

describe('whatever happened', () => {
  const anyRecord = fc
    .record({
      step: fc.integer({ min: 0, max: LAST }),
      outcome: fc.constantFrom('PASS', 'INSUFFICIENT', 'ERROR', 'FAIL', undefined),
      lookedIn: fc.integer({ min: 0, max: LAST }),
      paused: fc.boolean(),
      allowedStep: fc.option(fc.integer({ min: 0, max: LAST + 1 }), { nil: undefined }),
      status: fc.constantFrom('RUNNING', 'RUNNING', 'RUNNING', 'ABORTED' as const),
      asked: fc.constantFrom(
        undefined,
        {},
        { block: { since: '2026-01-01', by: 'drift' } },
        { block: { since: '2025-12-31', by: 'drift' } },
        { block: { by: 'drift' } },
      ),
      despite: fc.constantFrom('2026-01-01', '2025-12-31', undefined),
    })
    .map(({ step, outcome, lookedIn, allowedStep, asked, despite, ...fields }) =>
      inStep(step, {
        ...fields,
        ...(outcome && { last: lastLook(outcome, lookedIn) }),
        ...(allowedStep !== undefined && { allowedStep }),
        ...(asked && { asked: { at: '', reason: '', ...asked } }),
        ...(despite && { despite: { since: despite, by: 'drift' } }),
      } as Partial<RolloutRecord>),
    );
  const anyTrial = fc.record({
    killEpoch: fc.constantFrom(0, 0, 0, 1),
    experiments: fc.constantFrom([], [], ['colour']),
    candidate: fc.option(
      fc.record({
        digest: fc.constantFrom(digestNo(2), digestNo(2), digestNo(3)),
        epoch: fc.constant(0),
        since: fc.constantFrom(2, 2, 2, 3),
        share: fc.constantFrom(...[0, 1, 2, 3, 4, 5].map((step) => shareOf(step, POLICY))),
        leaseUntil: fc.constantFrom(NOW + 1, NOW + 60_000, NOW),
      }),
      { nil: undefined, freq: 9 },
    ),
  });
  const anyTimes = fc
    .integer({ min: 0, max: 50 })
    .map((hours) => ({ now: NOW, stepBegan: NOW - hours * HOUR_MS }));

  it('goes on only by proof of this step or leave for the next, live, leased and unpaused', () => {
    fc.assert(
      fc.property(anyRecord, anyTrial, anyTimes, (record, trial, when) => {
        const { kind, ...made } = nextMove(record, trial, when);
        if (kind !== 'ramp' && kind !== 'promote') return;
        const step = record.steps.length - 1;
        const { last, allowedStep } = record;
        expect(last?.step).toBe(step);
        expect(last?.outcome === 'PASS' || allowedStep === step + 1).toBe(true);
        expect(last?.outcome).not.toBe('FAIL');
        expect(record.paused).toBe(false);
        expect(lifeOf(record, trial).kind).toBe('live');
        expect(trial.candidate?.leaseUntil).toBeGreaterThan(NOW);
        if (kind === 'promote') expect(step).toBe(LAST);
        else expect(made).toEqual({ step: step + 1, share: shareOf(step + 1, POLICY) });
      }),
      { numRuns: 2000 },
    );
  });

  const anyBlock = fc.option(fc.constant({ since: '2026-01-01', by: 'drift' }), {
    nil: undefined,
  });

  it('gives no version of a blocked model all traffic without leave for it', () => {
    fc.assert(
      fc.property(anyRecord, anyTrial, anyTimes, (record, trial, when) => {
        const made = nextMove(record, trial, when, { since: '2026-01-01', by: 'drift' });
        const all = made.kind === 'promote' || (made.kind === 'ramp' && made.share === 1);
        if (all) expect(record.despite?.since).toBe('2026-01-01');
        expect(made.kind === 'promote' && !takesAll(record)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps no question that hides another: what stands names the block that it would ask about', () => {
    fc.assert(
      fc.property(anyRecord, anyTrial, anyTimes, anyBlock, (record, trial, when, block) => {
        const { asked, ...unasked } = record;
        const anew = nextMove(unasked, trial, when, block);
        const made = nextMove(record, trial, when, block);
        if (made.kind === 'take-back-question') {
          expect(anew).toEqual({ kind: 'wait' });
          const isLifted = record.despite?.since === block?.since;
          const holds = block && takesAll(record) && !isLifted;
          expect(asked?.block?.since).not.toBe(holds ? block.since : 'nothing holds it');
        } else if (anew.kind !== 'ask' || made.kind !== 'wait') expect(made).toEqual(anew);
        else expect(asked?.block?.since).toBe(anew.block?.since);
      }),
      { numRuns: 2000 },
    );
  });

  it('rolls back all harm that has not ended otherwise, blocked or not', () => {
    fc.assert(
      fc.property(anyRecord, anyTrial, anyTimes, anyBlock, (record, trial, when, block) => {
        const harmed = record.last?.outcome === 'FAIL' && lifeOf(record, trial).kind === 'live';
        expect(nextMove(record, trial, when, block).kind === 'roll-back').toBe(harmed);
      }),
      { numRuns: 2000 },
    );
  });

  it('does nothing to what has ended', () => {
    fc.assert(
      fc.property(anyRecord, anyTrial, anyTimes, (record, trial, when) => {
        const ended = record.status !== 'RUNNING';
        expect(nextMove(record, trial, when).kind === 'ended').toBe(ended);
      }),
    );
  });
});
