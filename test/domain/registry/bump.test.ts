import fc from 'fast-check';
import gte from 'semver/functions/gte.js';
import { describe, expect, it, test } from 'vitest';
import {
  type ComputedBump,
  checkDeclared,
  computeBump,
  FLEET_OPSET,
  resolveVersion,
} from '#domain/registry/bump.ts';
import {
  DATATYPES,
  type InputSpec,
  type IoSchema,
  type OutputSpec,
} from '#domain/registry/io-schema.ts';
import type { Bump } from '#domain/registry/versions.ts';

const HASH = 'a'.repeat(64);
const parent: IoSchema = {
  inputs: [
    {
      name: 'x',
      datatype: 'FP32',
      shape: [-1, 3],
      features: ['age', 'fare', 'sex'],
      domain: { min: 0, max: 10 },
    },
    { name: 'port', datatype: 'BYTES', shape: [-1], domain: { values: ['C', 'Q'] } },
    { name: 'scale', datatype: 'FP32', shape: [1], optional: true },
  ],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1], role: 'label' },
    {
      name: 'scores',
      datatype: 'FP32',
      shape: [-1, 2],
      role: 'probabilities',
      labels: ['no', 'yes'],
    },
  ],
  opset: 21,
  semanticsHash: HASH,
};

const input = (name: string, change: Partial<InputSpec>): IoSchema => ({
  ...parent,
  inputs: parent.inputs.map((spec) => (spec.name === name ? { ...spec, ...change } : spec)),
});
const output = (name: string, change: Partial<OutputSpec>): IoSchema => ({
  ...parent,
  outputs: parent.outputs.map((spec) => (spec.name === name ? { ...spec, ...change } : spec)),
});
const without = <K extends string>(name: K, spec: object) =>
  Object.fromEntries(Object.entries(spec).filter(([key]) => key !== name));
const bare = (name: string, key: string): IoSchema => ({
  ...parent,
  inputs: parent.inputs.map((spec) =>
    spec.name === name ? without(key, spec) : spec,
  ) as InputSpec[],
  outputs: parent.outputs.map((spec) =>
    spec.name === name ? without(key, spec) : spec,
  ) as OutputSpec[],
});
const judged = (candidate: IoSchema, from: IoSchema = parent): ComputedBump =>
  computeBump(from, candidate, { algorithmChanged: false });

const extra: InputSpec = { name: 'extra', datatype: 'FP32', shape: [-1] };
const score: OutputSpec = { name: 'score', datatype: 'FP32', shape: [-1] };

