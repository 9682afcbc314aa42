import type { Release, VersionDetail } from './api-schemas.ts';
import type { Context } from './context.ts';
import type { VersionRef } from './model-ref.ts';
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
  { api, io, out }: Context,
  ref: VersionRef,
  reached: (standing: Standing) => boolean,
  deadlineMs: number,
): Promise<VersionDetail> {
  const client = await api();
  const startMs = io.now();
  const view = out.live();
  let seen: VersionDetail | undefined;
  try {
    for (;;) {
      const version = await client.version(ref);
      if (view) view.draw(statusView(printable(version), out.style));
      else for (const change of changes(seen, version)) out.note(change);
      seen = version;
      if (reached(standingOf(version)) || io.now() >= deadlineMs) return version;
      await io.sleep(pollWaitMs(io.now() - startMs));
    }
  } finally {
    view?.clear();
  }
}
