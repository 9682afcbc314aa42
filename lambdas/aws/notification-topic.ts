import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

/** SNS takes so many, of visible ASCII, as a mail's subject. */
const SUBJECT_CHARACTERS = 100;

/** A topic that people subscribe to. */
export class NotificationTopic {
  readonly #arn: string;
  readonly #client: SNSClient;

  constructor(arn: string, client = new SNSClient({})) {
    this.#arn = arn;
    this.#client = client;
  }

  async publish(subject: string, message: string): Promise<void> {
    await this.#client.send(
      new PublishCommand({
        TopicArn: this.#arn,
        Subject: subject.replace(/[^\x20-\x7e]/g, '?').slice(0, SUBJECT_CHARACTERS),
        Message: message,
      }),
    );
  }
}
