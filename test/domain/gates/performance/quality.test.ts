import { describe, expect, it } from 'vitest';
import type { OutputPlan } from '#domain/gates/performance/output-roles.ts';
import { type OutputColumn, readPredictions } from '#domain/gates/performance/predictions.ts';
import { measureQuality } from '#domain/gates/performance/quality.ts';

const numbers = (name: string, width: number, ...values: number[]): OutputColumn => ({
  name,
  width,
  values: Float64Array.from(values),
});
const scores: OutputPlan = {
  kind: 'classes',
  classes: ['no', 'yes'],
  probabilities: { output: 'p' },
};
const labelled = (by: 'index' | 'text', classes = ['no', 'yes']): OutputPlan => ({
  kind: 'classes',
  classes,
  label: { output: 'label', by },
});
const predicted = (plan: OutputPlan, ...outputs: OutputColumn[]) => {
  const read = readPredictions(plan, outputs);
  return read.ok && read.value.kind === 'classes' ? [...read.value.predicted] : read;
};

describe('readPredictions', () => {
  it('takes a single score for the probability of the second class', () => {
    const read = readPredictions(scores, [numbers('p', 1, 0.25, 0.5, 0.75)]);
    expect(read).toMatchObject({
      value: {
        predicted: Int32Array.of(0, 0, 1),
        probabilities: Float64Array.of(0.75, 0.25, 0.5, 0.5, 0.25, 0.75),
      },
    });
  });

  it('takes the greatest of several scores, logits too, but calls only probabilities so', () => {
    const read = readPredictions(scores, [numbers('p', 2, -3, 4, 2, 1)]);
    expect(read).toMatchObject({
      value: {
        predicted: Int32Array.of(1, 0),
        uncalibrated: expect.stringContaining('row 1 has -3'),
      },
    });
    expect(read.ok && 'probabilities' in read.value).toBe(false);
    expect(readPredictions(scores, [numbers('p', 2, 0.9, 0.9)])).toMatchObject({
      value: { uncalibrated: expect.stringContaining('row 1 sums to 1.8') },
    });
  });

  it('is inconclusive about a single logit, whose threshold nobody knows', () => {
    expect(readPredictions(scores, [numbers('p', 1, 2.5)])).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('add a Sigmoid or Softmax, or declare a label'),
    });
  });

  it('reads labels as texts or as indexes, and knows none outside the declared ones', () => {
    const words: OutputColumn = { name: 'label', width: 1, values: ['yes', 'no', 'maybe'] };
    expect(predicted(labelled('text'), words)).toEqual([1, 0, -1]);
    expect(predicted(labelled('index'), numbers('label', 1, 1, 0, 2, -1, 0.5))).toEqual([
      1, 0, -1, -1, -1,
    ]);
    expect(predicted(labelled('text', ['1', '2']), numbers('label', 1, 2, 1, 0))).toEqual([
      1, 0, -1,
    ]);
  });

  it('prefers the label that the model itself decided on', () => {
    const plan: OutputPlan = { ...scores, label: { output: 'label', by: 'index' } } as OutputPlan;
    expect(predicted(plan, numbers('label', 1, 1), numbers('p', 1, 0.3))).toEqual([1]);
  });

  it.each([Number.NaN, Number.NEGATIVE_INFINITY])('fails a model that answers %s', (bad) => {
    expect(readPredictions(scores, [numbers('p', 2, 0.5, 0.5, 0.5, bad)])).toEqual({
      ok: false,
      verdict: 'fail',
      reason: expect.stringContaining(`output p is ${bad} at row 2`),
    });
  });

  it('fails a model whose answers are not as wide as its labels', () => {
    expect(readPredictions(scores, [numbers('p', 3, 0.2, 0.2, 0.6)])).toMatchObject({
      verdict: 'fail',
      reason: 'output p gave 3 numbers a row; expected 2 scores a row',
    });
    expect(readPredictions({ kind: 'values', output: 'y' }, [numbers('y', 2, 1, 2)])).toMatchObject(
      {
        verdict: 'fail',
      },
    );
    expect(readPredictions(labelled('text'), [])).toMatchObject({
      reason: 'output label gave no answer; expected one label a row',
    });
  });
});

describe('measureQuality', () => {
  const truth = { kind: 'classes', indexes: Int32Array.of(0, 1), classes: ['no', 'yes'] } as const;

  it('leaves out what a model without probabilities cannot tell', () => {
    const quality = measureQuality('binary-classification', truth, {
      kind: 'classes',
      predicted: Int32Array.of(0, 1),
      uncalibrated: 'labels only',
    });
    expect(quality).toEqual({
      ok: true,
      value: {
        task: 'binary-classification',
        rows: 2,
        accuracy: 1,
        precision: 1,
        recall: 1,
        f1: 1,
        uncalibrated: 'labels only',
      },
    });
  });

  it('measures everything a model with probabilities can tell', () => {
    const quality = measureQuality('binary-classification', truth, {
      kind: 'classes',
      predicted: Int32Array.of(0, 1),
      probabilities: Float64Array.of(0.75, 0.25, 0.25, 0.75),
    });
    expect(quality).toMatchObject({
      value: { accuracy: 1, rocAuc: 1, ece: 0.25, brier: 0.0625, logLoss: -Math.log(0.75) },
    });
  });

  it('measures a regression', () => {
    const quality = measureQuality(
      'regression',
      { kind: 'values', values: Float64Array.of(1, 3) },
      { kind: 'values', values: Float64Array.of(2, 2) },
    );
    expect(quality).toEqual({
      ok: true,
      value: { task: 'regression', rows: 2, rmse: 1, mae: 1, r2: 0 },
    });
  });

  it('is inconclusive about missing answers, no rows, or answers of another kind', () => {
    const none = { kind: 'classes', predicted: new Int32Array() } as const;
    const empty = { ...truth, indexes: new Int32Array() };
    const values = { kind: 'values', values: Float64Array.of(1, 2) } as const;
    for (const quality of [
      measureQuality('binary-classification', truth, none),
      measureQuality('binary-classification', empty, none),
      measureQuality('binary-classification', truth, values),
      measureQuality('regression', truth, values),
    ]) {
      expect(quality).toMatchObject({ ok: false, verdict: 'inconclusive' });
    }
  });
});
