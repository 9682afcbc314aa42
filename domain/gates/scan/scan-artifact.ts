import { type Check, type Verdict, worst } from '#domain/gates/verdict.ts';
import { byCodePoint } from '#domain/signing/artifact-path.ts';
import { type ByteSource, inBlocks } from './byte-source.ts';
import type { Decompressors } from './decompressors.ts';
import { judgeMember, UNKNOWN } from './judge-member.ts';
import { SCAN_LIMITS, type ScanLimits } from './limits.ts';
import { DEFAULT_SCAN_POLICY, type ScanPolicy } from './policy.ts';
import { readAhead } from './read-ahead.ts';
import { Findings, type MemberReport, type Reading, type Scan } from './reading.ts';

export interface ScannedFile {
  /** POSIX path within the artifact. */
  readonly path: string;
  readonly source: ByteSource;
}

export interface ScanOptions {
  readonly policy?: ScanPolicy;
  readonly limits?: ScanLimits;
  /** What the machine can unpack; nothing unless given. */
  readonly decompressors?: Decompressors;
  /** Asked before each file and member: once true, the rest stays unread and is inconclusive. */
  readonly outOfTime?: () => boolean;
}

export interface ScanReport {
  readonly verdict: Verdict;
  /** Worst first; no more than `MOST_CHECKS`. */
  readonly checks: readonly Check[];
  /** Bytes of the artifact's files whose meaning is known, of those present. */
  readonly coverage: { readonly parsed: number; readonly present: number };
  /** Every file, and every member of every archive. */
  readonly members: readonly MemberReport[];
}

/** A result of 500 checks of 400 bytes takes 200 kB. */
export const MOST_CHECKS = 500;

/**
 * Judges every file of an artifact by its content, and every member of every archive in it.
 * What nobody can parse here is inconclusive. Faults of a source pass through.
 */
export async function scanArtifact(
  files: readonly ScannedFile[],
  {
    policy = DEFAULT_SCAN_POLICY,
    limits = SCAN_LIMITS,
    decompressors = {},
    outOfTime = () => false,
  }: ScanOptions = {},
): Promise<ScanReport> {
  const scan: Scan = {
    policy,
    limits,
    decompressors,
    outOfTime,
    spent: { entries: 0, unpackedBytes: 0 },
    files: new Map(files.map(({ path, source }) => [path, source.size])),
    judge: (member) => judgeMember(member, scan),
  };
  const readings: (readonly [ScannedFile, Reading])[] = [];
  for (const file of readAhead([...files].sort((a, b) => byCodePoint(a.path, b.path)))) {
    readings.push([file, await readFile(file, scan)]);
  }
  const claimed = new Set(readings.flatMap(([, { claims = [] }]) => claims));
  const checks: Check[] = [];
  const members: MemberReport[] = [];
  let parsed = 0;
  let present = 0;
  for (const [file, own] of readings) {
    const reading = claimed.has(file.path) ? asTensors(file, own) : own;
    for (const check of reading.checks) checks.push(check);
    for (const member of reading.members ?? []) members.push(member);
    parsed += reading.parsed;
    present += file.source.size;
  }
  return {
    verdict: worst(checks.map(({ verdict }) => verdict)),
    checks: worstFirst(checks),
    coverage: { parsed, present },
    members,
  };
}

const readFile = ({ path, source }: ScannedFile, scan: Scan): Promise<Reading> =>
  scan.judge({ where: path, name: path, source: inBlocks(source), depth: 0 });

/**
 * A file that a model keeps its tensors in is data, when it is nothing else: a claim acquits no
 * file that has a format of its own.
 */
function asTensors({ path, source }: ScannedFile, own: Reading): Reading {
  if (own.checks.some(({ id }) => id !== UNKNOWN)) return own;
  const findings = new Findings({ where: path });
  findings.pass('tensor-data', 'tensors of a model beside it, of no other format');
  const format = 'tensor data';
  const size = source.size;
  const report = { where: path, format, bytes: size, parsed: size, verdict: 'pass' } as const;
  return { format, checks: findings.checks, parsed: size, members: [report] };
}

const SEVERITY: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass'];

function worstFirst(checks: readonly Check[]): Check[] {
  const sorted = SEVERITY.flatMap((verdict) => checks.filter((check) => check.verdict === verdict));
  const left = sorted.slice(MOST_CHECKS);
  if (left.length === 0) return sorted;
  const more: Check = {
    id: 'scan.more',
    verdict: left[0]?.verdict ?? 'pass',
    observed: left.length,
    message: `${left.length} more checks are not listed, none of them worse than the last one here`,
  };
  return [...sorted.slice(0, MOST_CHECKS), more];
}
