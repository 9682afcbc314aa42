import { setTimeout as pause } from 'node:timers/promises';

/** The first answer that is not undefined. @throws Error naming what never came. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  deadlineMs = 60_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come within ${deadlineMs} ms`);
    await pause(200);
  }
}
