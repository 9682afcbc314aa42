import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { ACCOUNT, clientEnvironment, REGION } from './environment.ts';
import type { Home } from './home.ts';
import { requireLoopback } from './loopback.ts';
import { mustRun } from './run.ts';

/** Stack name → output name → value. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The CDK app to deploy: the project's own, except in trials of the local cloud itself. */
export interface AppToDeploy {
  /** Folder with cdk.json and node_modules. */
  readonly project: string;
  /** Deployment configuration, relative to the project. */
  readonly config: string;
}

/** Synthesises the app into the home, by the same CDK CLI that deploys it to AWS. */
export async function synthesise(app: AppToDeploy, home: Home, endpoint: string): Promise<void> {
  rmSync(home.cloudAssembly, { recursive: true, force: true });
  await cdk('synthesising the app', app, endpoint, [
    'synth',
    '--quiet',
    ...['--output', home.cloudAssembly],
    ...['--context', `config=${app.config}`],
  ]);
}

/** Makes the roles and the staging bucket that every `cdk deploy` expects in an account. */
export async function bootstrap(app: AppToDeploy, home: Home, endpoint: string): Promise<void> {
  const args = ['bootstrap', `aws://${ACCOUNT}/${REGION}`];
  // In the home, where no cdk.json is: in the project the CLI would synthesise the app first.
  await cdk('bootstrapping the local account', app, endpoint, args, home.folder);
}

/** Deploys what was synthesised. */
export async function deployAll(app: AppToDeploy, home: Home, endpoint: string): Promise<void> {
  await cdk('deploying the app', app, endpoint, [
    'deploy',
    '--all',
    ...['--app', home.cloudAssembly],
    ...['--require-approval', 'never'],
    ...['--outputs-file', home.outputs],
  ]);
}

/** SHA-256 over the synthesised templates: assets stand in them by their own digests. */
export function assemblyDigest(home: Home): string {
  const hash = createHash('sha256');
  const templates = readdirSync(home.cloudAssembly, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.template.json'))
    .sort();
  for (const name of templates) {
    hash.update(`${name}\n`).update(readFileSync(join(home.cloudAssembly, name)));
  }
  return hash.digest('hex');
}

const OutputsFile = z.record(z.string(), z.record(z.string(), z.string()));

/** The outputs of the last deployment, as addresses that this machine can reach. */
export function readOutputs(home: Home, endpoint: string): Outputs {
  const outputs = OutputsFile.parse(JSON.parse(readFileSync(home.outputs, 'utf8')));
  return Object.fromEntries(
    Object.entries(outputs).map(([stack, values]) => [
      stack,
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, reachable(value, endpoint)]),
      ),
    ]),
  );
}

/**
 * MiniStack names an HTTP API `<id>.execute-api.localhost`, which not every resolver knows; the
 * same API answers under a path of the endpoint. Queue URLs get the endpoint's own address.
 */
export function reachable(value: string, endpoint: string): string {
  return value
    .replace(
      /^https?:\/\/([a-z0-9]+)\.execute-api\.localhost:\d+/,
      `${endpoint}/_aws/execute-api/$1`,
    )
    .replace(/^http:\/\/localhost:\d+(?=\/)/, endpoint);
}

async function cdk(
  what: string,
  app: AppToDeploy,
  endpoint: string,
  args: readonly string[],
  cwd = app.project,
): Promise<void> {
  await mustRun(
    what,
    join(app.project, 'node_modules', '.bin', 'cdk'),
    [...args, '--no-notices', '--no-color'],
    { cwd, env: clientEnvironment(requireLoopback(endpoint)) },
  );
}
