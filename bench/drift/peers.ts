import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Spent } from './turns.ts';

const PYTHON = fileURLToPath(new URL('../../.local/bench-venv/drift/bin/python', import.meta.url));
const PEERS = fileURLToPath(new URL('peers.py', import.meta.url));

/** Python with the same numbers in memory: it times what it is asked for, and waits otherwise. */
export class Peers {
  readonly #process;
  readonly #lines: AsyncIterator<string>;

  constructor(folder: string, rows: number, features: number) {
    this.#process = spawn(PYTHON, [PEERS, folder, String(rows), String(features)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async time<T>(what: string): Promise<Spent & { readonly value: T }> {
    this.#process.stdin.write(`${what}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`the peers ended at ${what}; what they said stands above`);
    return JSON.parse(value);
  }

  close(): void {
    this.#process.stdin.end();
  }
}
