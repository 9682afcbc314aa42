import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isCancel, password } from '@clack/prompts';
import type { Io } from './io.ts';

/** The real terminal, environment and clock. */
export function processIo(): Io {
  // The SDK prints a notice about Node 20 that no user of the CLI can act on.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    home: homedir(),
    now: Date.now,
    sleep: (ms) => sleep(ms),
    ...(process.stdin.isTTY && process.stderr.isTTY ? { askPassword } : {}),
  };
}

async function askPassword(message: string): Promise<string | undefined> {
  const answer = await password({ message, mask: '*', output: process.stderr });
  return isCancel(answer) ? undefined : answer;
}
