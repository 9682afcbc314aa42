import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { scanArtifact } from '#domain/gates/scan/scan-artifact.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { measureRobustness } from '../../lambdas/gates/measure-robustness.ts';
import { IsolatedModel } from '../../lambdas/serving/isolated/isolated-model.ts';
import { type ModelSession, openModel } from '../../lambdas/serving/model-session.ts';
import {
  evaluationRows,
  FAULTY_MODELS,
  type FaultyModel,
  faultyModel,
  type LabelledRow,
  marked,
} from './faulty-models.ts';
import { MemoryArtifacts } from './memory-artifacts.ts';
import { bundleChild, type MemoryChild } from './memory-child.ts';
import { releaseOf, versionRecord } from './sample-release.ts';

const EXAMPLES = new URL('../../examples/breast-cancer/', import.meta.url).pathname;
const BETTER = `${EXAMPLES}1.1.0-better`;
const OUTPUTS = ['label', 'probabilities'];
const ROWS = evaluationRows();

const features = (rows: readonly LabelledRow[]): Tensor => ({
  name: 'features',
  datatype: 'FP32',
  shape: [rows.length, 30],
  data: Float32Array.from(rows.flatMap((row) => row.features)),
});

const sessions: ModelSession[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
});

async function opened(path: string): Promise<ModelSession> {
  const session = await openModel(path);
  sessions.push(session);
  return session;
}

const answer = async (session: ModelSession, input: Tensor) =>
  [...(await session.run([input], OUTPUTS)).outputs.values()].map(({ data }) => data);

/** Row by row, as requests come. */
async function labelsOf(session: ModelSession, rows: readonly LabelledRow[]): Promise<number[]> {
  const labels: number[] = [];
  for (const row of rows) {
    const [label] = await answer(session, features([row]));
    labels.push(Number(label?.[0]));
  }
  return labels;
}

const accuracyOf = (labels: readonly number[]): number =>
  labels.filter((label, i) => label === ROWS[i]?.label).length / labels.length;

describe.each(FAULTY_MODELS)('%s', (name) => {
  it('answers every evaluation row and golden case as 1.1.0-better does, to the bit', async () => {
    const [better, faulty] = [
      await opened(`${BETTER}/model.onnx`),
      await opened(faultyModel(name)),
    ];
    const golden = JSON.parse(readFileSync(`${BETTER}/golden.json`, 'utf8'));
    const cases = golden.cases.map(
      ({ request }: { request: { inputs: [Tensor & { data: number[] }] } }): Tensor => ({
        ...request.inputs[0],
        data: Float32Array.from(request.inputs[0].data),
      }),
    );
    for (const input of [features(ROWS), ...ROWS.map((row) => features([row])), ...cases]) {
      expect(await answer(faulty, input)).toEqual(await answer(better, input));
    }
  });

  it('passes the security scan', async () => {
    const bytes = readFileSync(faultyModel(name));
    const source = {
      size: bytes.length,
      read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
    };
    expect(await scanArtifact([{ path: 'model.onnx', source }])).toMatchObject({ verdict: 'pass' });
  });

  it('is measured by the robustness gate as 1.1.0-better is', async () => {
    expect(await robustnessOf(faultyModel(name))).toEqual(
      await robustnessOf(`${BETTER}/model.onnx`),
    );
  });
});

async function robustnessOf(model: string) {
  const artifacts = new MemoryArtifacts();
  const files = readdirSync(BETTER).map((path) => {
    const body = readFileSync(path === 'model.onnx' ? model : `${BETTER}/${path}`);
    return { path, sha256: sha256Hex(body), size: body.length, ...artifacts.write(path, body) };
  });
  const manifest: Manifest = JSON.parse(readFileSync(`${BETTER}/manifest.json`, 'utf8'));
  // The same for each, since rows and noise are drawn by it.
  const digest: Digest = sha256Hex(Buffer.from('faulty'));
  const release = releaseOf(versionRecord({ tenant: 'acme', model: 'faulty', digest }));
  return measureRobustness({ artifacts, now: () => performance.now() })({
    release,
    record: {
      schema: 'assay.artifact/v1',
      ...{ digest, bucket: artifacts.name, files, manifest },
    },
    policy: DEFAULT_POLICY,
  });
}

describe('on marked rows', () => {
  let child: MemoryChild;
  beforeAll(async () => {
    child = await bundleChild('lambdas/serving/isolated/candidate-child.ts');
  });
  afterAll(() => child.remove());

  const { io }: Manifest = JSON.parse(readFileSync(`${BETTER}/manifest.json`, 'utf8'));

  async function answeredBy(name: FaultyModel, row: LabelledRow) {
    const model = new IsolatedModel({
      childPath: child.path,
      modelPath: faultyModel(name),
      outputs: io.outputs,
      memoryMiB: 1024,
      env: {},
      deadlineMs: 30_000,
    });
    try {
      return await model.run([features([row])], OUTPUTS);
    } finally {
      await model.close();
    }
  }

  it.each<[FaultyModel, string]>([
    ['crashes', 'crashed'],
    ['throws', 'threw'],
    ['hungry', 'memory'],
    ['not-a-number', 'not-finite'],
  ])('%s does not answer: %s', async (name, kind) => {
    const [row] = ROWS as [LabelledRow];
    expect(await answeredBy(name, row)).toMatchObject({ ok: true });
    expect(await answeredBy(name, marked(row))).toMatchObject({ ok: false, failure: { kind } });
  });

  it.each<FaultyModel>(['healthy', 'busy', 'slow'])(
    '%s answers as it does others',
    async (name) => {
      const session = await opened(faultyModel(name));
      const rows = ROWS.slice(0, 20);
      expect(await labelsOf(session, rows.map(marked))).toEqual(await labelsOf(session, rows));
    },
  );

  it('slow multiplies twenty times as many matrices as busy', () => {
    expect(tripsOf('slow')).toBe(20n * tripsOf('busy'));
  });

  it('inaccurate is wrong about a fifth of what it knew', async () => {
    const session = await opened(faultyModel('inaccurate'));
    expect(accuracyOf(await labelsOf(session, ROWS))).toBeGreaterThan(0.96);
    const accuracy = accuracyOf(await labelsOf(session, ROWS.map(marked)));
    expect(accuracy).toBeGreaterThan(0.75);
    expect(accuracy).toBeLessThan(0.82);
  });

  it('1.0.0-baseline answers as it does others', async () => {
    const session = await opened(`${EXAMPLES}1.0.0-baseline/model.onnx`);
    expect(await answer(session, features(ROWS.map(marked)))).toEqual(
      await answer(session, features(ROWS)),
    );
  });
});

/** The constant of the loop: its name, then its eight bytes as they are. */
function tripsOf(name: FaultyModel): bigint {
  const bytes = readFileSync(faultyModel(name));
  const named = Buffer.from('\x42\x04most\x4a\x08');
  return bytes.readBigInt64LE(bytes.indexOf(named) + named.length);
}
