import compare from 'semver/functions/compare.js';
import { type ComputedBump, computeBump, resolveVersion } from './bump.ts';
import type { Manifest } from './manifest.ts';
import type { VersionRecord } from './version-record.ts';
import { normaliseVersion, type VersionResult } from './versions.ts';

/**
 * The version that a new one must stay compatible with: the highest below it that did not fail.
 * A manifest that asks for a bump comes after the highest of all.
 */
export function predecessorOf(
  manifest: Pick<Manifest, 'version'>,
  versions: readonly VersionRecord[],
): VersionRecord | undefined {
  const sound = versions.filter(({ state }) => state !== 'FAILED').sort(byPrecedence);
  const declared = manifest.version === undefined ? undefined : normaliseVersion(manifest.version);
  if (!declared?.ok) return sound.at(-1);
  return sound.filter(({ version }) => compare(version, declared.version) < 0).at(-1);
}

/** The version number that a manifest gets, or why its declared one is too low. */
export function numberVersion(
  manifest: Manifest,
  predecessor: { readonly version: string; readonly manifest: Manifest } | undefined,
  versions: readonly VersionRecord[],
): VersionResult {
  // A failed version keeps its number for ever, so a bump must count from the highest of all.
  const highest = [...versions].sort(byPrecedence).at(-1)?.version;
  if (!predecessor) {
    return manifest.bump && highest
      ? resolveVersion(highest, manifest, NOTHING_TO_FIT)
      : resolveVersion(undefined, manifest, computeBump(undefined, manifest.io, SAME));
  }
  const computed = computeBump(predecessor.manifest.io, manifest.io, {
    algorithmChanged: algorithm(predecessor.manifest) !== algorithm(manifest),
  });
  const from = manifest.bump ? highest : undefined;
  return resolveVersion(from ?? predecessor.version, manifest, computed);
}

/** Versions that failed were never served: nobody's requests have to fit the next one. */
const NOTHING_TO_FIT: ComputedBump = {
  bump: 'patch',
  reasons: ['patch: every version before it failed'],
};

const SAME = { algorithmChanged: false };
const algorithm = ({ lineage }: Manifest): string | undefined => lineage?.config?.algorithm;
const byPrecedence = (a: VersionRecord, b: VersionRecord): number => compare(a.version, b.version);
