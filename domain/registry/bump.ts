import compare from 'semver/functions/compare.js';
import { ioChanges } from './io-change.ts';
import type { IoSchema } from './io-schema.ts';
import { type Bump, nextVersion, normaliseVersion, type VersionResult } from './versions.ts';

/** Newest default operator set that the serving runtime, onnxruntime 1.30, opens. */
export const FLEET_OPSET = 26;

export interface BumpContext {
  /** The lineage names another algorithm than the parent's. */
  readonly algorithmChanged: boolean;
  readonly fleetOpset?: number;
}

/** The smallest honest bump, and why; the changes that call for it come first. */
export interface ComputedBump {
  readonly bump: Bump;
  readonly reasons: readonly string[];
  /** Nothing was there to compare with, so that a person must judge what changed. */
  readonly needsPerson?: boolean;
}

const RANK: readonly Bump[] = ['major', 'minor', 'patch'];

/**
 * What a candidate's I/O means for those who call its parent. A schema is a promise: what the
 * parent left open (labels, features, semantics) can be filled in freely, what it promised
 * cannot be withdrawn, and a change that no rule calls compatible is major.
 */
export function computeBump(
  parent: IoSchema | undefined,
  candidate: IoSchema,
  { algorithmChanged, fleetOpset = FLEET_OPSET }: BumpContext,
): ComputedBump {
  if (parent === undefined) {
    return {
      bump: 'major',
      reasons: ['major: the parent has no known I/O schema to compare with'],
      needsPerson: true,
    };
  }
  const changes = ioChanges(parent, candidate, fleetOpset);
  if (algorithmChanged) changes.push({ bump: 'minor', reason: 'the algorithm changed' });
  if (changes.length === 0) return { bump: 'patch', reasons: ['patch: only the weights changed'] };
  const ranked = RANK.flatMap((bump) => changes.filter((change) => change.bump === bump));
  return {
    bump: ranked[0]?.bump ?? 'patch',
    reasons: ranked.map(({ bump, reason }) => `${bump}: ${reason}`),
  };
}

/**
 * Whether a version may be declared after `parent`: one that its changes call for, or higher. A
 * prerelease counts as the version it leads to.
 */
export function checkDeclared(
  parent: string | undefined,
  declared: string,
  computed: ComputedBump,
): VersionResult {
  const version = normaliseVersion(declared);
  if (!version.ok || parent === undefined) return version;
  const lowest = nextVersion(parent, computed.bump);
  const final = version.version.replace(/-.*$/, '');
  if (compare(final, lowest) >= 0 && compare(version.version, parent) > 0) return version;
  return {
    ok: false,
    problem: {
      field: 'version',
      got: `"${declared}" after ${parent}`,
      expected: `${lowest} or higher, because ${computed.reasons.join('; ')}`,
      remedy: `declare ${lowest}, or give "bump": "auto" instead of a version`,
    },
  };
}

/** What a manifest asks for: a version, or the bump that makes one; `auto` when neither is said. */
export interface WantedVersion {
  readonly version?: string | undefined;
  readonly bump?: Bump | 'auto' | undefined;
}

/** The version a candidate gets after `parent`, under the rule of `checkDeclared`. */
export function resolveVersion(
  parent: string | undefined,
  wanted: WantedVersion,
  computed: ComputedBump,
): VersionResult {
  if (wanted.version !== undefined) return checkDeclared(parent, wanted.version, computed);
  const { bump = 'auto' } = wanted;
  const given = bump === 'auto' ? computed.bump : bump;
  if (parent === undefined || RANK.indexOf(given) <= RANK.indexOf(computed.bump)) {
    return normaliseVersion(nextVersion(parent, given));
  }
  return {
    ok: false,
    problem: {
      field: 'bump',
      got: `"${given}" after ${parent}`,
      expected: `"${computed.bump}" or higher, because ${computed.reasons.join('; ')}`,
      remedy: `give "bump": "${computed.bump}" (${nextVersion(parent, computed.bump)}), or "auto"`,
    },
  };
}
