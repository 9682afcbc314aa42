import { describe, expect, it } from 'vitest';
import { judgeSchema, judgeUnreadable, judgeVersion } from '#domain/gates/schema.ts';
import { type Check, worst } from '#domain/gates/verdict.ts';
import { FLEET_OPSET } from '#domain/registry/bump.ts';
import type { InputSpec, IoSchema, OutputSpec } from '#domain/registry/io-schema.ts';
import { ioSchemaOf } from '#domain/registry/onnx/io-schema-of.ts';
import { OnnxError } from '#domain/registry/onnx/onnx-error.ts';
import { metadataOf } from '../registry/onnx/fixture.ts';

const read = ioSchemaOf(await metadataOf('linear'));
const declared: IoSchema = {
  ...read,
  inputs: read.inputs.map((input) => ({
    ...input,
    features: ['sepal length', 'sepal width', 'petal length', 'petal width'],
    domain: { min: 0 },
  })),
  outputs: read.outputs.map((output) =>
    output.name === 'probabilities'
      ? { ...output, role: 'probabilities', labels: ['setosa', 'versicolor', 'virginica'] }
      : { ...output, role: 'label' },
  ),
};
const withInput = (change: Partial<InputSpec>): IoSchema => ({
  ...declared,
  inputs: declared.inputs.map((input) => ({ ...input, ...change })),
});
const withOutput = (name: string, change: Partial<OutputSpec>): IoSchema => ({
  ...declared,
  outputs: declared.outputs.map((output) =>
    output.name === name ? { ...output, ...change } : output,
  ),
});
const failing = (checks: readonly Check[]): Check[] =>
  checks.filter(({ verdict }) => verdict !== 'pass');

it('passes a manifest that says what the model says, check by check', () => {
  const checks = judgeSchema(declared, read);
  expect(failing(checks)).toEqual([]);
  expect(checks.map(({ id, where }) => `${id} ${where}`)).toEqual([
    'input-names io.inputs',
    'output-names io.outputs',
    'datatype io.inputs[0].datatype',
    'shape io.inputs[0].shape',
    'datatype io.outputs[0].datatype',
    'shape io.outputs[0].shape',
    'datatype io.outputs[1].datatype',
    'shape io.outputs[1].shape',
    'optional-input io.inputs[0].optional',
    'feature-count io.inputs[0].features',
    'label-count io.outputs[1].labels',
    'opset io.opset',
    'fleet-opset io.opset',
  ]);
});

describe('fails a manifest that', () => {
  it.each<[what: string, manifest: IoSchema, id: string, message: string]>([
    [
      'names another input',
      withInput({ name: 'rows' }),
      'input-names',
      'the model lacks [rows] and has undeclared [X]; declare in the manifest',
    ],
    [
      'leaves an output out',
      { ...declared, outputs: declared.outputs.slice(0, 1) },
      'output-names',
      'the model lacks [] and has undeclared [probabilities]',
    ],
    [
      'gives another datatype',
      withInput({ datatype: 'FP64' }),
      'datatype',
      '"X" is "FP32" in the model, the manifest declares "FP64"',
    ],
    [
      'fixes a dimension that the model leaves open',
      withInput({ shape: [1, 4] }),
      'shape',
      '"X" is [-1,4] in the model, the manifest declares [1,4]',
    ],
    [
      'opens a dimension that the model fixes',
      withOutput('probabilities', { shape: [-1, -1] }),
      'shape',
      '"probabilities" is [-1,3] in the model, the manifest declares [-1,-1]',
    ],
    [
      'calls a required input optional',
      withInput({ optional: true }),
      'optional-input',
      '"X" is false in the model, the manifest declares true',
    ],
    [
      'lists one feature too few',
      withInput({ features: ['a', 'b', 'c'] }),
      'feature-count',
      '"X" has 4 columns for 3 features; list exactly 4 features in the manifest',
    ],
    [
      'lists one label too many',
      withOutput('probabilities', { labels: ['a', 'b', 'c', 'd'] }),
      'label-count',
      '"probabilities" has 3 columns for 4 labels; list exactly 3 labels',
    ],
    [
      'gives another opset',
      { ...declared, opset: 20 },
      'opset',
      'the model uses opset 21, the manifest declares 20',
    ],
  ])('%s', (_, manifest, id, message) => {
    const [check, ...others] = failing(judgeSchema(manifest, read));
    expect(check).toMatchObject({ id, verdict: 'fail' });
    expect(check?.message).toContain(message);
    expect(others).toEqual([]);
  });
});

