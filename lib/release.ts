import { Duration, Tags } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { REGISTRAR_TAG } from './artifact-bucket.ts';
import { AssayFunction } from './assay-function.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import { Evaluation } from './evaluation.ts';
import type { Inference } from './inference.ts';
import { Workflow } from './workflow.ts';

export interface ReleaseProps {
  readonly config: Config;
  readonly data: DataStack;
  readonly deadLetters: DeadLetters;
  readonly inference: Inference;
}

/** From an uploaded manifest to production: the release state machine, its tasks and its trigger. */
export class Release extends Construct {
  readonly workflow: Workflow;
  readonly #data: DataStack;
  readonly #environment: Record<string, string>;

  constructor(
    scope: Construct,
    id: string,
    { config, data, deadLetters, inference }: ReleaseProps,
  ) {
    super(scope, id);
    this.#data = data;
    const { repository } = config.evaluation;
    const jobs =
      repository === null ? undefined : new Evaluation(this, 'Evaluation', { data, repository });
    this.#environment = {
      REGISTRY_TABLE: data.registry.table.tableName,
      ARTIFACT_BUCKET: data.artifacts.bucket.bucketName,
      EVIDENCE_BUCKET: data.evidence.bucket.bucketName,
    };
    this.workflow = new Workflow(this, 'Workflow', {
      definition: 'release',
      functions: {
        ...this.#registration(),
        ...this.#signing(),
        ...this.#gates(),
        ...this.#evaluation(jobs),
        ...this.#evidenceGates(),
        ...this.#staging(inference),
        ...this.#approval(),
      },
    });
    jobs?.grantRun(this.workflow.stateMachine);
    new Rule(this, 'ManifestUploaded', {
      description: 'An uploaded manifest.json starts a release',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [data.artifacts.bucket.bucketName] },
          object: { key: [{ wildcard: 'uploads/*/manifest.json' }] },
        },
      },
      targets: [
        new SfnStateMachine(this.workflow.stateMachine, {
          deadLetterQueue: deadLetters.queue('ManifestUploaded'),
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
  }

  #registration() {
    const { artifacts, evidence, registry } = this.#data;
    const ClaimUpload = this.#task('ClaimUpload', 'registry', {
      description: 'Gives an uploaded manifest to one execution',
    });
    artifacts.grantRead(ClaimUpload);
    artifacts.grantSeeMissing(ClaimUpload);
    registry.grantWrite(ClaimUpload, 'claims');

    const RegisterVersion = this.#task('RegisterVersion', 'registry', {
      description: 'Checks, hashes and pins an upload, and writes the version',
      timeout: Duration.minutes(15),
    });
    Tags.of(RegisterVersion.role as Construct).add(REGISTRAR_TAG.key, REGISTRAR_TAG.value);
    artifacts.grantRead(RegisterVersion);
    artifacts.grantList(RegisterVersion);
    artifacts.grantLock(RegisterVersion);
    evidence.grantAdd(RegisterVersion, 'versions/*/artifact.json', 'policies/*');
    registry.grantWrite(RegisterVersion, 'versions', 'digests', 'lineage', 'claims');

    const ActivateVersion = this.#task('ActivateVersion', 'registry', {
      description: 'Gives a version all traffic, in one transaction',
    });
    evidence.grantRead(ActivateVersion, 'versions/');
    registry.grantWrite(ActivateVersion, 'versions', 'routes', 'policies');
    registry.grantCheck(ActivateVersion, 'approvals', 'digests', 'policies');

    const FailRelease = this.#task('FailRelease', 'registry', {
      description: 'Records that a release broke off',
    });
    registry.grantWrite(FailRelease, 'versions', 'claims');
    return { ClaimUpload, RegisterVersion, ActivateVersion, FailRelease };
  }

  #signing() {
    const { artifacts, evidence, registry, artifactKey, attestationKey } = this.#data;
    const SignDigest = this.#task('SignDigest', 'signing', {
      description: 'Recomputes the digest of a version and signs it',
      timeout: Duration.minutes(15),
      environment: { ARTIFACT_KEY_ARN: artifactKey.arn },
    });
    artifacts.grantRead(SignDigest);
    evidence.grantRead(SignDigest, 'versions/');
    evidence.grantAdd(SignDigest, 'versions/*/model.sig');
    registry.grantWrite(SignDigest, 'versions');
    artifactKey.grantSign(SignDigest);

    const AdmitVersion = this.#task('AdmitVersion', 'signing', {
      description: 'Signs the leave to load an approved version',
      timeout: Duration.minutes(2),
      environment: { ATTESTATION_KEY_ARN: attestationKey.arn },
    });
    evidence.grantAdd(AdmitVersion, 'versions/*/admission/ADMITTED/*');
    registry.grantWrite(AdmitVersion, 'versions');
    attestationKey.grantSign(AdmitVersion);

    const AttestGates = this.#task('AttestGates', 'signing', {
      description: "Signs each gate's verdict",
      timeout: Duration.minutes(2),
      environment: { ATTESTATION_KEY_ARN: attestationKey.arn },
    });
    evidence.grantRead(AttestGates, 'versions/');
    evidence.grantAdd(AttestGates, 'versions/*/attestations/*');
    registry.grantWrite(AttestGates, 'versions');
    attestationKey.grantSign(AttestGates);

    const DescribeVersion = this.#task('DescribeVersion', 'signing', {
      description: 'Writes and signs the model card and the bill of materials',
      timeout: Duration.minutes(2),
      memoryMiB: 1024,
      environment: { ATTESTATION_KEY_ARN: attestationKey.arn },
    });
    artifacts.grantRead(DescribeVersion);
    evidence.grantRead(DescribeVersion, 'versions/');
    evidence.grantAdd(DescribeVersion, 'versions/*/description/*');
    registry.grantWrite(DescribeVersion, 'versions');
    attestationKey.grantSign(DescribeVersion);
    return { SignDigest, AdmitVersion, AttestGates, DescribeVersion };
  }

  #gates() {
    const { artifacts, artifactKey } = this.#data;
    const CheckIntegrity = this.#gate('CheckIntegrity', {
      description: 'Gate: files, hashes, signature, and the model opens',
      timeout: Duration.minutes(10),
      onnx: true,
      memoryMiB: 3008,
      scratchMiB: 4096,
      environment: { ARTIFACT_KEY_ARN: artifactKey.arn },
    });
    artifactKey.grantVerify(CheckIntegrity);
    const CheckSchema = this.#gate('CheckSchema', {
      description: 'Gate: declared inputs and outputs are those of the model',
      timeout: Duration.minutes(5),
      memoryMiB: 1024,
    });
    const ScanArtifact = this.#gate('ScanArtifact', {
      description: 'Gate: nothing in the artifact does more than hold a model',
      timeout: Duration.minutes(10),
      memoryMiB: 1769,
    });
    const ReplayGoldenCases = this.#gate('ReplayGoldenCases', {
      description: 'Gate: golden cases through the serving code',
      timeout: Duration.minutes(15),
      onnx: true,
      memoryMiB: 3008,
      scratchMiB: 4096,
    });
    const readers = [CheckIntegrity, CheckSchema, ScanArtifact, ReplayGoldenCases];
    for (const gate of readers) artifacts.grantRead(gate);

    const RecordGateFault = this.#gate('RecordGateFault', {
      description: 'Records the verdict error for a gate that could not judge',
      timeout: Duration.minutes(1),
    });
    const ConcludeGates = this.#task('ConcludeGates', 'gates', {
      description: 'Moves a version to STAGING or FAILED by its worst verdict',
    });
    this.#data.evidence.grantRead(ConcludeGates, 'policies/');
    this.#data.registry.grantWrite(ConcludeGates, 'versions');
    return {
      CheckIntegrity,
      CheckSchema,
      ScanArtifact,
      ReplayGoldenCases,
      RecordGateFault,
      ConcludeGates,
    };
  }

  /** The performance gate, and what says where it has a version evaluated. */
  #evaluation(jobs: Evaluation | undefined) {
    const { artifacts, data, evidence, registry } = this.#data;
    const environment = { DATA_BUCKET: data.bucket.bucketName };
    const PlanEvaluation = this.#task('PlanEvaluation', 'gates', {
      description: 'Says where a version is evaluated, and lays out what a job answers',
      timeout: Duration.minutes(5),
      memoryMiB: 1769,
      environment,
    });
    artifacts.grantRead(PlanEvaluation);
    evidence.grantRead(PlanEvaluation, 'versions/', 'policies/');
    registry.grantRead(PlanEvaluation);
    data.grantPlanEvaluations(PlanEvaluation);
    jobs?.grantPlan(PlanEvaluation);

    const MeasurePerformance = this.#gate('MeasurePerformance', {
      description: 'Gate: quality, calibration, latency and memory beside production',
      timeout: Duration.minutes(15),
      onnx: true,
      memoryMiB: 3008,
      scratchMiB: 8192,
      environment,
    });
    artifacts.grantRead(MeasurePerformance);
    data.grantJudgeEvaluations(MeasurePerformance);
    return { PlanEvaluation, MeasurePerformance };
  }

  /** Gates over what comes with a model: its packages, its data, its answers. */
  #evidenceGates() {
    const { artifacts, data } = this.#data;
    const JudgeDependencies = this.#gate('JudgeDependencies', {
      description: 'Gate: what the version needs has no known vulnerability',
      timeout: Duration.minutes(5),
      memoryMiB: 1024,
      environment: { DATA_BUCKET: data.bucket.bucketName },
    });
    data.grantReadAdvisories(JudgeDependencies);
    const JudgeDataset = this.#gate('JudgeDataset', {
      description: 'Gate: the training data keep their contract',
      timeout: Duration.minutes(15),
      memoryMiB: 3008,
    });
    const JudgePrivacy = this.#gate('JudgePrivacy', {
      description: 'Gate: no personal data in samples, predictions and texts',
      timeout: Duration.minutes(15),
      onnx: true,
      memoryMiB: 3008,
      scratchMiB: 4096,
    });
    const MeasureRobustness = this.#gate('MeasureRobustness', {
      description: 'Gate: answers to noisy, incomplete and adversarial rows',
      timeout: Duration.minutes(15),
      onnx: true,
      memoryMiB: 3008,
      scratchMiB: 4096,
    });
    const gates = { JudgeDependencies, JudgeDataset, JudgePrivacy, MeasureRobustness };
    for (const gate of Object.values(gates)) artifacts.grantRead(gate);
    return gates;
  }

  /** Leave to load a version for the load gate alone, and that gate. */
  #staging(inference: Inference) {
    const { artifacts, evidence, registry, attestationKey } = this.#data;
    const AdmitStaging = this.#task('AdmitStaging', 'signing', {
      description: 'Signs the leave to load a version for the load gate',
      timeout: Duration.minutes(2),
      environment: { ATTESTATION_KEY_ARN: attestationKey.arn },
    });
    evidence.grantRead(AdmitStaging, 'policies/');
    evidence.grantAdd(AdmitStaging, 'versions/*/admission/STAGING/*');
    registry.grantWrite(AdmitStaging, 'versions');
    attestationKey.grantSign(AdmitStaging);

    const DriveLoad = this.#gate('DriveLoad', {
      description: 'Gate: errors, latency and throughput under load',
      timeout: Duration.minutes(15),
      memoryMiB: 1769,
    });
    artifacts.grantRead(DriveLoad);
    inference.grantDrive(DriveLoad);
    return { AdmitStaging, DriveLoad };
  }

  #approval() {
    const { evidence, registry } = this.#data;
    const RequestApproval = this.#task('RequestApproval', 'access', {
      description: 'Opens an approval, for people to vote on',
    });
    evidence.grantRead(RequestApproval, 'policies/');
    registry.grantWrite(RequestApproval, 'versions', 'approvals');

    const SettleApproval = this.#task('SettleApproval', 'access', {
      description: 'Reads what became of an approval',
    });
    registry.grantWrite(SettleApproval, 'versions', 'approvals');
    return { RequestApproval, SettleApproval };
  }

  /** Gates read the version's evidence, and add their own result to it. */
  #gate(id: string, props: TaskProps): AssayFunction {
    const { evidence, registry } = this.#data;
    const gate = this.#task(id, 'gates', props);
    evidence.grantRead(gate, 'versions/', 'policies/');
    evidence.grantAdd(gate, 'versions/*/gates/*');
    registry.grantWrite(gate, 'versions');
    return gate;
  }

  #task(id: string, room: string, { environment, ...props }: TaskProps): AssayFunction {
    return new AssayFunction(this, id, {
      room,
      timeout: Duration.minutes(1),
      environment: { ...this.#environment, ...environment },
      ...props,
    });
  }
}

type TaskProps = Omit<ConstructorParameters<typeof AssayFunction>[2], 'room' | 'timeout'> & {
  readonly timeout?: Duration;
};
