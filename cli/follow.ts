import type { Release, VersionDetail } from './api-schemas.ts';
import type { Context } from './context.ts';
import type { VersionRef } from './model-ref.ts';
import type { Style } from './output.ts';
import { changes } from './render/changes.ts';
import { printable } from './render/printable.ts';
import { statusView } from './render/status.ts';
import { type Standing, standingOf } from './standing.ts';
import type { UploadedManifest } from './upload/upload-artifact.ts';

/** Once a second while gates run; a wait of hours is asked about less and less. */
const pollWaitMs = (elapsedMs: number): number => Math.min(10_000, Math.max(1000, elapsedMs / 30));

type Decided = Release & { readonly outcome: Exclude<Release['outcome'], 'CLAIMED'> };

const isDecided = (release: Release): release is Decided => release.outcome !== 'CLAIMED';

/** Waits until an upload was claimed and decided; undefined when `deadlineMs` came first. */
export async function awaitRelease(
  { api, io }: Context,
  { key, versionId }: UploadedManifest,
  deadlineMs: number,
): Promise<Decided | undefined> {
  const client = await api();
  const startMs = io.now();
  for (;;) {
    const release = await client.release(key, versionId);
    if (release && isDecided(release)) return release;
    if (io.now() >= deadlineMs) return undefined;
    await io.sleep(pollWaitMs(io.now() - startMs));
  }
}

/**
 * Shows a version until `reached` or until `deadlineMs`: redrawn on a terminal, otherwise a line
 * for each change.
 */
export async function followVersion(
  context: Context,
  ref: VersionRef,
  reached: (standing: Standing) => boolean,
  deadlineMs: number,
): Promise<VersionDetail> {
  const client = await context.api();
  return follow(context, {
    read: () => client.version(ref),
    view: statusView,
    changes,
    reached: (version) => reached(standingOf(version)),
    deadlineMs,
  });
}

interface Followed<T> {
  readonly read: () => Promise<T>;
  readonly view: (value: T, style: Style) => string;
  /** What is new since the value before, a line each. */
  readonly changes: (before: T | undefined, now: T) => readonly string[];
  readonly reached: (value: T) => boolean;
  /** Epoch milliseconds; infinity to wait for as long as it takes. */
  readonly deadlineMs: number;
}

/** The last value of something that changes, which is shown meanwhile. */
export async function follow<T>({ io, out }: Context, followed: Followed<T>): Promise<T> {
  const startMs = io.now();
  const live = out.live();
  let seen: T | undefined;
  try {
    for (;;) {
      const value = await followed.read();
      if (live) live.draw(followed.view(printable(value), out.style));
      else for (const change of followed.changes(seen, value)) out.note(change);
      seen = value;
      if (followed.reached(value) || io.now() >= followed.deadlineMs) return value;
      await io.sleep(pollWaitMs(io.now() - startMs));
    }
  } finally {
    live?.clear();
  }
}
