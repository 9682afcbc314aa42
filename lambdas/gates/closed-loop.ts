import { setTimeout as pause } from 'node:timers/promises';
import type { Invoked } from '#aws/staging-function.ts';

/** Between two tries to hand over one request. */
const PAUSE_MS = 100;

export interface Loop {
  readonly concurrency: number;
  readonly requests: number;
  readonly seconds: number;
}

export interface Answered {
  readonly turn: number;
  readonly invoked: Exclude<Invoked, { outcome: 'unsent' }>;
  /** From the start of the loop. */
  readonly atMs: number;
  readonly latencyMs: number;
}

export interface Looped {
  readonly elapsedMs: number;
  readonly unsent: number;
  readonly unsentReason?: string;
}

/**
 * Keeps `concurrency` requests in flight, each sent when the one before it was answered, until
 * all are made or the time is over. What could not be handed over is tried again.
 */
export async function closedLoop(
  { concurrency, requests, seconds }: Loop,
  send: (turn: number) => Promise<Invoked>,
  onAnswer: (answered: Answered) => void,
): Promise<Looped> {
  const startedAt = performance.now();
  const isOver = () => performance.now() - startedAt >= 1000 * seconds;
  let next = 0;
  let unsent = 0;
  let unsentReason: string | undefined;

  async function handOver(turn: number): Promise<void> {
    while (!isOver()) {
      const sentAt = performance.now();
      const invoked = await send(turn);
      const now = performance.now();
      if (invoked.outcome !== 'unsent') {
        onAnswer({ turn, invoked, atMs: now - startedAt, latencyMs: now - sentAt });
        return;
      }
      unsent++;
      unsentReason = invoked.reason;
      await pause(PAUSE_MS);
    }
  }
  async function client(): Promise<void> {
    while (next < requests && !isOver()) await handOver(next++);
  }

  await Promise.all(Array.from({ length: concurrency }, client));
  const elapsedMs = performance.now() - startedAt;
  return { elapsedMs, unsent, ...(unsentReason !== undefined && { unsentReason }) };
}
