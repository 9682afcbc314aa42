import { describe, expect, it } from 'vitest';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { Stage } from '#domain/registry/stage.ts';
import { numberVersion, predecessorOf } from '#domain/registry/succession.ts';
import { linearIo, manifestOf, versionRecord } from '../../support/sample-release.ts';

/** Records of the named versions, those with a `!` FAILED. */
const versions = (...names: readonly string[]) =>
  names.map((name) =>
    versionRecord({
      version: name.replace('!', ''),
      state: (name.endsWith('!') ? 'FAILED' : 'DEPRECATED') satisfies Stage,
    }),
  );

const declared = (version: string) => manifestOf(undefined, { version });
const bumped = (bump: NonNullable<Manifest['bump']>, fields: Partial<Manifest> = {}) =>
  manifestOf(undefined, { bump, ...fields });
const widerIo: Manifest['io'] = {
  ...linearIo,
  outputs: [...linearIo.outputs, { name: 'margin', datatype: 'FP32', shape: [-1] }],
};
const otherIo: Manifest['io'] = { ...linearIo, outputs: linearIo.outputs.slice(0, 1) };

function numbered(manifest: Manifest, names: readonly string[], before = manifestOf()) {
  const records = versions(...names);
  const predecessor = predecessorOf(manifest, records);
  return numberVersion(
    manifest,
    predecessor && { version: predecessor.version, manifest: before },
    records,
  );
}

describe('predecessorOf', () => {
  it.each([
    ['1.5.0', ['1.0.0', '2.0.0'], '1.0.0'],
    ['3.0.0', ['2.0.0', '10.0.0', '1.0.0'], '2.0.0'],
    ['1.1', ['1.0.0', '1.1.0!'], '1.0.0'],
    ['2.0.0', ['2.0.0-rc.1'], '2.0.0-rc.1'],
    ['1.0.0', ['1.0.0', '2.0.0'], undefined],
    ['1.0.0', [], undefined],
  ])('of a declared %s among %j is %s', (version, names, expected) => {
    expect(predecessorOf(declared(version), versions(...names))?.version).toBe(expected);
  });

  it('of a bump is the highest that did not fail', () => {
    expect(predecessorOf(bumped('auto'), versions('9.0.0', '10.0.0', '11.0.0!'))?.version).toBe(
      '10.0.0',
    );
  });

  it('of a version that cannot be read is the highest: its own fault is found later', () => {
    expect(predecessorOf(declared('latest'), versions('1.0.0', '2.0.0'))?.version).toBe('2.0.0');
  });
});

describe('numberVersion', () => {
  it.each([
    ['auto', [], '1.0.0'],
    ['patch', [], '1.0.0'],
    ['auto', ['1.0.0'], '1.0.1'],
    ['major', ['1.0.0'], '2.0.0'],
    ['patch', ['1.0.0', '1.0.1!', '1.0.2!'], '1.0.3'],
    ['auto', ['1.0.0', '3.0.0!'], '3.0.1'],
    ['auto', ['1.0.0!'], '1.0.1'],
    ['minor', ['1.0.0!', '1.0.1!'], '1.1.0'],
    ['major', ['1.0.0!'], '2.0.0'],
  ] as const)('bump %s after %j gives %s', (bump, names, version) => {
    expect(numbered(bumped(bump), names)).toEqual({ ok: true, version });
  });

  it('computes what the change calls for', () => {
    expect(numbered(bumped('auto', { io: widerIo }), ['1.2.3'])).toMatchObject({
      version: '1.3.0',
    });
    expect(numbered(bumped('auto', { io: otherIo }), ['1.2.3'])).toMatchObject({
      version: '2.0.0',
    });
    const lineage = { config: { algorithm: 'forest' } };
    expect(numbered(bumped('auto', { lineage }), ['1.2.3'])).toMatchObject({ version: '1.3.0' });
  });

  it.each([
    [declared('1.2.4'), 'version'],
    [bumped('patch'), 'bump'],
  ])('refuses less than that, in the field %#', (manifest, field) => {
    const result = numbered({ ...manifest, io: otherIo }, ['1.2.3']);
    expect(result).toMatchObject({
      ok: false,
      problem: { field, expected: expect.stringContaining('was removed') },
    });
  });

  it('takes a declared version where every one before it failed', () => {
    expect(numbered(declared('0.1'), ['1.0.0!'])).toEqual({ ok: true, version: '0.1.0' });
  });
});
