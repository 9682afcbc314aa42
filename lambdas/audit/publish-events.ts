import { EventBus } from '#aws/event-bus.ts';
import { outboxEntries, StreamEvent } from '#aws/outbox-stream.ts';
import { type CloudEvent, cloudEvent } from '#domain/audit/entry.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

/**
 * Puts every audit entry on the bus, from the registry's stream: an event is sent for each
 * change that was made and for no other. The stream repeats a batch that fails, so a consumer
 * drops events by id.
 */
export const publishEvents =
  (bus: Pick<EventBus, 'publish'>) =>
  async (event: StreamEvent): Promise<{ readonly published: number }> => {
    const events: CloudEvent[] = outboxEntries(event).map(cloudEvent);
    if (events.length > 0) await bus.publish(events);
    return { published: events.length };
  };

export const handler = entry(StreamEvent, () => publishEvents(new EventBus(env('EVENT_BUS'))));
