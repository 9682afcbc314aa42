import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { OF_TODAY, PERSONAL, spoiled, VULNERABLE } from '../../local/demo/spoil.ts';
import { artifactOf, readManifest, replaceFile, saveManifest } from './support/artifact.ts';
import { assay } from './support/assay.ts';
import { lambda } from './support/clients.ts';
import { approvalIdOf, inState } from './support/registry.ts';
import { functionOf } from './support/roles.ts';
import { mapPerson, upload } from './support/upload.ts';

const PRINCIPAL = 'AROAGATES:ci';
const copy = () => mkdtempSync(join(tmpdir(), 'assay-gates-'));

interface Gate {
  readonly gate: string;
  readonly verdict: string;
  readonly checks: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly message: string;
  }[];
}

beforeAll(() => mapPerson(PRINCIPAL, 'ci', ['data_scientist']));

async function gatesOf(model: string, version = '1.0.0'): Promise<ReadonlyMap<string, Gate>> {
  const { json } = await assay('submitter', 'gates', `${model}@${version}`);
  return new Map((json.gates as Gate[]).map((gate) => [gate.gate, gate]));
}

/** Uploads an artifact that must not pass; resolves to what each gate says of it. */
async function refused(model: string, folder: string, version = '1.0.0') {
  await upload(folder, { principal: PRINCIPAL, model });
  await inState(model, version, 'FAILED');
  return gatesOf(model, version);
}

const failedIn = (gate: Gate | undefined): string[] =>
  (gate?.checks ?? []).filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);

describe('what comes with a model', () => {
  it('is refused for a package with a known vulnerability, named with its fix', async () => {
    const folder = spoiled(artifactOf('vulnerable'), copy(), '1.0.0', VULNERABLE);
    const gates = await refused('vulnerable', folder);
    const dependencies = gates.get('dependencies');
    expect(dependencies).toMatchObject({ verdict: 'fail' });
    expect(JSON.stringify(dependencies?.checks)).toMatch(
      /pyyaml.*CVE-2020-14343|CVE-2020-14343.*pyyaml/,
    );
  });

  it('is refused for personal data in the training rows, which no message repeats', async () => {
    const folder = spoiled(artifactOf('personal'), copy(), '1.0.0', PERSONAL);
    const gates = await refused('personal', folder);
    expect(gates.get('privacy')).toMatchObject({ verdict: 'fail' });
    expect(gates.get('dataset')).toMatchObject({ verdict: 'fail' });
    expect(JSON.stringify([...gates.values()])).not.toContain('patient.1@');
  });

  it('is refused for fewer rows than the policy asks for', async () => {
    const model = 'few-rows';
    const overlay = new URL('./support/many-rows.json', import.meta.url).pathname;
    await assay('admin-1', 'policy', 'set', model, '--file', overlay);
    const gates = await refused(model, artifactOf(model));
    expect(failedIn(gates.get('dataset'))).toEqual(['dataset.rows']);
  });

  it('does not pass without training data, and says what to do', async () => {
    const model = 'no-data';
    const folder = artifactOf(model, '1.0.0-baseline', ({ training: _, ...manifest }) => manifest);
    const gates = await refused(model, folder);
    expect(gates.get('dataset')).toMatchObject({
      verdict: 'inconclusive',
      checks: [{ message: expect.stringContaining('gates.required') }],
    });
  });
});

describe('models that decide about people', () => {
  const loan = (model: string, example: string, version: string) => {
    const folder = spoiled(`examples/unfair-loan/${example}`, copy(), version, OF_TODAY);
    saveManifest(folder, { ...readManifest(folder), name: model });
    return folder;
  };

  it('pass when they treat groups alike', async () => {
    await upload(loan('fair-loan', '1.0.0-fair', '1.0.0'), {
      principal: PRINCIPAL,
      model: 'fair-loan',
    });
    await approvalIdOf('fair-loan', '1.0.0');
    const gates = await gatesOf('fair-loan');
    expect([...gates.values()].filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  });

  it.each([
    ['unfair', '1.1.0-unfair', /^performance\.(selection-rate|equal-opportunity|equalized-odds)$/],
    ['miscalibrated', '1.2.0-miscalibrated', /^performance\.calibration$/],
  ])('are refused when they are %s, for that alone', async (model, example, reason) => {
    const gates = await refused(model, loan(model, example, '1.0.0'));
    const failed = failedIn(gates.get('performance'));
    expect(failed.length).toBeGreaterThan(0);
    for (const id of failed) expect(id).toMatch(reason);
    const others = [...gates.values()].filter(({ gate }) => gate !== 'performance');
    expect(others.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  });
});

describe('a gate that cannot judge', () => {
  /** Changes a function's configuration for one release, and puts it back. */
  async function whileIs(
    construct: string,
    change: { readonly Timeout?: number; readonly variables?: Readonly<Record<string, string>> },
    release: () => Promise<void>,
  ): Promise<void> {
    const { FunctionName, Timeout, Environment } = await functionOf(construct);
    const { variables, ...others } = change;
    const set = (settings: object) =>
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...settings }));
    const Variables = { ...Environment?.Variables, ...variables };
    await set({ ...others, Environment: { Variables } });
    try {
      await release();
    } finally {
      await set({ Timeout, Environment: { Variables: Environment?.Variables ?? {} } });
    }
  }

  it('because it throws: the verdict is error, and the version does not pass', async () => {
    const variables = { DATA_BUCKET: 'no-such-bucket' };
    await whileIs('JudgeDependencies', { variables }, async () => {
      const gates = await refused('throwing', artifactOf('throwing'));
      expect(gates.get('dependencies')).toMatchObject({
        verdict: 'error',
        checks: [{ id: 'gate-ran', message: expect.stringContaining('could not judge') }],
      });
      expect(gates.get('load')).toBeUndefined();
    });
  });

  it('because its time is over: the verdict is error, and the version does not pass', async () => {
    await whileIs('DriveLoad', { Timeout: 1 }, async () => {
      const gates = await refused('too-slow', artifactOf('too-slow'));
      expect(gates.get('load')).toMatchObject({
        verdict: 'error',
        checks: [{ id: 'gate-ran', message: expect.stringMatching(/time/i) }],
      });
    });
  });

  it('because it cannot read what it is given: nothing of that passes', async () => {
    const model = 'unparsable';
    const folder = artifactOf(model);
    for (const file of ['golden.json', 'contract.json', 'requirements.txt']) {
      replaceFile(folder, file, Buffer.from([0xff, 0xfe, 0x00, 0x7b]));
    }
    const gates = await refused(model, folder);
    for (const gate of ['integration', 'dataset', 'dependencies']) {
      expect(gates.get(gate)?.verdict, gate).not.toBe('pass');
    }
  });
});