it('reports every difference, not only the first', () => {
  const manifest = { ...withInput({ datatype: 'FP64', shape: [-1, 5] }), opset: 3 };
  expect(failing(judgeSchema(manifest, read)).map(({ id }) => id)).toEqual([
    'datatype',
    'shape',
    'opset',
  ]);
});

it('compares optional inputs with the initializers of the graph', async () => {
  const model = ioSchemaOf(await metadataOf('optional-input'));
  expect(failing(judgeSchema(model, model))).toEqual([]);
  const required = {
    ...model,
    inputs: model.inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
  };
  expect(failing(judgeSchema(required, model))).toMatchObject([
    { id: 'optional-input', where: 'io.inputs[1].optional', observed: true, threshold: false },
  ]);
});

it('cannot decide on features when the model leaves their number open', () => {
  const open = { ...read, inputs: read.inputs.map((spec) => ({ ...spec, shape: [-1, -1] })) };
  const checks = judgeSchema(withInput({ shape: [-1, -1] }), open);
  expect(failing(checks)).toMatchObject([
    {
      id: 'feature-count',
      verdict: 'inconclusive',
      message:
        '"X" has a dynamic number of columns for 4 features; export the model with a fixed last dimension',
    },
  ]);
  expect(worst(checks.map(({ verdict }) => verdict))).toBe('inconclusive');
});

it('takes the opset of the model when the manifest names none', () => {
  const { opset: _, ...silent } = declared;
  expect(failing(judgeSchema(silent, read))).toEqual([]);
});

it("admits the fleet's newest opset and refuses the next", () => {
  const at = (opset: number) => failing(judgeSchema({ ...declared, opset }, { ...read, opset }));
  expect(at(FLEET_OPSET)).toEqual([]);
  expect(at(FLEET_OPSET + 1)).toMatchObject([
    { id: 'fleet-opset', observed: FLEET_OPSET + 1, threshold: FLEET_OPSET },
  ]);
});

it('finds required features among inputs and their columns, and names the missing', () => {
  const rules = { requiredFeatures: ['X', 'petal width', 'colour'] };
  expect(failing(judgeSchema(declared, read, rules))).toMatchObject([
    {
      id: 'required-features',
      verdict: 'fail',
      observed: ['X', 'petal width'],
      message: expect.stringContaining('required features [colour] are no inputs'),
    },
  ]);
  const met = judgeSchema(declared, read, { requiredFeatures: ['X', 'petal width'] });
  expect(failing(met)).toEqual([]);
  expect(met.at(-1)?.id).toBe('required-features');
});

describe('judgeVersion', () => {
  const computed = { bump: 'minor', reasons: ['minor: output "score" was appended'] } as const;

  it('passes the lowest version that the change calls for', () => {
    expect(judgeVersion('1.4.2', '1.5.0', computed)).toEqual({
      id: 'semver',
      verdict: 'pass',
      observed: { parent: '1.4.2', declared: '1.5.0' },
      threshold: { bump: 'minor', needsPerson: false },
      message: '1.5.0 is high enough: minor: output "score" was appended',
      where: 'version',
    });
  });

  it('fails a lower one, saying what changed, what is lowest and what to do', () => {
    const { verdict, message } = judgeVersion('1.4.2', '1.4.3', computed);
    expect(verdict).toBe('fail');
    expect(message).toBe(
      'version: got "1.4.3" after 1.4.2, expected 1.5.0 or higher, because minor: output "score" was appended; declare 1.5.0, or give "bump": "auto" instead of a version',
    );
  });
});

it.each([
  ['truncated', 'fail'],
  ['unsupported', 'fail'],
  ['over-limit', 'inconclusive'],
] as const)('a file that is %s gives %s', (problem, verdict) => {
  const check = judgeUnreadable(new OnnxError(problem, 'why'), 'model.onnx');
  expect(check).toEqual({
    id: 'readable',
    verdict,
    observed: problem,
    message: 'why',
    where: 'model.onnx',
  });
});