describe('a change is major', () => {
  it.each<[what: string, candidate: IoSchema, reason: string]>([
    [
      'a required input is added',
      { ...parent, inputs: [...parent.inputs, extra] },
      'required input "extra" was added',
    ],
    [
      'an input is removed',
      { ...parent, inputs: parent.inputs.filter(({ name }) => name !== 'port') },
      'input "port" was removed',
    ],
    [
      'an optional input is removed',
      { ...parent, inputs: parent.inputs.filter(({ name }) => name !== 'scale') },
      'input "scale" was removed',
    ],
    [
      'an input is renamed',
      input('port', { name: 'harbour' }),
      'input "port" was renamed to "harbour"',
    ],
    [
      'an optional input becomes required',
      bare('scale', 'optional'),
      'input "scale" lost its default and is now required',
    ],
    [
      'features change places',
      input('x', { features: ['fare', 'age', 'sex'] }),
      'the order of the features of input "x" changed',
    ],
    [
      'a feature becomes another',
      input('x', { features: ['age', 'fare', 'class'] }),
      'the features of input "x" changed',
    ],
    [
      'features are no longer declared',
      bare('x', 'features'),
      'the features of input "x" are no longer declared',
    ],
    [
      'labels change places',
      output('scores', { labels: ['yes', 'no'] }),
      'the order of the labels of output "scores" changed',
    ],
    [
      'labels are no longer declared',
      bare('scores', 'labels'),
      'the labels of output "scores" are no longer declared',
    ],
    [
      'an input gets a wider integer or float',
      input('x', { datatype: 'FP64' }),
      'input "x" changed from FP32 to FP64',
    ],
    ['the rank changes', input('x', { shape: [-1] }), 'input "x": rank changed from 2 to 1'],
    [
      'a dynamic dimension becomes fixed',
      input('x', { shape: [1, 3] }),
      'input "x": dimension 0 changed from dynamic to 1',
    ],
    [
      'a fixed dimension gets another size',
      input('x', { shape: [-1, 4] }),
      'input "x": dimension 1 changed from 3 to 4',
    ],
    [
      'an interval loses a bit at its end',
      input('x', { domain: { min: 0, max: 9.99 } }),
      'the domain of input "x" was narrowed',
    ],
    [
      'an interval moves, so that neither holds the other',
      input('x', { domain: { min: 1, max: 11 } }),
      'the domain of input "x" was narrowed',
    ],
    [
      'a category is dropped, though another is new',
      input('port', { domain: { values: ['C', 'S'] } }),
      'the domain of input "port" was narrowed',
    ],
    [
      'an interval becomes a list',
      input('x', { domain: { values: [0, 10] } }),
      'the domain of input "x" was narrowed',
    ],
    [
      'an input without a domain gets one',
      input('scale', { domain: { min: 0 } }),
      'the domain of input "scale" was narrowed',
    ],
    [
      'an output is removed',
      { ...parent, outputs: parent.outputs.slice(0, 1) },
      'output "scores" was removed',
    ],
    [
      'an output is retyped',
      output('label', { datatype: 'BYTES' }),
      'output "label" changed from INT64 to BYTES',
    ],
    [
      'an output means something else',
      output('label', { role: 'value' }),
      'the role of output "label" changed from label to value',
    ],
    [
      'outputs change places',
      { ...parent, outputs: parent.outputs.toReversed() },
      'the order of the outputs changed',
    ],
    [
      'an output is put before others',
      { ...parent, outputs: [score, ...parent.outputs] },
      'output "score" was added before others, which it displaces',
    ],
    [
      'the semantics change',
      { ...parent, semanticsHash: 'b'.repeat(64) },
      'the semantics or preprocessing changed (semanticsHash)',
    ],
    [
      'the semantics are no longer declared',
      without('semanticsHash', parent) as IoSchema,
      'the semantics or preprocessing changed (semanticsHash)',
    ],
    [
      'the opset is one beyond the fleet',
      { ...parent, opset: FLEET_OPSET + 1 },
      `opset ${FLEET_OPSET + 1} is beyond the fleet's ${FLEET_OPSET}`,
    ],
  ])('when %s', (_, candidate, reason) => {
    expect(judged(candidate).bump).toBe('major');
    expect(judged(candidate).reasons).toContain(`major: ${reason}`);
    expect(judged(candidate).needsPerson).toBeUndefined();
  });

  it('and a person must look when the parent has no known schema', () => {
    expect(computeBump(undefined, parent, { algorithmChanged: false })).toEqual({
      bump: 'major',
      reasons: ['major: the parent has no known I/O schema to compare with'],
      needsPerson: true,
    });
  });
});

describe('a change is minor', () => {
  it.each<[what: string, candidate: IoSchema, reason: string]>([
    [
      'an input with a default is added',
      { ...parent, inputs: [...parent.inputs, { ...extra, optional: true }] },
      'input "extra" with a default was added',
    ],
    [
      'a required input gets a default',
      input('port', { optional: true }),
      'input "port" got a default',
    ],
    [
      'an output is appended',
      { ...parent, outputs: [...parent.outputs, score] },
      'output "score" was appended',
    ],
    [
      'a fixed dimension becomes dynamic',
      input('scale', { shape: [-1] }),
      'input "scale": dimension 0 changed from 1 to dynamic',
    ],
    [
      'an interval grows at one end',
      input('x', { domain: { min: 0, max: 10.01 } }),
      'the domain of input "x" was widened',
    ],
    [
      'an interval loses an end',
      input('x', { domain: { min: 0 } }),
      'the domain of input "x" was widened',
    ],
    ['a domain is dropped', bare('port', 'domain'), 'the domain of input "port" was widened'],
    [
      'a category is added',
      input('port', { domain: { values: ['S', 'Q', 'C'] } }),
      'the domain of input "port" was widened',
    ],
  ])('when %s', (_, candidate, reason) => {
    expect(judged(candidate)).toEqual({ bump: 'minor', reasons: [`minor: ${reason}`] });
  });

  it('when the algorithm changed and the I/O did not', () => {
    expect(computeBump(parent, parent, { algorithmChanged: true })).toEqual({
      bump: 'minor',
      reasons: ['minor: the algorithm changed'],
    });
  });
});

