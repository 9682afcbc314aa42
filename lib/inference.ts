import { Duration } from 'aws-cdk-lib';
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

  constructor(scope: Construct, id: string, { config, data }: InferenceProps) {
    super(scope, id);
    const { memoryMiB, sessionCacheMiB } = config.inference;
    this.infer = new AssayFunction(this, 'Infer', {
      room: 'serving',
      description: 'Open Inference Protocol v2 over verified models',
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
    data.registry.grantRead(this.infer);
    data.artifacts.grantRead(this.infer);
    data.evidence.grantRead(this.infer, 'versions/');
    data.artifactKey.grantVerify(this.infer);
    data.attestationKey.grantVerify(this.infer);
  }
}
