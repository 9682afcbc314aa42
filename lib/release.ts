import { Duration, Tags } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { REGISTRAR_TAG } from './artifact-bucket.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import { Evaluation } from './evaluation.ts';
import type { Inference } from './inference.ts';
import { ReleaseGates } from './release-gates.ts';
import { ReleaseTasks } from './release-tasks.ts';
import { Workflow } from './workflow.ts';

export interface ReleaseProps {
  readonly config: Config;
  readonly data: DataStack;
  readonly deadLetters: DeadLetters;
  readonly inference: Inference;
  /** What an approved version goes through beside the one that serves. */
  readonly rollout: Workflow;
}

/** From an uploaded manifest to production: the release state machine, its tasks and its trigger. */
export class Release extends Construct {
  readonly workflow: Workflow;
  readonly #data: DataStack;
  readonly #tasks: ReleaseTasks;

  constructor(
    scope: Construct,
    id: string,
    { config, data, deadLetters, inference, rollout }: ReleaseProps,
  ) {
    super(scope, id);
    this.#data = data;
    const { repository } = config.evaluation;
    const jobs =
      repository === null ? undefined : new Evaluation(this, 'Evaluation', { data, repository });
    this.#tasks = new ReleaseTasks(this, data);
    this.workflow = new Workflow(this, 'Workflow', {
      definition: 'release',
      functions: {
        ...this.#registration(),
        ...this.#signing(),
        ...new ReleaseGates(this.#tasks, data).functions({ inference, jobs }),
        ...this.#approval(),
        ...this.#planning(),
      },
      machines: { RolloutMachine: rollout },
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
    const ClaimUpload = this.#tasks.task('ClaimUpload', 'registry', {
      description: 'Gives an uploaded manifest to one execution',
    });
    artifacts.grantRead(ClaimUpload);
    artifacts.grantSeeMissing(ClaimUpload);
    registry.grantReadWrite(ClaimUpload, 'claims');

    const RegisterVersion = this.#tasks.task('RegisterVersion', 'registry', {
      description: 'Checks, hashes and pins an upload, and writes the version',
      timeout: Duration.minutes(15),
    });
    Tags.of(RegisterVersion.role as Construct).add(REGISTRAR_TAG.key, REGISTRAR_TAG.value);
    artifacts.grantRead(RegisterVersion);
    artifacts.grantList(RegisterVersion);
    artifacts.grantLock(RegisterVersion);
    evidence.grantAdd(RegisterVersion, 'versions/*/artifact.json', 'policies/*');
    registry.grantRead(
      RegisterVersion,
      ...(['versions', 'digests', 'people', 'policies', 'approvals'] as const),
    );
    registry.grantWrite(RegisterVersion, 'versions', 'digests', 'lineage', 'claims');

    const ActivateVersion = this.#tasks.task('ActivateVersion', 'registry', {
      description: 'Gives a version all traffic, in one transaction',
    });
    evidence.grantRead(ActivateVersion, 'versions/');
    registry.grantRead(ActivateVersion, 'monitoring');
    registry.grantReadWrite(ActivateVersion, 'versions', 'routes', 'policies');
    registry.grantCheck(ActivateVersion, 'approvals', 'digests', 'policies', 'monitoring');

    const FailRelease = this.#tasks.task('FailRelease', 'registry', {
      description: 'Records that a release broke off',
    });
    registry.grantReadWrite(FailRelease, 'versions', 'claims');
    return { ClaimUpload, RegisterVersion, ActivateVersion, FailRelease };
  }

  #signing() {
    const { artifacts, evidence, registry, artifactKey, attestationKey } = this.#data;
    const SignDigest = this.#tasks.task('SignDigest', 'signing', {
      description: 'Recomputes the digest of a version and signs it',
      timeout: Duration.minutes(15),
      environment: { ARTIFACT_KEY_ARN: artifactKey.arn },
    });
    artifacts.grantRead(SignDigest);
    evidence.grantRead(SignDigest, 'versions/');
    evidence.grantAdd(SignDigest, 'versions/*/model.sig');
    registry.grantReadWrite(SignDigest, 'versions');
    artifactKey.grantSign(SignDigest);

    const AdmitVersion = this.#tasks.task('AdmitVersion', 'signing', {
      description: 'Signs the leave to load an approved version',
      timeout: Duration.minutes(2),
      environment: { ATTESTATION_KEY_ARN: attestationKey.arn },
    });
    evidence.grantAdd(AdmitVersion, 'versions/*/admission/ADMITTED/*');
    registry.grantRead(AdmitVersion, 'approvals');
    registry.grantReadWrite(AdmitVersion, 'versions');
    attestationKey.grantSign(AdmitVersion);

    const AttestGates = this.#tasks.task('AttestGates', 'signing', {
      description: "Signs each gate's verdict",
      timeout: Duration.minutes(2),
      environment: { ATTESTATION_KEY_ARN: attestationKey.arn },
    });
    evidence.grantRead(AttestGates, 'versions/');
    evidence.grantAdd(AttestGates, 'versions/*/attestations/*');
    registry.grantReadWrite(AttestGates, 'versions');
    attestationKey.grantSign(AttestGates);

    const DescribeVersion = this.#tasks.task('DescribeVersion', 'signing', {
      description: 'Writes and signs the model card and the bill of materials',
      timeout: Duration.minutes(2),
      memoryMiB: 1024,
      environment: { ATTESTATION_KEY_ARN: attestationKey.arn },
    });
    artifacts.grantRead(DescribeVersion);
    evidence.grantRead(DescribeVersion, 'versions/');
    evidence.grantAdd(DescribeVersion, 'versions/*/description/*');
    registry.grantReadWrite(DescribeVersion, 'versions');
    attestationKey.grantSign(DescribeVersion);
    return { SignDigest, AdmitVersion, AttestGates, DescribeVersion };
  }

  #approval() {
    const { evidence, registry } = this.#data;
    const RequestApproval = this.#tasks.task('RequestApproval', 'access', {
      description: 'Opens an approval, for people to vote on',
    });
    evidence.grantRead(RequestApproval, 'policies/');
    registry.grantReadWrite(RequestApproval, 'versions', 'approvals');

    const SettleApproval = this.#tasks.task('SettleApproval', 'access', {
      description: 'Reads what became of an approval',
    });
    registry.grantReadWrite(SettleApproval, 'versions', 'approvals');
    return { RequestApproval, SettleApproval };
  }
  #planning() {
    const { evidence, registry } = this.#data;
    const PlanRollout = this.#tasks.task('PlanRollout', 'rollout', {
      description: 'Says how an approved version comes to traffic',
    });
    evidence.grantRead(PlanRollout, 'policies/');
    registry.grantRead(PlanRollout, 'versions', 'routes');
    return { PlanRollout };
  }
}
