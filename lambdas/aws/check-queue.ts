import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { CheckMessage } from '#domain/monitoring/check/check-message.ts';

/** SQS takes ten messages at once. */
export const BATCH = 10;

/** Models that wait to be checked. */
export class CheckQueue {
  readonly #url: string;
  readonly #sqs: SQSClient;

  constructor(url: string, sqs = new SQSClient({})) {
    this.#url = url;
    this.#sqs = sqs;
  }

  async ask(message: CheckMessage): Promise<void> {
    await this.#sqs.send(
      new SendMessageCommand({ QueueUrl: this.#url, MessageBody: JSON.stringify(message) }),
    );
  }

  /**
   * Sends at most ten messages.
   * @returns those that were not taken.
   */
  async send(messages: readonly CheckMessage[]): Promise<readonly CheckMessage[]> {
    if (messages.length === 0) return [];
    const { Failed = [] } = await this.#sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: this.#url,
        Entries: messages.map((message, i) => ({
          Id: String(i),
          MessageBody: JSON.stringify(message),
        })),
      }),
    );
    const refused = new Set(Failed.map(({ Id }) => Id));
    return messages.filter((_, i) => refused.has(String(i)));
  }
}
