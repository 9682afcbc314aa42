import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type CloudEvent, EVENT_SOURCE } from '#domain/audit/entry.ts';

/** PutEvents takes ten entries at most. */
const BATCH = 10;

/** Assay's own bus. */
export class EventBus {
  readonly #name: string;
  readonly #client: EventBridgeClient;

  constructor(name: string, client = new EventBridgeClient({})) {
    this.#name = name;
    this.#client = client;
  }

  /** @throws Error naming the events that were not taken; sending all of them again is safe. */
  async publish(events: readonly CloudEvent[]): Promise<void> {
    for (let at = 0; at < events.length; at += BATCH) {
      const batch = events.slice(at, at + BATCH);
      const { Entries } = await this.#client.send(
        new PutEventsCommand({
          Entries: batch.map((event) => ({
            EventBusName: this.#name,
            Source: EVENT_SOURCE,
            DetailType: event.type,
            Time: new Date(event.time),
            Detail: JSON.stringify(event),
          })),
        }),
      );
      const refused = batch.filter((_, i) => Entries?.[i]?.ErrorCode);
      if (refused.length > 0) {
        throw new Error(
          `bus ${this.#name} refused events ${refused.map(({ id }) => id).join(', ')}`,
        );
      }
    }
  }
}
