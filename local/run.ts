import { spawn } from 'node:child_process';

export interface Ran {
  /** Null when the program could not be started or was ended by a signal. */
  readonly code: number | null;
  /** Standard output and error, in the order they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

/** Runs a program to its end and keeps what it prints; a program that is not there is no fault. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...(options.env ?? process.env) },
      timeout: options.timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: null, output: `${output}${error.message}` }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** @throws Error with all the program printed, when it did not end with 0. */
export async function mustRun(
  what: string,
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const { code, output } = await run(program, args, options);
  if (code === 0) return output;
  const ended = code === null ? 'did not run to its end' : `ended with exit code ${code}`;
  throw new Error(`${what} failed: ${program} ${args.join(' ')} ${ended}\n\n${output.trim()}`);
}
