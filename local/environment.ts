import { delimiter, dirname, join } from 'node:path';
import { type Home, PROJECT } from './home.ts';
import { requireLoopback } from './loopback.ts';

// The SDK prints a notice about Node 20 that nobody who runs the local cloud can act on.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

type Environment = Readonly<Record<string, string | undefined>>;

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** What an AWS client needs to speak to the local cloud and to nothing else. */
export function clientVariables(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: requireLoopback(endpoint),
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
  };
}

/** `inherited` for a child that speaks to the local cloud, without a trace of real credentials. */
export function clientEnvironment(
  endpoint: string,
  inherited: Environment = process.env,
): Record<string, string | undefined> {
  return {
    ...without(inherited, /^AWS_/),
    ...clientVariables(endpoint),
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    // SDK v3 warns about Node 20 on each start.
    NODE_NO_WARNINGS: '1',
  };
}

export interface ServerOptions {
  readonly port: number;
  /** Whether IAM policies decide on every request. */
  readonly iam: boolean;
}

/**
 * What the server may know: nothing inherited but where programs and the home are. An inherited
 * AWS_ENDPOINT_URL would reach the Lambda workers, an inherited LAMBDA_EXECUTOR or
 * PERSIST_STATE would make it another cloud than the one that is tested.
 */
export function serverEnvironment(
  home: Home,
  { port, iam }: ServerOptions,
  inherited: Environment = process.env,
): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), inherited.PATH].filter(Boolean).join(delimiter),
    HOME: home.folder,
    LANG: inherited.LANG ?? 'C.UTF-8',
    TMPDIR: home.temporary,
    STATE_DIR: join(home.temporary, 'state'),
    S3_DATA_DIR: join(home.temporary, 's3'),
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    AUTH: String(iam),
    IOT_MTLS_ENABLED: '0',
    CLOUDTRAIL_RECORDING: '1',
    NODE_PATH: join(PROJECT, 'node_modules'),
    NODE_NO_WARNINGS: '1',
    PYTHONUNBUFFERED: '1',
  };
}

/** `inherited` for Python's own tools: pip's settings stay, what would bend the venv goes. */
export function pythonEnvironment(
  inherited: Environment = process.env,
): Record<string, string | undefined> {
  return {
    ...without(inherited, /^PYTHON(?:PATH|HOME|STARTUP|USERBASE)$|^PIP_(?:USER|TARGET|PREFIX)$/),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
  };
}

function without(environment: Environment, name: RegExp): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([key]) => !name.test(key)));
}
