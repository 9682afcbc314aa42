import { randomUUID } from 'node:crypto';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { REGION } from '../environment.ts';
import { requireLoopback } from '../loopback.ts';

/** SNS wraps what it tells. */
const Told = z.object({ Message: z.string() });

/** Somebody on call: a queue that hears what a topic tells. */
export class OnCall {
  readonly #sqs: SQSClient;
  readonly #url: string;

  private constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.#url = url;
  }

  static async of(endpoint: string, topic: string): Promise<OnCall> {
    const options = {
      endpoint: requireLoopback(endpoint),
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    const sqs = new SQSClient(options);
    const name = `on-call-${randomUUID()}`;
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const queue = Attributes?.QueueArn ?? '';
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: letIn(topic, queue) } }),
    );
    await new SNSClient(options).send(
      new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: queue }),
    );
    return new OnCall(sqs, QueueUrl);
  }

  /** What was told since this was last asked, ten messages at the most. */
  async heard(): Promise<readonly string[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#url, MaxNumberOfMessages: 10 }),
    );
    for (const { ReceiptHandle } of Messages) {
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle }));
    }
    return Messages.map(({ Body = '{}' }) => Told.parse(JSON.parse(Body)).Message);
  }
}

/** A queue takes from a topic what its policy lets in. */
const letIn = (topic: string, queue: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queue,
        Condition: { ArnEquals: { 'aws:SourceArn': topic } },
      },
    ],
  });
