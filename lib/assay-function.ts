import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Duration, RemovalPolicy, Size, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { onnxLayer } from './onnx-layer.ts';

export interface AssayFunctionProps {
  /** Room in lambdas/ that has the handler's file, which is named after the construct id. */
  readonly room: string;
  readonly timeout: Duration;
  readonly environment?: Record<string, string>;
  readonly memoryMiB?: number;
  readonly scratchMiB?: number;
  /** How many of it run at once, at most, and can run whatever else does. */
  readonly reservedConcurrency?: number;
  /** Whether it opens models: then it has the layer with ONNX Runtime. */
  readonly onnx?: boolean;
  readonly description: string;
}

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** One Lambda function of lambdas/, with a role of its own that can log and trace, no more. */
export class AssayFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: AssayFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
        resources: ['*'],
      }),
    );
    super(scope, id, {
      entry: `${PROJECT}/lambdas/${props.room}/${kebab(id)}.ts`,
      projectRoot: PROJECT,
      depsLockFilePath: `${PROJECT}/package-lock.json`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      timeout: props.timeout,
      memorySize: props.memoryMiB ?? 512,
      ephemeralStorageSize: Size.mebibytes(props.scratchMiB ?? 512),
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.environment },
      ...(props.onnx && { layers: [onnxLayer(scope)] }),
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node20',
        minify: true,
        sourceMap: true,
        sourcesContent: false,
        mainFields: ['module', 'main'],
        externalModules: [],
        // Some dependencies are CommonJS and call `require` for Node's own modules.
        banner:
          "import{createRequire as assayRequire}from'node:module';const require=assayRequire(import.meta.url);",
        ...(props.onnx && { commandHooks: childProcesses }),
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray has no resources: its two write actions only take *.',
    });
  }
}

/** Packages the small processes that measure a model's memory and that candidates run in. */
const childProcesses = {
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (_input: string, output: string): string[] => {
    return ['onnx/peak-memory-child', 'serving/isolated/candidate-child'].map(
      (child) =>
        `"${PROJECT}/node_modules/.bin/esbuild" "${PROJECT}/lambdas/${child}.ts" --bundle --minify --platform=node --target=node20 --format=esm "--outfile=${output}/${basename(child)}.mjs" --log-level=warning`,
    );
  },
};

const kebab = (name: string): string => name.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
