import { beforeEach, describe, expect, it } from 'vitest';
import type { Invoked } from '#aws/staging-function.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { driveLoad } from '../../../lambdas/gates/drive-load.ts';
import type { HttpEvent } from '../../../lambdas/serving/http-request.ts';
import { inferStaging } from '../../../lambdas/serving/infer-staging.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { releaseOf } from '../../support/sample-release.ts';
import { useOwnTmpdir } from '../serving/own-tmpdir.ts';
import { LOGISTIC, onnx, World } from '../serving/world.ts';

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const load = { ...DEFAULT_POLICY.load, concurrency: 2, warmUpRequests: 4, requests: 100 };

/** Cases of p = sigmoid(x0 - x1 + x2 / 2 - 1 / 4), off by `error`. */
const golden = (error = 0) => ({
  schema: 'assay.golden/v1',
  tolerance: 1e-6,
  cases: [2, -1, 0.5].map((x) => ({
    name: `x0 = ${x}`,
    request: { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [x, 0, 0] }] },
    expected: {
      outputs: [{ name: 'p', datatype: 'FP32', shape: [1, 1], data: [sigmoid(x - 0.25) + error] }],
    },
  })),
});

useOwnTmpdir();

let world: World;
let artifacts: MemoryArtifacts;
let events: HttpEvent[];
beforeEach(() => {
  world = new World();
  artifacts = new MemoryArtifacts();
  events = [];
});

/** What the gate reads, beside the version that the staging function serves. */
function recordOf(
  digest: string,
  files: Readonly<Record<string, string>>,
  fields: Partial<Manifest>,
): ArtifactRecord {
  const pinned: PinnedFile[] = Object.entries(files).map(([path, text]) => {
    const body = Buffer.from(text);
    return { path, sha256: sha256Hex(body), size: body.length, ...artifacts.write(path, body) };
  });
  const manifest = { name: 'risk', io: LOGISTIC, ...fields } as Manifest;
  return { schema: 'assay.artifact/v1', digest, bucket: 'artifacts', files: pinned, manifest };
}

interface Driven {
  readonly files?: Readonly<Record<string, string>>;
  readonly manifest?: Partial<Manifest>;
  readonly send?: (event: HttpEvent) => Promise<Invoked>;
  readonly held?: boolean;
  readonly model?: string;
  readonly load?: Partial<typeof load>;
}

async function drive(what: Driven = {}) {
  const staged = await world.stage({ files: { 'model.onnx': onnx(what.model ?? 'logistic') } });
  const { stagingAdmission: _, ...held } = staged;
  if (what.held) world.put(held);
  const serve = inferStaging(world.stagingSandbox());
  const send =
    what.send ?? (async (event) => ({ outcome: 'answered', answer: await serve(event) }) as const);
  const judge = driveLoad({
    artifacts,
    staging: {
      send: async (event) => {
        events.push(event as HttpEvent);
        return send(event as HttpEvent);
      },
    },
  });
  const { files = { 'golden.json': JSON.stringify(golden()) } } = what;
  const { checks, evidence } = await judge({
    release: releaseOf(staged),
    record: recordOf(staged.digest, files, what.manifest ?? { goldenCases: 'golden.json' }),
    policy: { ...DEFAULT_POLICY, load: { ...load, ...what.load } },
  });
  const verdicts = Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]));
  const messageOf = (id: string) => checks.find((check) => check.id === id)?.message;
  return { checks, verdicts, messageOf, evidence };
}

