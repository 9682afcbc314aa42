import type { ApprovalStatus } from '#domain/access/approval.ts';
import { DEFAULT_EVALUATION_POLICY } from '#domain/gates/evaluation/policy.ts';
import type { GateSummary } from '#domain/gates/gate-result.ts';
import type { Verdict } from '#domain/gates/verdict.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import type { settleApproval } from '../../lambdas/access/settle-approval.ts';
import type { concludeGates } from '../../lambdas/gates/conclude-gates.ts';
import type { planEvaluation } from '../../lambdas/gates/plan-evaluation.ts';
import { processingJob } from '../../lambdas/gates/processing-job.ts';
import type { activateVersion } from '../../lambdas/registry/activate-version.ts';
import type { claimUpload } from '../../lambdas/registry/claim-upload.ts';
import type { failRelease } from '../../lambdas/registry/fail-release.ts';
import type { registerVersion } from '../../lambdas/registry/register-version.ts';
import type { planRollout } from '../../lambdas/rollout/plan-rollout.ts';
import type { admitStaging } from '../../lambdas/signing/admit-staging.ts';
import type { admitVersion } from '../../lambdas/signing/admit-version.ts';
import type { attestGates } from '../../lambdas/signing/attest-gates.ts';
import type { describeVersion } from '../../lambdas/signing/describe-version.ts';
import type { signDigest } from '../../lambdas/signing/sign-digest.ts';
import { EXECUTION, TaskFault } from '../support/machine.ts';

type OutputOf<Handler> = Handler extends (ports: never) => (input: never) => Promise<infer Output>
  ? Output
  : never;

/** What the function of each Task state answers; the wake-up of a wait may carry anything. */
export interface Outputs {
  ClaimUpload: OutputOf<typeof claimUpload>;
  RegisterVersion: OutputOf<typeof registerVersion>;
  SignDigest: OutputOf<typeof signDigest>;
  CheckIntegrity: GateSummary;
  RecordIntegrityFault: GateSummary;
  CheckSchema: GateSummary;
  RecordSchemaFault: GateSummary;
  ScanArtifact: GateSummary;
  RecordSecurityFault: GateSummary;
  PlanEvaluation: OutputOf<typeof planEvaluation>;
  /** What DescribeProcessingJob says of a job that has ended; nothing of it is kept. */
  EvaluateByJob: { ProcessingJobStatus: 'Completed' };
  FindEvaluation: { ProcessingJobStatus: JobStatus };
  MeasurePerformance: GateSummary;
  RecordPerformanceFault: GateSummary;
  ReplayGoldenCases: GateSummary;
  RecordIntegrationFault: GateSummary;
  JudgeDependencies: GateSummary;
  RecordDependenciesFault: GateSummary;
  JudgeDataset: GateSummary;
  RecordDatasetFault: GateSummary;
  JudgePrivacy: GateSummary;
  RecordPrivacyFault: GateSummary;
  MeasureRobustness: GateSummary;
  RecordRobustnessFault: GateSummary;
  AttestJudgement: OutputOf<typeof attestGates>;
  AdmitStaging: OutputOf<typeof admitStaging>;
  DriveLoad: GateSummary;
  RecordLoadFault: GateSummary;
  AttestLoad: OutputOf<typeof attestGates>;
  ConcludeGates: OutputOf<typeof concludeGates>;
  DescribeVersion: OutputOf<typeof describeVersion>;
  RequestApproval: object;
  SettleApproval: OutputOf<typeof settleApproval>;
  AdmitVersion: OutputOf<typeof admitVersion>;
  PlanRollout: OutputOf<typeof planRollout>;
  /** Of what StartExecution says, nothing is kept. */
  StartTrial: { ExecutionArn: string };
  ActivateVersion: OutputOf<typeof activateVersion>;
  FailRelease: OutputOf<typeof failRelease>;
}
/** SageMaker's ProcessingJobStatus: test/statemachines/processing-job/shapes.json. */
export const JOB_STATUSES = ['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped'] as const;
type JobStatus = (typeof JOB_STATUSES)[number];

export type TaskName = keyof Outputs;
export type Tasks = { readonly [Name in TaskName]: () => Outputs[Name] | Promise<Outputs[Name]> };

/** What PlanRollout names for the rollout to be started with. */
export const rollout: RolloutRef = {
  id: '019ab000-0000-7000-8000-000000000001',
  tenant: 'acme',
  model: 'churn',
  version: '1.2.0',
  digest: parseDigest('ab'.repeat(32)),
};

const pointer = (key: string) => ({ key, versionId: 'v1', sha256: 'cd'.repeat(32) });

export const release: ReleaseRef = {
  tenant: 'acme',
  model: 'churn',
  version: '1.2.0',
  digest: parseDigest('ab'.repeat(32)),
  artifact: pointer('acme/churn/1.2.0/artifact.json'),
  policyHash: parseDigest('ef'.repeat(32)),
  policyRevision: 3,
  execution: EXECUTION,
};

export const manifest = {
  bucket: 'assay-artifacts',
  key: 'uploads/AROA:ada/acme/churn/u-1/manifest.json',
  versionId: 'v1',
};

