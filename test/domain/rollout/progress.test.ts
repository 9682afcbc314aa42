import { describe, expect, it } from 'vitest';
import {
  continuedBy,
  endedAs,
  stepOf,
  withLeave,
  withLook,
  withoutQuestion,
  withPause,
  withQuestion,
  withStep,
} from '#domain/rollout/progress.ts';
import { inStep, lastLook, sampleRollout } from './sample-rollout.ts';

const LATER = '2027-01-16T00:00:00.000Z';
const asked = { at: LATER, reason: 'late' };

describe('a rollout', () => {
  it('is in the step that began last', () => {
    expect(stepOf(sampleRollout())).toBe(0);
    expect(stepOf(inStep(3))).toBe(3);
  });

  it('keeps of a look what the next one needs, and what people want to know', () => {
    const record = sampleRollout();
    const state = { ...record.state, look: 7, step: 2 };
    const counted = { '4': { traffic: {}, outcomes: {} } };
    const looked = { state, counted, outcome: 'PASS', checks: [], nextSeconds: 31 } as const;
    expect(withLook(record, looked, LATER)).toEqual({
      ...record,
      state,
      counted,
      last: { number: 7, at: LATER, step: 2, outcome: 'PASS', checks: [], nextSeconds: 31 },
      updatedAt: LATER,
    });
  });

  it('is looked at again soon after a step begins, and asked nothing more about the one before', () => {
    const record = inStep(1, { asked, last: { ...lastLook('PASS', 1), nextSeconds: 600 } });
    const next = withStep(record, { step: 2, generation: 9, nextSeconds: 20 }, LATER);
    expect(next.steps.at(-1)).toEqual({ step: 2, generation: 9, at: LATER });
    expect(next.last).toMatchObject({ outcome: 'PASS', nextSeconds: 20 });
    expect(next).not.toHaveProperty('asked');
  });

  it('keeps a question until it is answered', () => {
    const question = withQuestion(sampleRollout(), { reason: 'late' }, LATER);
    expect(question.asked).toEqual(asked);
    expect(withQuestion(question, { reason: 'later still' }, LATER)).toBe(question);
    expect(withLeave(question, 1, LATER)).toMatchObject({ allowedStep: 1 });
    expect(withLeave(question, 1, LATER)).not.toHaveProperty('asked');
    expect(withLeave(question, 1, LATER)).not.toHaveProperty('despite');
  });

  it('is asked again about another block, and gets leave despite the one that was asked about', () => {
    const block = { since: LATER, by: 'errors (page)' };
    const question = withQuestion(sampleRollout({ asked }), { reason: 'blocked', block }, LATER);
    expect(question.asked).toEqual({ at: LATER, reason: 'blocked', block });
    expect(withQuestion(question, { reason: 'blocked', block }, 'later')).toBe(question);
    const joined = { since: '2027-01-17T00:00:00.000Z', by: 'errors (page), latency (page)' };
    const again = withQuestion(question, { reason: 'more', block: joined }, LATER);
    expect(withLeave(question, 5, LATER).despite).toEqual(block);
    expect(withLeave(again, 5, LATER).despite).toEqual(joined);
  });

  it('is asked again once the block has ended that it was asked about, and leave covers none then', () => {
    const block = { since: LATER, by: 'errors (page)' };
    const before = sampleRollout({ asked: { ...asked, block } });
    const question = withQuestion(before, { reason: 'end them' }, LATER);
    expect(question.asked).toEqual({ at: LATER, reason: 'end them' });
    expect(withLeave(question, 5, LATER)).not.toHaveProperty('despite');
  });

  it('has no question any more once it is taken back, and all else as it was', () => {
    const record = sampleRollout();
    expect(withoutQuestion({ ...record, asked }, LATER)).toEqual({ ...record, updatedAt: LATER });
  });

  it('keeps the block that leave covers while leave is given for something else', () => {
    const despite = { since: LATER, by: 'errors (page)' };
    expect(withLeave(sampleRollout({ asked, despite }), 6, LATER).despite).toEqual(despite);
  });

  it('is paused, resumed and continued, and nothing else', () => {
    const record = sampleRollout();
    const paused = withPause(record, true, LATER);
    expect(paused).toEqual({ ...record, paused: true, updatedAt: LATER });
    expect(withPause(paused, false, LATER)).toEqual({ ...record, updatedAt: LATER });
    expect(continuedBy(record, 'arn:2', LATER)).toEqual({
      ...record,
      execution: 'arn:2',
      updatedAt: LATER,
    });
  });

  it('that has ended says by whom and why, and takes little room', () => {
    const counted = { '4': { traffic: {}, outcomes: {} } };
    const ending = { status: 'ABORTED', by: 'mia', reason: 'no' } as const;
    const ended = endedAs(sampleRollout({ asked, counted }), ending, LATER);
    expect(ended).toMatchObject({
      status: 'ABORTED',
      counted: {},
      ended: { at: LATER, by: 'mia', reason: 'no' },
    });
    expect(ended).not.toHaveProperty('asked');
  });
});
