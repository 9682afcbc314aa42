import { LRUCache } from 'lru-cache';
import type { Outcome } from './outcome.ts';

/** Something open that takes memory until it is closed. */
export interface Opened<T> {
  readonly value: T;
  /** Memory it is expected to take. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** The right to use what is open; it stays open until every lease is returned. */
export interface Lease<T> {
  readonly value: T;
  /** Whether this caller waited for it to be opened. */
  readonly cold: boolean;
  release(): void;
}

/** Closes others until so many bytes are free; false when they can never be. */
export type MakeRoom = (bytes: number) => Promise<boolean>;

/** Opens something, after asking for the room that it will take. */
export type Open<T> = (makeRoom: MakeRoom) => Promise<Outcome<Opened<T>>>;

/** Least recently used open sessions within a limit of bytes. Callers of one key share an opening. */
export class SessionCache<T> {
  readonly #limitBytes: number;
  readonly #open: LRUCache<string, Held<T>>;
  readonly #closing: Promise<void>[] = [];
  readonly #opening = new Map<string, Promise<Outcome<Held<T>>>>();

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#open = new LRUCache({
      maxSize: limitBytes,
      sizeCalculation: ({ bytes }) => bytes,
      dispose: (held) => this.#closing.push(held.retire()),
    });
  }

  /** Memory that everything open is expected to take. */
  get bytes(): number {
    return this.#open.calculatedSize;
  }

  /** Closes it, once it is no longer in use; nothing where it is not open. */
  async close(key: string): Promise<void> {
    this.#open.delete(key);
    await Promise.all(this.#closing.splice(0));
  }

  async lease(key: string, open: Open<T>): Promise<Outcome<Lease<T>>> {
    const held = this.#open.get(key);
    if (held) return { ok: true, value: held.lease(false) };
    const opening = this.#opening.get(key) ?? this.#start(key, open);
    const opened = await opening;
    return opened.ok ? { ok: true, value: opened.value.lease(true) } : opened;
  }

  #start(key: string, open: Open<T>): Promise<Outcome<Held<T>>> {
    const opening = this.#fill(key, open).finally(() => this.#opening.delete(key));
    this.#opening.set(key, opening);
    return opening;
  }

  async #fill(key: string, open: Open<T>): Promise<Outcome<Held<T>>> {
    const opened = await open((bytes) => this.#makeRoom(bytes));
    if (!opened.ok) return opened;
    const held = new Held(opened.value);
    this.#open.set(key, held);
    return { ok: true, value: held };
  }

  /** Before opening, so that the old and the new do not take memory at once. */
  async #makeRoom(bytes: number): Promise<boolean> {
    if (bytes > this.#limitBytes) return false;
    while (this.#open.size > 0 && this.#open.calculatedSize + bytes > this.#limitBytes) {
      this.#open.pop();
    }
    await Promise.all(this.#closing.splice(0));
    return true;
  }
}

class Held<T> {
  readonly #opened: Opened<T>;
  #leases = 0;
  #retired = false;

  constructor(opened: Opened<T>) {
    this.#opened = opened;
  }

  get bytes(): number {
    return this.#opened.bytes;
  }

  lease(cold: boolean): Lease<T> {
    this.#leases += 1;
    let returned = false;
    return {
      value: this.#opened.value,
      cold,
      release: () => {
        if (returned) return;
        returned = true;
        this.#leases -= 1;
        void this.#closeIfUnused();
      },
    };
  }

  /** Closes it now, or when the last lease is returned. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.#closeIfUnused();
  }

  async #closeIfUnused(): Promise<void> {
    if (this.#retired && this.#leases === 0) await this.#opened.close();
  }
}
