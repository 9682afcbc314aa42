import { spawn } from 'node:child_process';
import { failed, messageOf } from '../failure.ts';

/** What is shown of what a script printed: converters say a lot, and their errors last. */
const SHOWN_CHARACTERS = 4000;

interface Options {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/**
 * Runs a script in the user's own Python; resolves to the end of what it printed.
 * @throws Failure when it cannot be started, exits with another code than 0, or takes too long.
 */
export async function runPython(
  python: string,
  script: string,
  { env, timeoutMs }: Options,
): Promise<string> {
  const child = spawn(python, [script], {
    env: { ...env, PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = `${printed}${text}`.slice(-SHOWN_CHARACTERS);
    });
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  try {
    const ended = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? String(code)));
    });
    if (ended === '0') return printed;
    throw failed({
      field: script,
      got: late ? `no end after ${timeoutMs / 1000} seconds` : `exit ${ended}: ${printed.trim()}`,
      expected: 'a conversion that ends well',
      remedy: late
        ? 'give it longer with --timeout'
        : 'install the packages named above, or edit the script and run it yourself',
    });
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw failed(
      {
        field: '--python',
        got: messageOf(error),
        expected: 'an interpreter that can be started',
        remedy: 'give its path: --python .venv/bin/python',
      },
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}
