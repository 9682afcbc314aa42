import { Duration } from 'aws-cdk-lib';
import type { DataStack } from './data-stack.ts';
import type { Evaluation } from './evaluation.ts';
import type { Inference } from './inference.ts';
import type { ReleaseTasks } from './release-tasks.ts';

interface Judging {
  readonly inference: Inference;
  /** Where processing jobs evaluate versions; undefined where none may. */
  readonly jobs: Evaluation | undefined;
}

/** The functions that judge a version, each with the rights that its judgement needs. */
export class ReleaseGates {
  readonly #tasks: ReleaseTasks;
  readonly #data: DataStack;

  constructor(tasks: ReleaseTasks, data: DataStack) {
    this.#tasks = tasks;
    this.#data = data;
  }

  functions({ inference, jobs }: Judging) {
    return {
      ...this.#model(),
      ...this.#evaluation(jobs),
      ...this.#evidenceGates(),
      ...this.#staging(inference),
    };
  }

  #model() {
    const { artifacts, artifactKey } = this.#data;
    const CheckIntegrity = this.#tasks.gate('CheckIntegrity', {
      description: 'Gate: files, hashes, signature, and the model opens',
      timeout: Duration.minutes(10),
      onnx: true,
      memoryMiB: 3008,
      scratchMiB: 4096,
      environment: { ARTIFACT_KEY_ARN: artifactKey.arn },
    });
    artifactKey.grantVerify(CheckIntegrity);
    const CheckSchema = this.#tasks.gate('CheckSchema', {
      description: 'Gate: declared inputs and outputs are those of the model',
      timeout: Duration.minutes(5),
      memoryMiB: 1024,
    });
    const ScanArtifact = this.#tasks.gate('ScanArtifact', {
      description: 'Gate: nothing in the artifact does more than hold a model',
      timeout: Duration.minutes(10),
      memoryMiB: 1769,
    });
    const ReplayGoldenCases = this.#tasks.gate('ReplayGoldenCases', {
      description: 'Gate: golden cases through the serving code',
      timeout: Duration.minutes(15),
      onnx: true,
      memoryMiB: 3008,
      scratchMiB: 4096,
    });
    const readers = [CheckIntegrity, CheckSchema, ScanArtifact, ReplayGoldenCases];
    for (const gate of readers) artifacts.grantRead(gate);

    const RecordGateFault = this.#tasks.gate('RecordGateFault', {
      description: 'Records the verdict error for a gate that could not judge',
      timeout: Duration.minutes(1),
    });
    const ConcludeGates = this.#tasks.task('ConcludeGates', 'gates', {
      description: 'Moves a version to STAGING or FAILED by its worst verdict',
    });
    this.#data.evidence.grantRead(ConcludeGates, 'policies/');
    this.#data.registry.grantReadWrite(ConcludeGates, 'versions');
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
    const PlanEvaluation = this.#tasks.task('PlanEvaluation', 'gates', {
      description: 'Says where a version is evaluated, and lays out what a job answers',
      timeout: Duration.minutes(5),
      memoryMiB: 1769,
      environment,
    });
    artifacts.grantRead(PlanEvaluation);
    evidence.grantRead(PlanEvaluation, 'versions/', 'policies/');
    registry.grantRead(PlanEvaluation, 'versions', 'routes');
    data.grantPlanEvaluations(PlanEvaluation);
    jobs?.grantPlan(PlanEvaluation);

    const MeasurePerformance = this.#tasks.gate('MeasurePerformance', {
      description: 'Gate: quality, calibration, latency and memory beside production',
      timeout: Duration.minutes(15),
      onnx: true,
      memoryMiB: 3008,
      scratchMiB: 8192,
      environment,
    });
    artifacts.grantRead(MeasurePerformance);
    registry.grantRead(MeasurePerformance, 'routes');
    registry.grantWrite(MeasurePerformance, 'versions', 'labels');
    data.grantJudgeEvaluations(MeasurePerformance);
    return { PlanEvaluation, MeasurePerformance };
  }

  /** Gates over what comes with a model: its packages, its data, its answers. */
  #evidenceGates() {
    const { artifacts, data } = this.#data;
    const JudgeDependencies = this.#tasks.gate('JudgeDependencies', {
      description: 'Gate: what the version needs has no known vulnerability',
      timeout: Duration.minutes(5),
      memoryMiB: 1024,
      environment: { DATA_BUCKET: data.bucket.bucketName },
    });
    data.grantReadAdvisories(JudgeDependencies);
    const JudgeDataset = this.#tasks.gate('JudgeDataset', {
      description: 'Gate: the training data keep their contract',
      timeout: Duration.minutes(15),
      memoryMiB: 3008,
    });
    const JudgePrivacy = this.#tasks.gate('JudgePrivacy', {
      description: 'Gate: no personal data in samples, predictions and texts',
      timeout: Duration.minutes(15),
      onnx: true,
      memoryMiB: 3008,
      scratchMiB: 4096,
    });
    const MeasureRobustness = this.#tasks.gate('MeasureRobustness', {
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
    const AdmitStaging = this.#tasks.task('AdmitStaging', 'signing', {
      description: 'Signs the leave to load a version for the load gate',
      timeout: Duration.minutes(2),
      environment: { ATTESTATION_KEY_ARN: attestationKey.arn },
    });
    evidence.grantRead(AdmitStaging, 'policies/');
    evidence.grantAdd(AdmitStaging, 'versions/*/admission/STAGING/*');
    registry.grantReadWrite(AdmitStaging, 'versions');
    attestationKey.grantSign(AdmitStaging);

    const DriveLoad = this.#tasks.gate('DriveLoad', {
      description: 'Gate: errors, latency and throughput under load',
      timeout: Duration.minutes(15),
      memoryMiB: 1769,
    });
    artifacts.grantRead(DriveLoad);
    inference.grantDrive(DriveLoad);
    return { AdmitStaging, DriveLoad };
  }
}
