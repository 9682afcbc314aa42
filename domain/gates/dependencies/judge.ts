import type { Check } from '#domain/gates/verdict.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { type Component, type DependencyDocument, pypiName } from './component.ts';
import {
  byMarker,
  judgeConda,
  judgeDeclared,
  judgeHashes,
  judgeIndexes,
  judgePinned,
  judgeReadable,
  notInstalled,
} from './judge-statements.ts';
import { judgeVulnerabilities } from './judge-vulnerabilities.ts';
import { judgeLoader, type SavedWith } from './loader.ts';
import type { Advisory } from './osv/advisory.ts';
import type { SnapshotIndex } from './osv/snapshot.ts';
import type { DependencyPolicy } from './policy.ts';

/** A snapshot of advisories, as far as it was read for this version. */
export interface ReadSnapshot {
  readonly index: SnapshotIndex;
  readonly digest: Digest;
  /** By PyPI name, for each name that `namesToRead` told. */
  readonly advisories: ReadonlyMap<string, readonly Advisory[]>;
}

export interface DependencyEvidence {
  readonly documents: readonly DependencyDocument[];
  /** Manifest format of the model. */
  readonly format: string;
  readonly savedWith: readonly SavedWith[];
  /** What serving itself installs to open the model. */
  readonly runtime: readonly Component[];
  readonly snapshot: ReadSnapshot | undefined;
  readonly policy: DependencyPolicy;
  readonly nowSeconds: number;
}

/** Names of the packages whose advisories a judgement needs. */
export const namesToRead = (components: readonly Component[]): string[] => [
  ...new Set(components.map(pypiName)),
];

/**
 * Judges what a model declares that it needs, and what opens it: every statement readable, every
 * package one exact release of a known index, none with a known vulnerability.
 */
export function judgeDependencies(evidence: DependencyEvidence): Check[] {
  const { documents, runtime, policy, snapshot, nowSeconds } = evidence;
  const declared = documents.flatMap(({ components }) => components);
  const { applying, excluded } = byMarker(declared, policy);
  const all = [...runtime, ...applying];
  const pinned = unique(all.filter(({ version }) => version !== undefined));
  const judged = pinned.filter(
    ({ ecosystem }) => ecosystem === 'pypi' || policy.conda === 'as-pypi',
  );
  return [
    judgeDeclared(documents, evidence.format, runtime),
    ...judgeReadable(documents),
    ...judgeIndexes(documents, policy),
    ...(excluded.length > 0 ? [notInstalled(excluded, policy)] : []),
    ...judgePinned(all),
    ...(policy.requireHashes ? judgeHashes(applying) : []),
    ...judgeConda(all, policy),
    ...judgeLoader(evidence.format, all, evidence.savedWith),
    judgeSnapshot(snapshot, policy, nowSeconds),
    ...(snapshot
      ? judgeVulnerabilities({
          components: judged,
          advisories: snapshot.advisories,
          policy,
          nowSeconds,
        })
      : []),
  ];
}

const SECONDS_PER_DAY = 86_400;

function judgeSnapshot(
  snapshot: ReadSnapshot | undefined,
  { snapshotMaxAgeDays }: DependencyPolicy,
  nowSeconds: number,
): Check {
  const check = { id: 'dependencies.snapshot', threshold: { maxAgeDays: snapshotMaxAgeDays } };
  const remedy = 'let the scheduled refresh of the advisories run, then judge again';
  if (snapshot === undefined) {
    return {
      ...check,
      verdict: 'inconclusive',
      observed: null,
      message: `no advisories are at hand; ${remedy}`,
    };
  }
  const { index, digest } = snapshot;
  const ageDays = (nowSeconds - index.takenAt) / SECONDS_PER_DAY;
  const observed = { digest, takenAt: index.takenAt, ageDays: Math.round(ageDays * 100) / 100 };
  if (ageDays > snapshotMaxAgeDays || index.counts.advisories === 0) {
    const state = index.counts.advisories === 0 ? 'are none' : `are ${ageDays.toFixed(1)} days old`;
    return {
      ...check,
      verdict: 'inconclusive',
      observed,
      message: `the advisories ${state}, at most ${snapshotMaxAgeDays} days are allowed; ${remedy}`,
    };
  }
  const { unreadable } = index;
  return unreadable.length > 0
    ? {
        ...check,
        verdict: 'inconclusive',
        observed,
        message: `${unreadable.length} advisories cannot be read and name no package (${unreadable[0]}); ${remedy}`,
      }
    : {
        ...check,
        verdict: 'pass',
        observed,
        message: `judged by ${index.counts.advisories} advisories, snapshot ${digest}`,
      };
}

/** One of each release, however often it is declared. */
function unique(components: readonly Component[]): Component[] {
  const first = new Map<string, Component>();
  for (const each of components) if (!first.has(each.purl)) first.set(each.purl, each);
  return [...first.values()];
}
