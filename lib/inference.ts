import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';

export interface InferenceProps {
  readonly config: Config;
  readonly data: DataStack;
}

/** Answers predictions; it reads what it serves and can change none of it. */
export class Inference extends Construct {
  readonly infer: AssayFunction;
  readonly #staging: AssayFunction;

  constructor(scope: Construct, id: string, props: InferenceProps) {
    super(scope, id);
    this.infer = this.#serving('Infer', props, {
      description: 'Open Inference Protocol v2 over verified models',
    });
    const { stagingConcurrency } = props.config.inference;
    this.#staging = this.#serving('InferStaging', props, {
      description: 'The same over versions that the load gate judges; no route leads here',
      ...(stagingConcurrency !== null && { reservedConcurrency: stagingConcurrency }),
    });
  }

  /** Lets `driver` ask the staging function, which nobody else may, and tells it which one it is. */
  grantDrive(driver: AssayFunction): void {
    const { functionArn } = this.#staging;
    driver.addToRolePolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
    );
    driver.addEnvironment('STAGING_FUNCTION_ARN', functionArn);
  }

  /** The two differ in the admissions that they load by, which is in their code. */
  #serving(
    id: string,
    { config, data }: InferenceProps,
    props: Pick<
      ConstructorParameters<typeof AssayFunction>[2],
      'description' | 'reservedConcurrency'
    >,
  ): AssayFunction {
    const { memoryMiB, sessionCacheMiB } = config.inference;
    const serving = new AssayFunction(this, id, {
      ...props,
      room: 'serving',
      timeout: Duration.seconds(29),
      onnx: true,
      memoryMiB,
      scratchMiB: 4096,
      environment: {
        REGISTRY_TABLE: data.registry.table.tableName,
        ARTIFACT_BUCKET: data.artifacts.bucket.bucketName,
        EVIDENCE_BUCKET: data.evidence.bucket.bucketName,
        ARTIFACT_KEY_ARN: data.artifactKey.arn,
        ATTESTATION_KEY_ARN: data.attestationKey.arn,
        SESSION_CACHE_MIB: String(sessionCacheMiB),
        // ONNX Runtime's buffers go back to the system when a session closes, or eviction frees nothing.
        MALLOC_MMAP_THRESHOLD_: '131072',
        MALLOC_TRIM_THRESHOLD_: '131072',
      },
    });
    data.registry.grantRead(serving);
    data.artifacts.grantRead(serving);
    data.evidence.grantRead(serving, 'versions/');
    data.artifactKey.grantVerify(serving);
    data.attestationKey.grantVerify(serving);
    return serving;
  }
}
