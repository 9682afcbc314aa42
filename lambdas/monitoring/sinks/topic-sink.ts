import type { NotificationTopic } from '#aws/notification-topic.ts';
import type { Sink } from './sink.ts';

/** Whoever subscribes to the topic: mail, above all. It knows no repeats, so one may come twice. */
export const topicSink = (topic: Pick<NotificationTopic, 'publish'>): Sink => ({
  name: 'topic',
  tell: ({ title, text }) => topic.publish(title, text),
});