describe('a change is a patch', () => {
  const open: IoSchema = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
  };

  it.each<[what: string, candidate: IoSchema, from: IoSchema]>([
    ['only the weights changed', parent, parent],
    [
      'inputs, which go by name, change places',
      { ...parent, inputs: parent.inputs.toReversed() },
      parent,
    ],
    ['the opset is the newest of the fleet', { ...parent, opset: FLEET_OPSET }, parent],
    [
      'the opset was beyond the fleet before',
      { ...parent, opset: FLEET_OPSET + 1 },
      { ...parent, opset: FLEET_OPSET + 1 },
    ],
    [
      'categories are listed in another order',
      input('port', { domain: { values: ['Q', 'C'] } }),
      parent,
    ],
    [
      'a domain without bounds is written out',
      { ...open, inputs: open.inputs.map((spec) => ({ ...spec, domain: {} })) },
      open,
    ],
    [
      'features, labels, a role and semantics are declared for the first time',
      {
        inputs: open.inputs.map((spec) => ({ ...spec, features: ['a'] })),
        outputs: open.outputs.map((spec) => ({ ...spec, labels: ['p'], role: 'probabilities' })),
        semanticsHash: HASH,
        opset: 20,
      },
      open,
    ],
  ])('when %s', (_, candidate, from) => {
    expect(judged(candidate, from)).toEqual({
      bump: 'patch',
      reasons: ['patch: only the weights changed'],
    });
  });
});

it('names every change, the gravest first', () => {
  const candidate: IoSchema = {
    ...input('x', { datatype: 'FP64', domain: { min: -1, max: 10 } }),
    outputs: [...parent.outputs, score],
  };
  expect(computeBump(parent, candidate, { algorithmChanged: true })).toEqual({
    bump: 'major',
    reasons: [
      'major: input "x" changed from FP32 to FP64',
      'minor: the domain of input "x" was widened',
      'minor: output "score" was appended',
      'minor: the algorithm changed',
    ],
  });
});

const bumped = (bump: Bump): ComputedBump => ({ bump, reasons: [`${bump}: because`] });

describe('checkDeclared', () => {
  it.each([
    ['1.4.2', '1.4.3', 'patch'],
    ['1.4.2', '1.5', 'patch'],
    ['1.4.2', '2.0.0', 'patch'],
    ['1.4.2', '1.5.0', 'minor'],
    ['1.4.2', '1.5.7', 'minor'],
    ['1.4.2', '2.0.0', 'major'],
    ['1.4.2', '7.0', 'major'],
    ['1.4.2', '2.0.0-rc.1', 'major'],
    ['2.0.0-rc.1', '2.0.0-rc.2', 'major'],
    ['2.0.0-rc.1', '2.0.0', 'major'],
    [undefined, '0.1.0', 'major'],
  ] as const)('after %s admits %s for a %s change', (from, declared, bump) => {
    expect(checkDeclared(from, declared, bumped(bump)).ok).toBe(true);
  });

  it.each([
    ['1.4.2', '1.4.2', 'patch', '1.4.3'],
    ['1.4.2', '1.4.1', 'patch', '1.4.3'],
    ['1.4.2', '1.4.99', 'minor', '1.5.0'],
    ['1.4.2', '1.99.0', 'major', '2.0.0'],
    ['1.4.2', '1.5.0-rc.1', 'major', '2.0.0'],
    ['1.5.0-rc.1', '1.5.0', 'major', '2.0.0'],
    ['2.0.0-rc.2', '2.0.0-rc.1', 'patch', '2.0.0'],
    ['0.3.0', '0.4.0', 'major', '1.0.0'],
  ] as const)('after %s refuses %s for a %s change', (from, declared, bump, lowest) => {
    expect(checkDeclared(from, declared, bumped(bump))).toEqual({
      ok: false,
      problem: {
        field: 'version',
        got: `"${declared}" after ${from}`,
        expected: `${lowest} or higher, because ${bump}: because`,
        remedy: `declare ${lowest}, or give "bump": "auto" instead of a version`,
      },
    });
  });

  it('refuses what is no version, whatever changed', () => {
    expect(checkDeclared('1.0.0', 'v2', bumped('patch')).ok).toBe(false);
  });
});

