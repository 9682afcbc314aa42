import { describe, expect, it } from 'vitest';
import { planOutputs } from '#domain/gates/performance/output-roles.ts';
import type { OutputSpec } from '#domain/registry/io-schema.ts';

const schema = (...outputs: OutputSpec[]) => ({
  inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [-1, 3] }],
  outputs,
});
const output = (name: string, more: Partial<OutputSpec> = {}): OutputSpec => ({
  name,
  datatype: 'FP32',
  shape: [-1, 2],
  ...more,
});
const label = output('label', { datatype: 'INT64', shape: [-1] });

describe('planOutputs', () => {
  it('follows declared roles, whatever else the model gives', () => {
    const plan = planOutputs(
      schema(
        output('embedding'),
        output('said', { datatype: 'BYTES', shape: [-1], role: 'label' }),
        output('p', { role: 'probabilities', labels: ['no', 'yes'] }),
      ),
      'binary-classification',
    );
    expect(plan).toEqual({
      ok: true,
      value: {
        kind: 'classes',
        classes: ['no', 'yes'],
        label: { output: 'said', by: 'text' },
        probabilities: { output: 'p' },
      },
    });
  });

  it('guesses the only label and the only scores, and counts classes by their width', () => {
    expect(
      planOutputs(schema(label, output('p', { shape: [-1, 3] })), 'multiclass-classification'),
    ).toMatchObject({
      value: {
        classes: ['0', '1', '2'],
        label: { output: 'label', by: 'text' },
        probabilities: { output: 'p' },
      },
    });
  });

  it('does not add a guess to a declared role', () => {
    const plan = planOutputs(
      schema(label, output('p', { role: 'probabilities' })),
      'binary-classification',
    );
    expect(plan).toEqual({
      ok: true,
      value: { kind: 'classes', classes: ['0', '1'], probabilities: { output: 'p' } },
    });
  });

  it('prefers the scores that declare labels', () => {
    const plan = planOutputs(
      schema(output('logits'), output('p', { labels: ['a', 'b'] })),
      'binary-classification',
    );
    expect(plan).toMatchObject({ value: { probabilities: { output: 'p' }, classes: ['a', 'b'] } });
  });

  it('reads an integer label as an index where the labels are words', () => {
    const plan = planOutputs(schema({ ...label, labels: ['cat', 'dog'] }), 'binary-classification');
    expect(plan).toMatchObject({ value: { label: { by: 'index' } } });
  });

  it('reads a regression from the declared value, or from the only number', () => {
    const declared = schema(output('bounds'), output('y', { role: 'value' }));
    expect(planOutputs(declared, 'regression')).toMatchObject({ value: { output: 'y' } });
    const only = schema(label, output('y', { shape: [-1, 1] }));
    expect(planOutputs(only, 'regression')).toMatchObject({ value: { output: 'y' } });
  });

  it.each([
    [
      'two undeclared scores',
      schema(output('p'), output('q')),
      'binary-classification',
      'p (FP32), q (FP32)',
    ],
    ['two undeclared values', schema(output('p'), output('q')), 'regression', "role 'value'"],
    [
      'two declared labels',
      schema(output('a', { role: 'label' }), output('b', { role: 'label' })),
      'binary-classification',
      "role 'label' on one",
    ],
    [
      'three labels of a binary task',
      schema(output('p', { labels: ['a', 'b', 'c'] })),
      'binary-classification',
      '3 labels',
    ],
    ['classes of unknown number', schema({ ...label }), 'multiclass-classification', '0 labels'],
    [
      'a label declared twice',
      schema(output('p', { labels: ['a', 'a'] })),
      'binary-classification',
      'twice',
    ],
    [
      'labels that disagree',
      schema({ ...label, labels: ['a', 'b'] }, output('p', { labels: ['b', 'a'] })),
      'binary-classification',
      'different labels',
    ],
  ] as const)('is inconclusive about %s', (_, io, task, message) => {
    expect(planOutputs(io as ReturnType<typeof schema>, task)).toEqual({
      ok: false,
      verdict: 'inconclusive',
      reason: expect.stringContaining(message),
    });
  });
});