/** An EventBridge event of S3 about an uploaded manifest. */
export const EVENT = {
  'detail-type': 'Object Created',
  detail: {
    bucket: { name: manifest.bucket },
    object: { key: manifest.key, size: 1203, 'version-id': manifest.versionId },
  },
};

export const claim = {
  principal: 'AROA:ada',
  tenant: 'acme',
  model: 'churn',
  uploadId: 'u-1',
  execution: EXECUTION,
  createdAt: '2026-01-05T10:00:00.000Z',
};

const judged = (gate: string, verdict: Verdict): GateSummary => ({
  gate,
  verdict,
  counts: { pass: 0, inconclusive: 0, error: 0, fail: 0, [verdict]: 1 },
  result: pointer(`acme/churn/1.2.0/gates/${gate}.json`),
});

export const concluded = (verdict: Verdict) => () => ({ verdict, gates: { integrity: verdict } });

export const settled = (status: ApprovalStatus) => () => ({
  status,
  approval: 'a-1',
  approvers: ['p-grace', 'p-barbara'],
});

export const described = (ProcessingJobStatus: JobStatus) => () => ({ ProcessingJobStatus });

/** What PlanEvaluation answers where the policy has a job evaluate versions. */
export const byJob: Outputs['PlanEvaluation'] = {
  backend: 'sagemaker',
  plan: pointer('evaluations/assay-1/input/plan.json'),
  job: processingJob({
    name: 'assay-1',
    roleArn: 'arn:aws:iam::123456789012:role/JobRole',
    policy: {
      ...DEFAULT_EVALUATION_POLICY,
      backend: 'sagemaker',
      image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/assay/evaluation@sha256:${'12'.repeat(32)}`,
    },
    models: ['candidate', 'baseline'],
    uri: (path) => `s3://assay-data/evaluations/assay-1/${path}`,
    tags: { tenant: 'acme', model: 'churn', version: '1.2.0' },
  }),
};

export const TO_PRODUCTION: Tasks = {
  ClaimUpload: () => ({ outcome: 'claimed', object: manifest, claim }),
  RegisterVersion: () => ({ outcome: 'registered', release }),
  SignDigest: () => ({ signature: pointer('acme/churn/1.2.0/model.sig') }),
  CheckIntegrity: () => judged('integrity', 'pass'),
  RecordIntegrityFault: () => judged('integrity', 'error'),
  CheckSchema: () => judged('schema', 'pass'),
  RecordSchemaFault: () => judged('schema', 'error'),
  ScanArtifact: () => judged('security', 'pass'),
  RecordSecurityFault: () => judged('security', 'error'),
  PlanEvaluation: () => ({ backend: 'lambda', plan: null, job: null }),
  EvaluateByJob: () => ({ ProcessingJobStatus: 'Completed' }),
  FindEvaluation: described('Completed'),
  MeasurePerformance: () => judged('performance', 'pass'),
  RecordPerformanceFault: () => judged('performance', 'error'),
  ReplayGoldenCases: () => judged('integration', 'pass'),
  RecordIntegrationFault: () => judged('integration', 'error'),
  JudgeDependencies: () => judged('dependencies', 'pass'),
  RecordDependenciesFault: () => judged('dependencies', 'error'),
  JudgeDataset: () => judged('dataset', 'pass'),
  RecordDatasetFault: () => judged('dataset', 'error'),
  JudgePrivacy: () => judged('privacy', 'pass'),
  RecordPrivacyFault: () => judged('privacy', 'error'),
  MeasureRobustness: () => judged('robustness', 'pass'),
  RecordRobustnessFault: () => judged('robustness', 'error'),
  AttestJudgement: () => ({ attested: ['integrity', 'schema', 'performance', 'integration'] }),
  AdmitStaging: () => ({ outcome: 'admitted' }),
  DriveLoad: () => judged('load', 'pass'),
  RecordLoadFault: () => judged('load', 'error'),
  AttestLoad: () => ({ attested: ['load'] }),
  ConcludeGates: concluded('pass'),
  DescribeVersion: () => ({
    card: pointer('acme/churn/1.2.0/model-card.json'),
    bom: pointer('acme/churn/1.2.0/ml-bom.json'),
  }),
  RequestApproval: () => ({}),
  SettleApproval: settled('APPROVED'),
  AdmitVersion: () => ({ outcome: 'admitted' }),
  PlanRollout: () => ({ outcome: 'direct' }),
  StartTrial: () => ({
    ExecutionArn: 'arn:aws:states:us-east-1:123456789012:execution:rollout:1',
  }),
  ActivateVersion: () => ({ outcome: 'activated', predecessor: '1.1.0' }),
  FailRelease: () => ({ stage: 'FAILED' }),
};

export const faulty =
  (name = 'Runtime.HandlerError', cause?: string) =>
  (): never => {
    throw new TaskFault(name, cause);
  };

/** Answers one after the other; the last one stays. */
export function inTurn<T>(...answers: readonly [() => T, ...(() => T)[]]): () => T {
  let turn = 0;
  return () => (answers[Math.min(turn++, answers.length - 1)] ?? answers[0])();
}