describe('resolveVersion', () => {
  it.each([
    ['1.4.2', { bump: 'auto' }, 'minor', '1.5.0'],
    ['1.4.2', {}, 'patch', '1.4.3'],
    ['1.4.2', { bump: 'major' }, 'patch', '2.0.0'],
    ['1.4.2', { bump: 'minor' }, 'minor', '1.5.0'],
    ['1.4.2', { version: '1.6' }, 'minor', '1.6.0'],
    [undefined, { bump: 'patch' }, 'major', '1.0.0'],
    [undefined, { version: '0.3' }, 'major', '0.3.0'],
  ] as const)('after %s makes of %j for a %s change %s', (from, wanted, bump, version) => {
    expect(resolveVersion(from, wanted, bumped(bump))).toEqual({ ok: true, version });
  });

  it('refuses a bump below what changed and names the right one', () => {
    expect(resolveVersion('1.4.2', { bump: 'patch' }, bumped('minor'))).toEqual({
      ok: false,
      problem: {
        field: 'bump',
        got: '"patch" after 1.4.2',
        expected: '"minor" or higher, because minor: because',
        remedy: 'give "bump": "minor" (1.5.0), or "auto"',
      },
    });
  });

  it('refuses to count beyond the largest number of a version', () => {
    expect(resolveVersion('1.0.999999', { bump: 'auto' }, bumped('patch')).ok).toBe(false);
  });
});

const tensor = {
  name: fc.constantFrom('a', 'b', 'c'),
  datatype: fc.constantFrom(...DATATYPES.slice(0, 3)),
  shape: fc.array(fc.constantFrom(-1, 1, 2), { maxLength: 2 }),
};
const distinct = { minLength: 1, maxLength: 3, selector: (spec: { name: string }) => spec.name };
const schema: fc.Arbitrary<IoSchema> = fc.record({
  inputs: fc.uniqueArray(fc.record({ ...tensor, optional: fc.boolean() }), distinct),
  outputs: fc.uniqueArray(fc.record(tensor), distinct),
});

test('a schema is never more than a patch away from itself', () => {
  fc.assert(
    fc.property(schema, (io) => {
      expect(judged(io, io).bump).toBe('patch');
    }),
  );
});

test('a change and its reversal are both patches only if nothing changed by name', () => {
  const byName = (specs: readonly { name: string }[]) =>
    specs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  fc.assert(
    fc.property(schema, schema, (a, b) => {
      if (judged(a, b).bump !== 'patch' || judged(b, a).bump !== 'patch') return;
      expect(byName(a.inputs)).toEqual(byName(b.inputs));
      expect(a.outputs).toEqual(b.outputs);
    }),
  );
});

test('what "auto" gives is always admitted as a declared version', () => {
  const bump = fc.constantFrom<Bump>('major', 'minor', 'patch');
  const part = fc.nat({ max: 40 });
  fc.assert(
    fc.property(part, part, part, fc.boolean(), bump, (major, minor, patch, rc, computed) => {
      const from = `${major}.${minor}.${patch}${rc ? '-rc.1' : ''}`;
      const next = resolveVersion(from, { bump: 'auto' }, bumped(computed));
      expect(next.ok && gte(next.version, from)).toBe(true);
      if (next.ok) expect(checkDeclared(from, next.version, bumped(computed)).ok).toBe(true);
    }),
  );
});
