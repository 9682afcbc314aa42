import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pc from 'picocolors';
import type { Cloud } from '../cloud.ts';
import { PROJECT } from '../home.ts';

/** What a command of the CLI ended with. */
export interface Ran {
  readonly code: number;
  /** Its one JSON document on stdout, where `--json` was asked for. */
  readonly json: unknown;
}

/** The CLI, run as somebody: each person has settings and a token of their own. */
export class Assay {
  readonly #cloud: Cloud;
  readonly #password: string;

  constructor(cloud: Cloud, password: string) {
    this.#cloud = cloud;
    this.#password = password;
  }

  async login(person: string): Promise<void> {
    const { ApiUrl = '', ClientId = '' } = this.#cloud.outputs.Assay ?? {};
    const { endpoint } = this.#cloud;
    const { code } = await this.#run(
      person,
      ['login', '--user', person, '--api', ApiUrl, '--client-id', ClientId]
        .concat(['--cognito', endpoint, '--s3', endpoint])
        .concat('--json'),
      'capture',
    );
    if (code !== 0) throw new Error(`${person} could not sign in`);
  }

  /** Shows the command and what it prints. */
  show(person: string, ...args: string[]): Promise<Ran> {
    console.log(`${pc.dim(`${person} $`)} ${pc.bold(`assay ${args.join(' ')}`)}`);
    return this.#run(person, args, 'inherit');
  }

  /** Asks silently. */
  ask(person: string, ...args: string[]): Promise<Ran> {
    return this.#run(person, [...args, '--json'], 'capture');
  }

  async #run(person: string, args: string[], output: 'inherit' | 'capture'): Promise<Ran> {
    const captured = output === 'capture';
    const child = spawn(process.execPath, [join(PROJECT, 'cli/assay.mjs'), ...args], {
      cwd: PROJECT,
      env: {
        ...process.env,
        ASSAY_HOME: join(this.#cloud.folder, 'people', person),
        ASSAY_PASSWORD: this.#password,
        NODE_NO_WARNINGS: '1',
      },
      stdio: ['ignore', captured ? 'pipe' : 'inherit', captured ? 'ignore' : 'inherit'],
    });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const [code] = (await once(child, 'close')) as [number];
    return { code, json: text ? JSON.parse(text) : undefined };
  }
}
