import { Duration } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import { grantBackends } from './backends.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';
import { Reservoir } from './reservoir.ts';

const EVENT_SOURCE = 'io.assay';

export interface InferenceProps {
  readonly config: Config;
  readonly data: DataStack;
  /** Assay's own, which is told of candidates that fail. */
  readonly bus: EventBus;
}

/** Answers predictions; it reads what it serves and can change none of it. */
export class Inference extends Construct {
  readonly infer: AssayFunction;
  readonly #staging: AssayFunction;

  constructor(scope: Construct, id: string, props: InferenceProps) {
    super(scope, id);
    const { concurrency, stagingConcurrency } = props.config.inference;
    this.infer = this.#serving('Infer', props, {
      description: 'Open Inference Protocol v2 over verified models',
      ...(concurrency !== null && { reservedConcurrency: concurrency }),
    });
    this.#staging = this.#serving('InferStaging', props, {
      description: 'The same over versions that the load gate judges; no route leads here',
      ...(stagingConcurrency !== null && { reservedConcurrency: stagingConcurrency }),
    });
    this.#counting(props, this.#shadow(props));
  }

  /** Lets `driver` ask the staging function, which nobody else may, and tells it which one it is. */
  grantDrive(driver: AssayFunction): void {
    this.#grantInvoke(driver, this.#staging, 'STAGING_FUNCTION_ARN');
  }

  #shadow(props: InferenceProps): AssayFunction {
    const shadow = this.#serving('InferShadow', props, {
      description: 'Runs copies of requests on a candidate in shadow; nobody gets its answers',
      timeout: Duration.minutes(1),
    });
    // A copy that is lost leaves a sample smaller; kept in a queue, it would be a person's features.
    shadow.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    props.data.registry.grantRead(shadow, 'routes');
    props.data.metrics.grantCount(shadow);
    grantBackends(shadow, props.config.backends);
    return shadow;
  }

  /** What production does beside answering: it counts trials, seals decisions, copies and tells. */
  #counting({ config, data, bus }: InferenceProps, shadow: AssayFunction): void {
    data.registry.grantRead(this.infer, 'routes');
    data.metrics.grantCount(this.infer);
    data.metrics.grantCapture(this.infer);
    const { capture } = config;
    if (capture.reservoirShare > 0) {
      new Reservoir(this, 'Reservoir', { data, capture }).grantSample(this.infer);
    }
    grantBackends(this.infer, config.backends);
    data.derivationKey.grantDerive(this.infer);
    this.#grantInvoke(this.infer, shadow, 'SHADOW_FUNCTION_ARN');
    this.infer.addEnvironment('EVENT_BUS', bus.eventBusName);
    this.infer.addToRolePolicy(
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [bus.eventBusArn],
        // A request names a source and a type for each of its events; all must be these.
        conditions: {
          'ForAllValues:StringEquals': {
            'events:source': EVENT_SOURCE,
            'events:detail-type': `${EVENT_SOURCE}.candidate.failing.v1`,
          },
          Null: { 'events:source': 'false', 'events:detail-type': 'false' },
        },
      }),
    );
    const { predictionCacheMiB, redisUrlSecret } = config.inference;
    this.infer.addEnvironment('PREDICTION_CACHE_MIB', String(predictionCacheMiB));
    if (redisUrlSecret === null) return;
    this.infer.addEnvironment('REDIS_SECRET_ARN', redisUrlSecret);
    this.infer.addToRolePolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [redisUrlSecret],
      }),
    );
  }

  #grantInvoke(caller: AssayFunction, { functionArn }: AssayFunction, variable: string): void {
    caller.addToRolePolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
    );
    caller.addEnvironment(variable, functionArn);
  }

  /** They differ in the admissions that they load by, and what else they do, which is in their code. */
  #serving(
    id: string,
    { config, data }: InferenceProps,
    props: Pick<
      ConstructorParameters<typeof AssayFunction>[2],
      'description' | 'reservedConcurrency'
    > & { readonly timeout?: Duration },
  ): AssayFunction {
    const { memoryMiB, sessionCacheMiB } = config.inference;
    const serving = new AssayFunction(this, id, {
      timeout: Duration.seconds(29),
      ...props,
      room: 'serving',
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
    data.registry.grantRead(serving, 'versions');
    data.artifacts.grantRead(serving);
    data.evidence.grantRead(serving, 'versions/');
    data.artifactKey.grantVerify(serving);
    data.attestationKey.grantVerify(serving);
    return serving;
  }
}
