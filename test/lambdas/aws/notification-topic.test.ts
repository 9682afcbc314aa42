import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, it } from 'vitest';
import { NotificationTopic } from '#aws/notification-topic.ts';

const sns = mockClient(SNSClient);

it('a notice has a subject that mail takes, and all of its text', async () => {
  const topic = new NotificationTopic('arn:topic', new SNSClient({ region: 'eu-west-1' }));
  await topic.publish(`ALARM – one\nline ${'x'.repeat(200)}`, 'two\nlines – all of it');
  const { Subject, ...sent } = sns.commandCalls(PublishCommand)[0]?.args[0].input ?? {};
  expect(Subject).toMatch(/^ALARM \? one\?line x+$/);
  expect(Subject).toHaveLength(100);
  expect(sent).toEqual({ TopicArn: 'arn:topic', Message: 'two\nlines – all of it' });
});
