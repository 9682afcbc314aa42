import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { checkSchema } from '../../../lambdas/gates/check-schema.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { linearIo, randomOnnx, registered, sampleFiles } from '../../support/sample-release.ts';

async function check(fields: Partial<Manifest> = {}, files = sampleFiles) {
  const artifacts = new MemoryArtifacts();
  const { release, record } = await registered(artifacts, new MemoryEvidence(), files, fields);
  return checkSchema(artifacts)({ release, record, policy: DEFAULT_POLICY });
}

const failed = async (fields: Partial<Manifest>) =>
  (await check(fields)).checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ id, verdict, where }) => [id, verdict, where]);

describe('checkSchema', () => {
  it('passes a manifest that declares what the model itself says, and keeps what was read', async () => {
    const { checks, evidence } = await check();
    expect(checks.length).toBeGreaterThan(0);
    expect(checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(evidence?.read).toMatchObject({ inputs: [{ name: 'X', datatype: 'FP32' }] });
  });

  it.each([
    ['another name', { name: 'x' }, [['input-names', 'fail', 'io.inputs']]],
    ['another type', { datatype: 'FP64' }, [['datatype', 'fail', 'io.inputs[0].datatype']]],
    ['another width', { shape: [-1, 5] }, [['shape', 'fail', 'io.inputs[0].shape']]],
    ['a default', { optional: true }, [['optional-input', 'fail', 'io.inputs[0].optional']]],
  ] as const)('fails a manifest that declares %s', async (_, fields, expected) => {
    const [input] = linearIo.inputs;
    const inputs = [{ ...input, ...fields }] as unknown as Manifest['io']['inputs'];
    expect(await failed({ io: { ...linearIo, inputs } })).toEqual(expected);
  });

  it('fails a file that is no ONNX, with what it is not', async () => {
    const { checks } = await check({}, { 'model.onnx': randomOnnx });
    expect(checks).toEqual([
      expect.objectContaining({ id: 'readable', verdict: 'fail', where: 'model.onnx' }),
    ]);
  });

  it('faults when the bucket does: that is no verdict on the version', async () => {
    const artifacts = new MemoryArtifacts();
    const { release, record } = await registered(artifacts, new MemoryEvidence());
    artifacts.readRange = async () => {
      throw new Error('no route to host');
    };
    await expect(
      checkSchema(artifacts)({ release, record, policy: DEFAULT_POLICY }),
    ).rejects.toThrow('no route to host');
  });

  it('faults when the record has no such file', async () => {
    const artifacts = new MemoryArtifacts();
    const { release, record } = await registered(artifacts, new MemoryEvidence());
    const files = record.files.filter(({ path }) => path !== 'model.onnx');
    await expect(
      checkSchema(artifacts)({ release, record: { ...record, files }, policy: DEFAULT_POLICY }),
    ).rejects.toThrow('the artifact has no file "model.onnx"');
  });
});
