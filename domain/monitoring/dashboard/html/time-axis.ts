import { HOUR_MS } from '#domain/monitoring/capture/seen.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';

/** Hours between ticks, that divide an hour or a day or are days; five of the last are all that is kept. */
const STEPS = [1 / 12, 0.25, 0.5, 1, 3, 6, 12, 24, 48, 96, 168, 336, 720, 2184];
/** As many as a small screen has room for. */
const MOST = 5;

export interface Tick {
  readonly at: number;
  /** `12:00`; of midnight the date, `11-21`. */
  readonly text: string;
}

/** Round times, UTC, between two times in ms since 1970. */
export function timeTicks(from: number, to: number): readonly Tick[] {
  const step = HOUR_MS * (STEPS.find((hours) => (to - from) / (hours * HOUR_MS) <= MOST) ?? 2184);
  const first = Math.ceil(from / step) * step;
  const ticks = Math.max(0, Math.floor((to - first) / step) + 1);
  return Array.from({ length: ticks }, (_, i) => ({
    at: first + i * step,
    text: textOf(isoTime(first + i * step)),
  }));
}

const textOf = (iso: string): string =>
  iso.slice(11, 16) === '00:00' ? iso.slice(5, 10) : iso.slice(11, 16);