describe('driveLoad', () => {
  it('passes an honest small model, through the code that will serve it', async () => {
    const { verdicts, evidence } = await drive();
    expect(verdicts).toEqual({
      'load.error-rate': 'pass',
      'load.latency': 'pass',
      'load.throughput': 'pass',
      'load.answers': 'pass',
    });
    expect(evidence).toMatchObject({
      sent: { source: 'golden cases', distinct: 3, concurrency: 2 },
      warmUp: { requests: 4, slowestMs: expect.any(Number) },
      measured: { requests: 100, unsent: 0, elapsedMs: expect.any(Number) },
      clientMs: { calls: 100 },
      functionMs: { calls: 100 },
    });
  });

  it('names the version in the path, and sends the cases in turns', async () => {
    await drive();
    expect(events).toHaveLength(104);
    expect(new Set(events.map(({ rawPath }) => rawPath))).toEqual(
      new Set(['/v2/models/risk/versions/1.0.0/infer']),
    );
    expect(new Set(events.slice(4).map(({ body }) => body)).size).toBe(3);
  });

  it('judges nothing by the warm-up: a slow first answer is no slow model', async () => {
    let first = true;
    const serve = inferStaging(world.stagingSandbox());
    const { verdicts } = await drive({
      send: async (event) => {
        const answer = await serve(event);
        if (!first) return { outcome: 'answered', answer };
        first = false;
        return { outcome: 'crashed', reason: 'Sandbox.Timedout' };
      },
    });
    expect(Object.values(verdicts).every((verdict) => verdict === 'pass')).toBe(true);
  });

  it('fails a version that staging was not admitted to load', async () => {
    const { verdicts, messageOf } = await drive({ held: true });
    expect(verdicts['load.error-rate']).toBe('fail');
    expect(messageOf('load.error-rate')).toContain('most often, 100 times: status 404');
    expect(verdicts['load.answers']).toBe('inconclusive');
    expect(world.opened.filter((key) => key.endsWith('.onnx'))).toEqual([]);
  });

  it('fails a version that does not load, and says why', async () => {
    world.sessionBytes = 1;
    const { verdicts, messageOf } = await drive();
    expect(verdicts['load.error-rate']).toBe('fail');
    expect(messageOf('load.error-rate')).toContain('more than SESSION_CACHE_MIB allows');
  });

  it('fails answers that are not as expected, and names the case', async () => {
    const files = { 'golden.json': JSON.stringify(golden(1e-3)) };
    const { verdicts, messageOf } = await drive({ files });
    expect(verdicts).toMatchObject({ 'load.error-rate': 'pass', 'load.answers': 'fail' });
    expect(messageOf('load.answers')).toContain(
      '100 of 100 answers are not as expected: case x0 =',
    );
  });

  it('finds the one answer that is another one under load', async () => {
    const serve = inferStaging(world.stagingSandbox());
    let asked = 0;
    const { verdicts, messageOf } = await drive({
      send: async (event) => {
        const answer = await serve(event);
        const body =
          ++asked === 60 ? String(answer.body).replace('"data":[0', '"data":[1') : answer.body;
        return { outcome: 'answered', answer: { ...answer, ...(body !== undefined && { body }) } };
      },
    });
    expect(verdicts['load.answers']).toBe('fail');
    expect(messageOf('load.answers')).toContain('1 of 100');
  });

  it('fails a function that crashes, by the type of its error', async () => {
    const crashed = { outcome: 'crashed', reason: 'Runtime.OutOfMemory' } as const;
    const { verdicts, messageOf, evidence } = await drive({ send: async () => crashed });
    expect(verdicts['load.error-rate']).toBe('fail');
    expect(messageOf('load.error-rate')).toContain('crashed: Runtime.OutOfMemory');
    expect(evidence).toMatchObject({ functionMs: null });
  });

  it('keeps no word of an answer that may quote the request', async () => {
    const error = 'input 4711.5 is odd';
    const answer = { statusCode: 500, body: JSON.stringify({ error }) };
    const { checks, evidence } = await drive({
      send: async () => ({ outcome: 'answered', answer }),
    });
    expect(JSON.stringify({ checks, evidence })).not.toContain('4711.5');
    expect(JSON.stringify(checks)).toContain('status 500');
  });

  it('is inconclusive while nothing gets through', async () => {
    const unsent = { outcome: 'unsent', reason: 'TooManyRequestsException' } as const;
    const { checks } = await drive({
      send: async () => unsent,
      load: { warmUpRequests: 0, seconds: 0.05 },
    });
    expect(checks).toMatchObject([{ id: 'load.requests', verdict: 'inconclusive' }]);
    expect(checks[0]?.message).toContain('TooManyRequestsException');
  });
});

describe('what driveLoad sends', () => {
  const evaluation = { dataset: 'eval.csv', target: 'y', task: 'regression' } as const;
  const [x = { name: 'x', datatype: 'FP32', shape: [-1, 3] }] = LOGISTIC.inputs;
  const io = { ...LOGISTIC, inputs: [{ ...x, features: ['a', 'b', 'c'] }] };
  const manifest: Partial<Manifest> = { io, evaluation };

  it.each([
    ['neither cases nor rows', {}, {}, 'got no evaluation set'],
    ['broken cases', { 'golden.json': '{' }, { goldenCases: 'golden.json' }, 'golden cases'],
  ])('is nothing where there are %s', async (_, files, manifest, says) => {
    const { checks } = await drive({ files, manifest });
    expect(checks).toMatchObject([{ id: 'load.requests', verdict: 'inconclusive' }]);
    expect(checks[0]?.message).toContain(says);
    expect(events).toEqual([]);
  });

  it('is the judging rows, one at a time, where there are no cases', async () => {
    const files = { 'eval.csv': 'a,b,c,y\n2,0,0,1\n0.5,1,-3,0\nnan,0,0,1\n' };
    const { verdicts, evidence } = await drive({ files, manifest });
    expect(verdicts).toMatchObject({ 'load.error-rate': 'pass', 'load.answers': 'pass' });
    expect(evidence).toMatchObject({ sent: { source: 'judging rows', distinct: 2 } });
    expect(
      [...new Set(events.map(({ body }) => body))].map((body) => JSON.parse(body ?? '')),
    ).toEqual([
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] },
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [0.5, 1, -3] }] },
    ]);
  });

  it('is nothing where every row has a missing value', async () => {
    const files = { 'eval.csv': 'a,b,c,y\nnan,0,0,1\n' };
    const { checks } = await drive({ files, manifest });
    expect(checks).toMatchObject([{ id: 'load.requests', verdict: 'inconclusive' }]);
    expect(checks[0]?.message).toContain('add golden cases to the manifest');
  });
});
