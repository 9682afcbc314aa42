import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { EvaluationPlan, jobName } from '#domain/gates/evaluation/plan.ts';
import type { Policy } from '#domain/gates/policy.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { planEvaluation } from '../../../../lambdas/gates/plan-evaluation.ts';
import { fileList } from '../../../../lambdas/gates/processing-job.ts';
import { JOB_STATUSES } from '../../../statemachines/release-answers.ts';
import { Stage } from './stage.ts';

interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
}

const { shapes } = JSON.parse(readFileSync(new URL('shapes.json', import.meta.url), 'utf8')) as {
  shapes: Record<string, Shape>;
};

/** Where a value is not what AWS's own description of its API takes. */
function faults(name: string, value: unknown, at = name): string[] {
  const shape = shapes[name];
  if (!shape) return [`${at}: no shape ${name}`];
  const { type, required = [], members = {}, member, min = 0, max = Number.MAX_VALUE } = shape;
  const within = (size: number) => (size < min || size > max ? [`${at}: ${size}`] : []);
  switch (type) {
    case 'structure': {
      const given = value as Record<string, unknown>;
      return [
        ...required.filter((key) => given[key] === undefined).map((key) => `${at}.${key}: missing`),
        ...Object.entries(given).flatMap(([key, inner]) =>
          members[key]
            ? faults(members[key].shape, inner, `${at}.${key}`)
            : [`${at}.${key}: unknown`],
        ),
      ];
    }
    case 'list':
      return [
        ...within((value as unknown[]).length),
        ...(value as unknown[]).flatMap((inner, i) =>
          faults(member?.shape ?? '', inner, `${at}[${i}]`),
        ),
      ];
    case 'string': {
      if (typeof value !== 'string') return [`${at}: ${typeof value}`];
      if (shape.enum && !shape.enum.includes(value)) return [`${at}: ${value}`];
      const fits = !shape.pattern || new RegExp(`^(?:${shape.pattern})$`, 'u').test(value);
      return [...within(value.length), ...(fits ? [] : [`${at}: ${value}`])];
    }
    case 'integer':
      return Number.isInteger(value) ? within(Number(value)) : [`${at}: ${value}`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${at}: ${value}`];
    default:
      return [`${at}: ${type}`];
  }
}

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

const plan = (change?: (policy: Policy) => Policy) =>
  stage
    .release('1.1.0-better', { change })
    .then((release) => planEvaluation(stage.ports)({ release }));

const planned = async () => {
  const { plan: pointer, job } = await plan();
  if (!pointer || !job) throw new Error('nothing was planned');
  const document = EvaluationPlan.parse(JSON.parse(stage.text(pointer.key)));
  return { pointer, job, document, name: jobName(pointer.sha256) };
};

describe('where the policy says lambda', () => {
  it('plans nothing', async () => {
    const lambda = (policy: Policy): Policy => ({
      ...policy,
      evaluation: { ...policy.evaluation, backend: 'lambda' },
    });
    expect(await plan(lambda)).toEqual({ backend: 'lambda', plan: null, job: null });
    expect(stage.objects.size).toBe(0);
  });
});

describe('a job', () => {
  it('has parameters as SageMaker describes them, with the network that the state adds', async () => {
    await stage.inProduction('1.0.0-baseline', '1.0.0');
    const { job } = await planned();
    const request = { ...job, NetworkConfig: { EnableNetworkIsolation: true } };
    expect(faults('CreateProcessingJobRequest', request)).toEqual([]);
    expect(shapes.ProcessingJobStatus?.enum).toEqual(JOB_STATUSES);
  });

  it('would not have them if they were wrong', async () => {
    const { job } = await planned();
    const { RoleArn: _, ...bare } = job;
    expect(faults('CreateProcessingJobRequest', { ...bare, Other: 1 })).toEqual([
      'CreateProcessingJobRequest.RoleArn: missing',
      'CreateProcessingJobRequest.Other: unknown',
    ]);
    const [input] = job.ProcessingInputs;
    const S3Input = { ...input?.S3Input, S3DataType: 'Prefix' };
    const wrong = { ...job, ProcessingJobName: 'a_b', ProcessingInputs: [{ ...input, S3Input }] };
    expect(faults('CreateProcessingJobRequest', wrong)).toHaveLength(2);
  });

  it('is named by its plan, so that it is planned twice and started once', async () => {
    const first = await planned();
    const again = await planned();
    expect(again.job).toEqual(first.job);
    expect(first.job.ProcessingJobName).toBe(first.name);
    await stage.inProduction('1.0.0-baseline', '1.0.0');
    expect((await planned()).name).not.toBe(first.name);
  });

  it('runs the image of the policy, once, as long as the policy lets it', async () => {
    expect((await planned()).job).toMatchObject({
      AppSpecification: { ImageUri: stage.policy.evaluation.image },
      ProcessingResources: {
        ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.xlarge', VolumeSizeInGB: 30 },
      },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      RoleArn: stage.ports.roleArn,
    });
  });
});

describe('what a job is given', () => {
  it('is the columns that the models take, without the truth', async () => {
    const { document, name } = await planned();
    const rows = stage.text(`evaluations/${name}/input/rows.csv`);
    const [header = '', ...lines] = rows.trimEnd().split('\r\n');
    expect(header.split(',')).toEqual(document.candidate.io.inputs[0]?.features);
    expect(header).not.toContain(stage.target);
    expect(document.rows).toEqual({ sha256: sha256Hex(Buffer.from(rows)), count: lines.length });
    expect(lines).toHaveLength(228);
  });

  it('is every file of a model but the rows that judge and train it', async () => {
    await stage.inProduction('1.0.0-baseline', '1.0.0');
    const { document, name } = await planned();
    for (const model of ['candidate', 'baseline'] as const) {
      const [at, ...paths] = JSON.parse(stage.text(`evaluations/${name}/files/${model}.json`));
      expect(at.prefix).toMatch(/^s3:\/\/artifacts\/.*\/$/);
      expect(paths).toEqual(document[model]?.files.map(({ path }) => path));
      expect(paths).toContain('model.onnx');
      expect(paths).not.toContain('evaluation.csv');
      expect(paths).not.toContain('training.csv');
    }
    expect(document.baseline?.version).toBe('1.0.0');
  });

  it('names every input by its place in the bucket and in the container', async () => {
    await stage.inProduction('1.0.0-baseline', '1.0.0');
    const { job, name } = await planned();
    const places = job.ProcessingInputs.map(({ S3Input }) => [S3Input.S3Uri, S3Input.LocalPath]);
    const at = `s3://data/evaluations/${name}`;
    expect(places).toEqual([
      [`${at}/input/`, '/opt/ml/processing/input/plan'],
      [`${at}/files/candidate.json`, '/opt/ml/processing/input/candidate'],
      [`${at}/files/baseline.json`, '/opt/ml/processing/input/baseline'],
    ]);
  });

  it('lies under one prefix, or is no artifact', () => {
    const file = { path: 'b/c', sha256: '', size: 1, versionId: '1' };
    expect(() => fileList('bucket', [{ ...file, key: 'a/x' }])).toThrow('expected one prefix');
    const other = { ...file, path: 'd', key: 'other/d' };
    expect(() => fileList('bucket', [{ ...file, key: 'a/b/c' }, other])).toThrow('one prefix');
  });
});

describe('nothing is planned', () => {
  it('by a deployment that has no jobs, whatever the policy says', async () => {
    const release = await stage.release('1.1.0-better');
    const ports = { ...stage.ports, roleArn: undefined };
    await expect(planEvaluation(ports)({ release })).rejects.toThrow('set evaluation.repository');
  });

  it.each([
    ['there are no rows to judge by', { evaluation: undefined }],
    ['the rows are not what the model takes', { columns: ['other'] }],
  ])('where %s: the judge says so', async (_, how) => {
    const release = await stage.release('1.1.0-better', how);
    expect(await planEvaluation(stage.ports)({ release })).toMatchObject({
      backend: 'lambda',
      job: null,
    });
  });
});
