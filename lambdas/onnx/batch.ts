import type { Feed } from '#domain/gates/feed.ts';

/**
 * Rows `start` to `end` of all feeds; short of `fixed` rows, which the model insists on, the last
 * row is repeated.
 */
export function batchOf(
  feeds: readonly Feed[],
  start: number,
  end: number,
  fixed: number = end - start,
): readonly Feed[] {
  return feeds.map((feed) => padded(sliceFeed(feed, start, end), fixed));
}

/** Rows `start` to `end` (exclusive) of a feed, over the same memory. */
function sliceFeed(feed: Feed, start: number, end: number): Feed {
  const { data, width } = feed;
  const [from, to] = [start * width, end * width];
  return { ...feed, data: Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to) };
}

function padded(feed: Feed, rows: number): Feed {
  const { data, width } = feed;
  const length = rows * width;
  if (data.length >= length) return feed;
  const at = (i: number): number =>
    i < data.length ? i : data.length - width + ((i - data.length) % width);
  const from = { length };
  if (Array.isArray(data)) {
    return { ...feed, data: Array.from(from, (_, i) => data[at(i)] as string) };
  }
  const copy = new (data.constructor as Float64ArrayConstructor)(length);
  for (let i = 0; i < length; i++) copy[i] = data[at(i)] as number;
  return { ...feed, data: copy };
}
