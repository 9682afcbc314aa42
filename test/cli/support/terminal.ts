import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '../../../cli/io.ts';
import { main } from '../../../cli/main.ts';
import type { FakeCloud } from './fake-cloud.ts';

export interface Run {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user at a terminal (or a script without one) with a home of their own and a clock to move. */
export class Terminal {
  readonly home: string;
  readonly env: Record<string, string> = { AWS_EC2_METADATA_DISABLED: 'true' };
  /** Called before each wait: the world goes on meanwhile. */
  onSleep: () => void = () => {};
  isTTY = false;
  stdin = '';
  answers: string[] | undefined;
  slept: number[] = [];
  #elapsedMs = 0;

  private constructor(home: string) {
    this.home = home;
  }

  static open = async (): Promise<Terminal> =>
    new Terminal(await mkdtemp(join(tmpdir(), 'assay-cli-')));

  get assayHome(): string {
    return join(this.home, '.assay');
  }

  pass(ms: number): void {
    this.#elapsedMs += ms;
  }

  async run(...argv: string[]): Promise<Run> {
    const out: string[] = [];
    const err: string[] = [];
    const sink = (lines: string[]) => ({
      write: (text: string) => lines.push(text),
      isTTY: this.isTTY,
      columns: 100,
      rows: 40,
    });
    const { answers, stdin } = this;
    const io: Io = {
      stdin: (async function* () {
        yield stdin;
      })(),
      stdout: sink(out),
      stderr: sink(err),
      env: this.env,
      home: this.home,
      now: () => Date.now() + this.#elapsedMs,
      sleep: async (ms) => {
        this.slept.push(ms);
        this.#elapsedMs += ms;
        this.onSleep();
      },
      ...(answers ? { askPassword: async () => answers.shift() } : {}),
    };
    const exit = await main(argv, io);
    return { exit, stdout: out.join(''), stderr: err.join('') };
  }

  login = (cloud: FakeCloud, ...flags: string[]): Promise<Run> => {
    this.env.ASSAY_PASSWORD ??= 'secret';
    const { url } = cloud;
    const where = ['--api', url, '--client-id', 'c-1', '--cognito', `${url}/cognito`, '--s3', url];
    return this.run('login', '--user', 'dora', ...where, ...flags);
  };
}
