import { BATCH, type CheckQueue } from '#aws/check-queue.ts';
import type { CheckMessage } from '#domain/monitoring/check/check-message.ts';

/** A batch that SQS takes in part is sent again so often. */
const ATTEMPTS = 3;

/** Has models checked; gives back the messages that the queue never took, when all others are sent. */
export async function sendChecks(
  queue: Pick<CheckQueue, 'send'>,
  messages: readonly CheckMessage[],
): Promise<readonly CheckMessage[]> {
  const refused: CheckMessage[] = [];
  for (let from = 0; from < messages.length; from += BATCH) {
    let left: readonly CheckMessage[] = messages.slice(from, from + BATCH);
    for (let attempt = 1; left.length > 0 && attempt <= ATTEMPTS; attempt++) {
      left = await queue.send(left);
    }
    refused.push(...left);
  }
  return refused;
}
