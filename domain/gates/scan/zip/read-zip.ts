import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import {
  Findings,
  type Member,
  type MemberReport,
  type Reading,
  type Scan,
} from '#domain/gates/scan/reading.ts';
import type { Check } from '#domain/gates/verdict.ts';
import { Contents } from './contents.ts';
import { type Entry, readDirectory } from './directory.ts';
import { findEnd, readEnd } from './end-record.ts';
import { addClashes, addEntryFlaws, isDirectory } from './entry-flaws.ts';
import { rootOf, TorchLayout } from './layout.ts';
import { descriptorFits, HAS_DESCRIPTOR, type LocalEntry, readLocal } from './local-header.ts';

/** An entry whose packed bytes were found. */
interface Placed extends LocalEntry {
  readonly entry: Entry;
}

/**
 * Judges a ZIP archive and everything in it. Both descriptions of each entry must agree, the
 * entries must follow each other without overlap or gap, and each is judged by its content.
 * @throws FormatError when there is no directory to go by.
 */
export async function readZip(member: Member, scan: Scan): Promise<Reading> {
  const { source } = member;
  const endAt = await findEnd(source);
  if (endAt === undefined) {
    throw new FormatError(
      'zip.truncated',
      'fail',
      'a ZIP archive without its end; upload it again',
    );
  }
  const end = await readEnd(source, endAt);
  const room = scan.limits.entries - scan.spent.entries;
  const entries = await readDirectory(source, end, room);
  scan.spent.entries += entries.length;
  const findings = new Findings(member);
  for (const entry of entries) addEntryFlaws(entry, findings);
  addClashes(entries, findings);
  const placed = await place(source, entries, end.start, findings);
  const hidden = await addGaps(source, placed, end.start, findings);
  const torch = TorchLayout.of(entries.map(({ name }) => name));
  if (torch?.script !== undefined) {
    findings.undecided(
      'torch.script',
      `holds TorchScript (${JSON.stringify(torch.script)}), a program that is not judged here; save a state_dict with safetensors, or export to ONNX`,
    );
  }
  const checks: Check[] = [];
  const members: MemberReport[] = [];
  const contents = new Contents(member, scan, torch);
  let unknown = hidden;
  for (const { entry, data } of picklesFirst(placed)) {
    if (isDirectory(entry)) continue;
    const content = await contents.read(entry, data);
    for (const check of content.checks) checks.push(check);
    for (const inner of content.members ?? []) members.push(inner);
    unknown += entry.packed - Math.floor(entry.packed * content.share);
  }
  contents.addMissing(findings);
  if (findings.checks.length === 0) {
    findings.pass('zip.structure', `${entries.length} entries, described alike in both places`);
  }
  const format = torch === undefined ? 'ZIP archive' : 'PyTorch archive';
  const all = [...findings.checks, ...checks];
  return { format, checks: all, parsed: Math.max(0, source.size - unknown), members };
}

/** PyTorch's pickle says which entries are tensors. */
const picklesFirst = (placed: readonly Placed[]): Placed[] => [
  ...placed.filter(({ entry }) => rootOf(entry.name) !== undefined),
  ...placed.filter(({ entry }) => rootOf(entry.name) === undefined),
];

async function place(
  source: ByteSource,
  entries: readonly Entry[],
  end: number,
  findings: Findings,
): Promise<Placed[]> {
  const placed: Placed[] = [];
  for (const entry of [...entries].sort((a, b) => a.local - b.local)) {
    const local = await readLocal(source, entry, end);
    const shown = JSON.stringify(entry.name);
    if (local === undefined) {
      findings.fail(
        'zip.local-header',
        `entry ${shown} is not where the directory puts it; pack the archive again`,
        entry.local,
      );
      continue;
    }
    if (local.disagreements.length > 0) {
      findings.fail(
        'zip.header-mismatch',
        `entry ${shown} differs in ${local.disagreements.join(', ')} between its header and the directory, so that two programs unpack different files; pack the archive again`,
        entry.local,
      );
    }
    placed.push({ entry, ...local });
  }
  return placed;
}

/** Bytes before, between and after the entries that belong to none. */
async function addGaps(
  source: ByteSource,
  placed: readonly Placed[],
  directory: number,
  findings: Findings,
): Promise<number> {
  let hidden = 0;
  const report = (from: number, to: number): void => {
    hidden += to - from;
    findings.fail(
      'zip.unreferenced-bytes',
      `${to - from} bytes belong to no entry, where another program may find one; pack the archive again`,
      from,
    );
  };
  const first = placed[0]?.entry.local ?? directory;
  if (first > 0) report(0, first);
  for (const [index, { entry, data }] of placed.entries()) {
    const after = data + entry.packed;
    const next = placed[index + 1]?.entry.local ?? directory;
    if (next < after) {
      findings.fail(
        'zip.overlap',
        `entry ${JSON.stringify(entry.name)} overlaps the next one; pack the archive again`,
        next,
      );
      continue;
    }
    const described = (entry.flags & HAS_DESCRIPTOR) !== 0;
    const room = next - after;
    if (described && (await descriptorFits(source, entry, after, room))) continue;
    if (room > 0) report(after, next);
  }
  return hidden;
}
