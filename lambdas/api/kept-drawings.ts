import type { Drawing } from '#domain/monitoring/dashboard/drawing.ts';

/** CloudWatch takes about 700 metrics for a drawing, each of which is paid for. */
const KEPT_MS = 60_000;

interface Kept {
  readonly until: number;
  readonly drawing: Promise<Drawing>;
}

/** Drawings of the last minute, by whom they may be shown to. */
export class KeptDrawings {
  readonly #kept = new Map<string, Kept>();

  /** Whoever asks while it is being made waits for the same one; what failed is not kept. */
  get(who: string, now: number, make: () => Promise<Drawing>): Promise<Drawing> {
    for (const [other, { until }] of this.#kept) if (until <= now) this.#kept.delete(other);
    const kept = this.#kept.get(who);
    if (kept) return kept.drawing;
    const drawing = make().catch((error: unknown) => {
      this.forget(who);
      throw error;
    });
    this.#kept.set(who, { until: now + KEPT_MS, drawing });
    return drawing;
  }

  /** For one that lacks what could not be asked for. */
  forget(who: string): void {
    this.#kept.delete(who);
  }
}
