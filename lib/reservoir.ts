import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Compression,
  DeliveryStream,
  EnableLogging,
  S3Bucket,
  StreamEncryption,
} from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { AssayFunction } from './assay-function.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';

export interface ReservoirProps {
  readonly data: DataStack;
  readonly capture: Config['capture'];
}

/** Takes sampled rows to the data bucket, where lifecycle ends them. */
export class Reservoir extends Construct {
  readonly #stream: DeliveryStream;
  readonly #capture: Config['capture'];

  constructor(scope: Construct, id: string, { data, capture }: ReservoirProps) {
    super(scope, id);
    this.#capture = capture;
    const role = new Role(this, 'DeliveryRole', {
      // Firehose documents no condition here: iam:PassRole says who may hand it the role.
      assumedBy: new ServicePrincipal('firehose.amazonaws.com'),
      description: 'Delivers sampled rows to the data bucket',
    });
    data.data.grantReservoir(role);
    const logGroup = new LogGroup(this, 'DeliveryLog', {
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(role);
    this.#stream = new DeliveryStream(this, 'Stream', {
      encryption: StreamEncryption.awsOwnedKey(),
      destination: new S3Bucket(data.data.bucket, {
        // What the L2 would grant is the whole bucket, deleting included.
        role: role.withoutPolicyUpdates(),
        // Lifecycle goes by the prefix, errors included.
        dataOutputPrefix: 'reservoir/!{timestamp:yyyy/MM/dd/HH}/',
        errorOutputPrefix: 'reservoir/errors/!{firehose:error-output-type}/',
        compression: Compression.GZIP,
        fileExtension: '.jsonl.gz',
        bufferingInterval: Duration.seconds(300),
        bufferingSize: Size.mebibytes(5),
        loggingConfig: new EnableLogging(logGroup),
      }),
    });
    this.#stream.node.addDependency(role);
  }

  /** Lets `fn` put rows on the stream, and tells it which ones. */
  grantSample(fn: AssayFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['firehose:PutRecordBatch'],
        resources: [this.#stream.deliveryStreamArn],
      }),
    );
    const { reservoirShare, omit } = this.#capture;
    fn.addEnvironment('RESERVOIR_STREAM', this.#stream.deliveryStreamName);
    fn.addEnvironment('RESERVOIR_SHARE', String(reservoirShare));
    fn.addEnvironment('RESERVOIR_OMIT', JSON.stringify(omit));
  }
}
