import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { EvaluationOutput } from '#domain/gates/evaluation/output.ts';
import { EvaluationPlan, jobName } from '#domain/gates/evaluation/plan.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';
import { judgeEvaluation } from '../../../../lambdas/gates/judge-evaluation.ts';
import { planEvaluation } from '../../../../lambdas/gates/plan-evaluation.ts';
import { Stage } from './stage.ts';

/** What examples/evaluation-container answered; bench/evaluation-container.ts wrote it. */
const RECORDED = EvaluationOutput.parse(
  JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8')),
);
type Answered = Extract<EvaluationOutput['candidate'], { files: unknown }>;
const answered = (found: EvaluationOutput['candidate'] | undefined): Answered => {
  if (!found || 'refused' in found) throw new Error('the recording has no answers');
  return found;
};

let stage: Stage;
let release: ReleaseRef;
let plan: EvidencePointer;
beforeEach(async () => {
  stage = new Stage();
  await stage.inProduction('1.0.0-baseline', '1.0.0');
  release = await stage.release('1.1.0-better');
  const planned = await planEvaluation(stage.ports)({ release });
  if (!planned.plan) throw new Error('nothing was planned');
  plan = planned.plan;
});

const planned = () => EvaluationPlan.parse(JSON.parse(stage.text(plan.key)));

/** The recording as an answer to this plan: texts beside the models may have changed since. */
function recorded(): EvaluationOutput {
  const { candidate, baseline } = planned();
  const filesOf = (of: typeof candidate) =>
    Object.fromEntries(of.files.map(({ path, sha256 }) => [path, sha256]));
  return {
    ...RECORDED,
    plan: plan.sha256,
    candidate: { ...answered(RECORDED.candidate), files: filesOf(candidate) },
    ...(baseline && { baseline: { ...answered(RECORDED.baseline), files: filesOf(baseline) } }),
  };
}

const leave = (text: string) => stage.leave(jobName(plan.sha256), text);

async function judge(found: object | string | undefined, pointer: EvidencePointer | null = plan) {
  if (found !== undefined) leave(typeof found === 'string' ? found : JSON.stringify(found));
  const { policy } = stage;
  const record = await stage.record(release);
  const judgement = await judgeEvaluation(stage.ports)({ release, record, policy }, pointer);
  const verdicts = Object.fromEntries(judgement.checks.map(({ id, verdict }) => [id, verdict]));
  return { ...judgement, verdicts };
}

const candidateWith = (change: Partial<Answered>) => {
  const all = recorded();
  return { ...all, candidate: { ...answered(all.candidate), ...change } };
};

it('judges what the container answered by the same checks as its own measurements', async () => {
  const { verdicts, checks, evidence } = await judge(recorded());
  expect(verdicts).toMatchObject({
    'performance.evaluation': 'pass',
    'performance.accuracy-floor': 'pass',
    'performance.accuracy-ratio': 'pass',
    'performance.calibration': 'pass',
    'performance.memory': 'pass',
    'performance.slices': 'pass',
    'performance.fairness': 'pass',
    'performance.reference-profile': 'pass',
  });
  const { manifest } = await stage.record(release);
  const accuracy = checks.find(({ id }) => id === 'performance.accuracy-floor')?.observed;
  expect(accuracy).toBeCloseTo(manifest.metrics?.accuracy ?? 0, 6);
  expect(evidence).toMatchObject({
    baselineVersion: '1.0.0',
    baseline: { quality: { ok: true } },
    evaluation: {
      job: jobName(plan.sha256),
      image: stage.policy.evaluation.image,
      plan,
      output: { key: expect.stringContaining('output/evaluation.json') },
    },
  });
});

it('read the models that were registered', () => {
  const { candidate, baseline } = planned();
  for (const [of, found] of [
    [candidate, RECORDED.candidate],
    [baseline, RECORDED.baseline],
  ] as const) {
    const model = of?.files.find(({ path }) => path === 'model.onnx');
    expect(answered(found).files['model.onnx']).toBe(model?.sha256);
  }
});

it('computes quality itself: other answers are another accuracy', async () => {
  const turned = answered(recorded().candidate).outputs.map((output) => {
    const values = output.values.map(Number);
    return {
      ...output,
      values: output.name === 'label' ? values.map((v) => 1 - v) : values.reverse(),
    };
  });
  const { verdicts } = await judge(candidateWith({ outputs: turned }));
  expect(verdicts).toMatchObject({
    'performance.accuracy-floor': 'fail',
    'performance.accuracy-ratio': 'fail',
  });
});

it('takes times of both models from the same blocks', async () => {
  const slow = recorded().latency.map(({ baselineMs }) => ({
    baselineMs,
    candidateMs: baselineMs.map((ms) => 3 * ms + 1),
  }));
  expect((await judge({ ...recorded(), latency: slow })).verdicts['performance.latency']).toBe(
    'fail',
  );
});

