import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Capture, Counted, Unanswered } from './capture.ts';

/**
 * What one request tells of the versions that it asks: once of what its client gets, and nothing
 * that fails in it fails the request.
 */
export class Watch {
  /** What capturing threw. */
  readonly faults: unknown[] = [];
  readonly #capture: Pick<Capture, 'invoked' | 'expect' | 'told' | 'flushed'> | undefined;
  #located: VersionRecord | undefined;
  #told = false;

  /** @param capture undefined where nobody watches what versions take and answer */
  constructor(capture: Pick<Capture, 'invoked' | 'expect' | 'told' | 'flushed'> | undefined) {
    this.#capture = capture;
  }

  invoked(): void {
    this.#try((capture) => capture.invoked());
  }

  /** @param version that is to answer in the end */
  located(version: VersionRecord): void {
    this.#located = version;
    this.expect(version);
  }

  expect(version: VersionRecord): void {
    this.#try((capture) => capture.expect(version));
  }

  /** What comes after the first time reached nobody. */
  told(told: Counted, requestId: string): void {
    if (this.#told) return;
    this.#told = true;
    this.#try((capture) => capture.told(told, requestId));
  }

  /** The client is told that the version did not answer, before the version told anything. */
  unanswered(kind: Unanswered['kind']): void {
    if (this.#located) this.told({ kind, version: this.#located }, '');
  }

  /** Never rejects. */
  async flushed(): Promise<void> {
    try {
      await this.#capture?.flushed();
    } catch (fault) {
      this.faults.push(fault);
    }
  }

  #try(tell: (capture: Pick<Capture, 'invoked' | 'expect' | 'told'>) => void): void {
    if (!this.#capture) return;
    try {
      tell(this.#capture);
    } catch (fault) {
      this.faults.push(fault);
    }
  }
}
