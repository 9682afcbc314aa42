import { describe, expect, it } from 'vitest';
import { DEFAULT_EVALUATION_POLICY, EvaluationPolicy } from '#domain/gates/evaluation/policy.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { changePolicy } from '#domain/gates/tighten-policy.ts';

const REGISTRY = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const image = `${REGISTRY}/assay/evaluation@sha256:${'0f'.repeat(32)}`;
const problemsOf = (change: object): string[] => {
  const parsed = EvaluationPolicy.safeParse({ ...DEFAULT_EVALUATION_POLICY, ...change });
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
};

it('evaluates in the function where nobody says otherwise', () => {
  expect(DEFAULT_POLICY.evaluation.backend).toBe('lambda');
  expect(problemsOf({})).toEqual([]);
});

it('evaluates by SageMaker with an image, and not without', () => {
  expect(problemsOf({ backend: 'sagemaker', image })).toEqual([]);
  expect(problemsOf({ backend: 'sagemaker' })).toEqual(['image']);
});

it.each([
  ['a tag', `${REGISTRY}/assay/evaluation:latest`],
  ['a tag and a digest', image.replace('@', ':1@')],
  ['no digest', `${REGISTRY}/assay/evaluation`],
  ['half a digest', image.slice(0, -1)],
  ['another registry', image.replace(REGISTRY, 'docker.io')],
  ['a host that only begins like ECR', image.replace(REGISTRY, `${REGISTRY}.example.com`)],
  ['more than SageMaker takes', image.replace('assay', 'a'.repeat(130))],
])('takes no image by %s', (_, other) => {
  expect(problemsOf({ backend: 'sagemaker', image: other })).toEqual(['image']);
});

it.each([
  ['maxRuntimeSeconds', 60, 59],
  ['maxRuntimeSeconds', 21_600, 21_601],
  ['volumeGiB', 1, 0],
  ['volumeGiB', 1024, 1025],
  ['instanceType', 'ml.g5.xlarge', 'g5.xlarge'],
])('takes %s %s, and not %s', (name, good, bad) => {
  expect(problemsOf({ [name]: good })).toEqual([]);
  expect(problemsOf({ [name]: bad })).toEqual([name]);
});

describe('a change of it', () => {
  it.each<Partial<EvaluationPolicy>>([
    { backend: 'sagemaker', image },
    { image },
    { instanceType: 'ml.m5.2xlarge' },
    { volumeGiB: 10 },
    { maxRuntimeSeconds: 60 },
  ])('to %o takes two admins', (settings) => {
    const evaluation = { ...settings };
    const { outcome } = changePolicy(DEFAULT_POLICY, DEFAULT_POLICY, { evaluation });
    expect(outcome).toBe('looser');
  });
});
