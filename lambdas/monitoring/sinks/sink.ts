import type { Page } from '#domain/monitoring/alarms/page-message.ts';

/** One of the ways to tell people. Told twice of the same, it tells them once, as far as it can. */
export interface Sink {
  readonly name: string;
  /** @param delivery the same when the same message is delivered again */
  tell(page: Page, delivery: string): Promise<void>;
}
