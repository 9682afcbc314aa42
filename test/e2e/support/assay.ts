import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { main } from '../../../cli/main.ts';

const cloud = inject('cloud');

/** What a command of the CLI ended with. */
export interface Ran {
  readonly code: number;
  /** Its JSON document on stdout. */
  // biome-ignore lint/suspicious/noExplicitAny: each test reads the fields it asserts on
  readonly json: any;
  readonly stderr: string;
}

/** Runs the CLI as somebody, signed in. */
export async function assay(person: string, ...args: string[]): Promise<Ran> {
  await signIn(person);
  return run(person, [...args, '--json']);
}

/** Calls the API as somebody. */
export async function api(
  person: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  await signIn(person);
  const { idToken } = JSON.parse(readFileSync(join(homeOf(person), 'token.json'), 'utf8'));
  const response = await fetch(`${cloud.outputs.ApiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${idToken}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : {} };
}

const homeOf = (person: string): string => join(cloud.folder, 'people', person);

async function signIn(person: string): Promise<void> {
  const { ApiUrl = '', ClientId = '' } = cloud.outputs;
  const settings = join(homeOf(person), 'config.json');
  if (existsSync(settings) && readFileSync(settings, 'utf8').includes(ApiUrl)) return;
  const args = ['login', '--user', person, '--api', ApiUrl, '--client-id', ClientId];
  const { code, stderr } = await run(
    person,
    args.concat(['--cognito', cloud.endpoint, '--s3', cloud.endpoint, '--json']),
  );
  if (code !== 0) throw new Error(`${person} could not sign in: ${stderr}`);
}

async function run(person: string, args: string[]): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const code = await main(args, {
    stdin: (async function* () {})(),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: { ASSAY_HOME: homeOf(person), ASSAY_PASSWORD: cloud.password, NO_COLOR: '1' },
    home: cloud.folder,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  return { code, json: stdout ? JSON.parse(stdout) : undefined, stderr };
}