describe('is inconclusive', () => {
  const reasonOf = async (found: object | string | undefined, pointer?: EvidencePointer | null) => {
    const { checks } = await judge(found, pointer);
    expect(checks).toHaveLength(1);
    expect(checks[0]).toMatchObject({ id: 'performance.evaluation', verdict: 'inconclusive' });
    return checks[0]?.message;
  };
  const outputs = () => answered(recorded().candidate).outputs;
  const valuesOf = (change: (values: readonly unknown[]) => unknown[]) => ({
    outputs: outputs().map((output) => ({ ...output, values: change(output.values) as number[] })),
  });

  it.each<[string, () => object | string | undefined, string]>([
    ['when the job left nothing', () => undefined, 'left no output/evaluation.json'],
    ['about no JSON', () => JSON.stringify(recorded()).replace(/0\.\d+/, 'NaN'), 'is no JSON'],
    [
      'about null for a number',
      () => candidateWith(valuesOf((v) => [null, ...v.slice(1)])),
      'evaluation.json',
    ],
    [
      'about a row too few',
      () => candidateWith(valuesOf((v) => v.slice(1))),
      'expected 1 for each of 228',
    ],
    ['about a row too many', () => candidateWith(valuesOf((v) => [...v, v[0]])), '229 values'],
    [
      'about an output that is missing',
      () => candidateWith({ outputs: [] }),
      'output label 0 times',
    ],
    [
      'about an output that is there twice',
      () => candidateWith({ outputs: [...outputs(), ...outputs()] }),
      'output label 2 times',
    ],
    ['about another plan', () => ({ ...recorded(), plan: '0'.repeat(64) }), 'follows plan 000'],
    ['about an accuracy that it claims', () => ({ ...recorded(), accuracy: 1 }), 'accuracy'],
    [
      'about other files',
      () =>
        candidateWith({ files: { ...answered(recorded().candidate).files, 'model.onnx': 'ab' } }),
      'read model.onnx of version 1.1.0 with SHA-256 ab',
    ],
    [
      'about files beyond the planned',
      () => candidateWith({ files: { ...answered(recorded().candidate).files, 'x.py': 'ab' } }),
      'expected planned files alone',
    ],
    [
      'about what the container refused',
      () => ({ ...recorded(), candidate: { refused: 'model.onnx changed since registration' } }),
      'changed since registration',
    ],
  ])('%s', async (_, found, reason) => {
    expect(await reasonOf(found())).toContain(reason);
  });

  it('where no job was planned', async () => {
    expect(await reasonOf(recorded(), null)).toContain('no job was planned');
  });

  it.each<[string, Partial<ReleaseRef>]>([
    ['version', { version: '9.0.0' }],
    ['tenant', { tenant: 'other' }],
    ['model', { model: 'other' }],
  ])('where the plan is of another %s', async (what, other) => {
    release = { ...release, ...other };
    expect(await reasonOf(recorded())).toContain(`the plan's ${what} is`);
  });

  it('where the rows are others than those of the plan', async () => {
    const rows = { ...planned().rows, sha256: 'ab'.repeat(32) };
    const body = JSON.stringify({ ...planned(), rows });
    const other = await stage.ports.evaluations.put('other', 'input/plan.json', Buffer.from(body));
    expect(await reasonOf(undefined, other)).toContain("the plan's rows is abab");
  });
});

it('throws when the plan is no longer what it was', async () => {
  const found = recorded();
  stage.objects.set(plan.key, Buffer.from('{}'));
  await expect(judge(found)).rejects.toThrow('is not what it was');
});

it('compares with nothing when the container could not evaluate production', async () => {
  const { verdicts } = await judge({ ...recorded(), baseline: { refused: 'out of memory' } });
  expect(verdicts).toMatchObject({
    'performance.accuracy-floor': 'pass',
    'performance.accuracy-ratio': 'inconclusive',
    'performance.memory': 'inconclusive',
  });
});

describe('times', () => {
  const latencyOf = async (latency: EvaluationOutput['latency']) =>
    (await judge({ ...recorded(), latency })).checks.find(({ id }) => id === 'performance.latency');
  const block = (candidate: number, baseline = candidate) => ({
    candidateMs: Array<number>(candidate).fill(1),
    baselineMs: Array<number>(baseline).fill(1),
  });

  it.each([
    ['39 calls are too few', [block(20), block(19)], 'inconclusive'],
    ['40 calls in 2 blocks are enough', [block(20), block(20)], 'pass'],
    ['one block is too few', [block(40)], 'inconclusive'],
    [
      'a block without calls of production compares nothing',
      [block(40), block(20, 0)],
      'inconclusive',
    ],
  ] as const)('%s', async (_, latency, verdict) => {
    expect(await latencyOf([...latency])).toMatchObject({ verdict });
  });
});
