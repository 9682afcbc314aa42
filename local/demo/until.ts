import { setTimeout as sleep } from 'node:timers/promises';

/** Activation follows the last vote by a wake-up of the release. */
const PATIENCE_MS = 30_000;

/** @returns whether the condition came to hold in time */
export async function until(
  condition: () => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<boolean> {
  const deadlineMs = Date.now() + patienceMs;
  while (Date.now() < deadlineMs) {
    if (await condition()) return true;
    await sleep(300);
  }
  return false;
}
