import { stretchOf } from '#domain/gates/scan/byte-source.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { nameFlaw, plainName, within } from '#domain/gates/scan/member-name.ts';
import {
  Findings,
  type Member,
  type MemberReport,
  type Reading,
  type Scan,
} from '#domain/gates/scan/reading.ts';
import type { Check } from '#domain/gates/verdict.ts';
import { BLOCK, headerOf, isHeader, isZero, type TarHeader, textOf } from './header.ts';
import { paxRecords } from './pax.ts';

const LONG_NAME = 'L';
const LONG_LINK = 'K';
const PAX = 'x';
const PAX_GLOBAL = 'g';
const FILE_TYPES = new Set(['0', '\0', '7']);
const FOLDER = '5';
const LINKS: ReadonlyMap<string, string> = new Map([
  ['1', 'a hard link'],
  ['2', 'a symbolic link'],
  ['3', 'a device'],
  ['4', 'a device'],
  ['6', 'a named pipe'],
]);
/** A path of 4096 bytes and some records besides. */
const MOST_EXTENSION_BYTES = 64 * 1024;
/** Archives are padded to records of 10 KiB; more after the end hides something. */
const MOST_PADDING = 64 * 1024;

/** What a pax or GNU extension says about the next member. */
interface Extension {
  readonly name?: string;
  readonly size?: number;
  readonly sparse?: boolean;
}

/**
 * Judges a TAR archive and everything in it; links and devices fail.
 * @throws FormatError when a header is not one, or the archive is cut off.
 */
export async function readTar(member: Member, scan: Scan): Promise<Reading> {
  const { source } = member;
  const findings = new Findings(member);
  const checks: Check[] = [];
  const members: MemberReport[] = [];
  const names = new Set<string>();
  let extension: Extension = {};
  let at = 0;
  let unknown = 0;
  for (;;) {
    const block = await source.read(at, Math.min(BLOCK, source.size - at));
    if (block.length < BLOCK) throw broken('tar.truncated', 'ends without its end mark', at);
    if (isZero(block)) break;
    const header = isHeader(block) ? headerOf(block) : undefined;
    if (header === undefined) throw broken('tar.header', 'has a block that is no header', at);
    const size = extension.size ?? header.size;
    const data = at + BLOCK;
    if (data + size > source.size) throw broken('tar.truncated', 'ends within a member', at);
    scan.spent.entries += 1;
    if (scan.spent.entries > scan.limits.entries) {
      throw new FormatError(
        'archive.limit',
        'inconclusive',
        `has more than ${scan.limits.entries} members; upload the files unpacked`,
        at,
      );
    }
    if ([LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL].includes(header.type)) {
      const read = await extensionOf(header, data, member);
      extension = { ...extension, ...read };
    } else {
      const name = extension.name ?? header.name;
      addFlaws(name, header, names, findings, at);
      const { sparse = false } = extension;
      extension = {};
      if (sparse)
        findings.undecided(
          'tar.type',
          `member ${JSON.stringify(name)} is sparse, which is not read here; pack it with --sparse off`,
          at,
        );
      if (FILE_TYPES.has(header.type) && !sparse) {
        const inner: Member = {
          where: within(member.where, name),
          name,
          source: stretchOf(source, data, size),
          depth: member.depth + 1,
        };
        const reading = await scan.judge(inner);
        for (const check of reading.checks) checks.push(check);
        for (const report of reading.members ?? []) members.push(report);
        unknown += size - reading.parsed;
      } else if (size > 0) {
        unknown += size;
        if (header.type === FOLDER)
          throw broken(
            'tar.header',
            'has a folder with content, which some programs read as members',
            at,
          );
      }
    }
    at = data + Math.ceil(size / BLOCK) * BLOCK;
  }
  const rest = source.size - at;
  if (rest > MOST_PADDING || !isZero(await source.read(at, Math.max(0, rest)))) {
    unknown += rest;
    findings.fail(
      'tar.unreferenced-bytes',
      `${rest} bytes follow the end of the archive; pack it again`,
      at,
    );
  }
  if (findings.checks.length === 0) {
    findings.pass('tar.structure', `${names.size} members without links`);
  }
  return {
    format: 'TAR archive',
    checks: [...findings.checks, ...checks],
    parsed: Math.max(0, source.size - unknown),
    members,
  };
}

function addFlaws(
  name: string,
  { type }: TarHeader,
  names: Set<string>,
  findings: Findings,
  at: number,
): void {
  const shown = JSON.stringify(name);
  const plain = plainName(name);
  const flaw = plain === '' && type === FOLDER ? undefined : nameFlaw(name);
  if (flaw !== undefined) {
    findings.fail('archive.name', `member ${shown} ${flaw}; pack it under a relative path`, at);
  }
  const link = LINKS.get(type);
  if (link !== undefined) {
    findings.fail('archive.link', `member ${shown} is ${link}; pack plain files only`, at);
  } else if (type !== FOLDER && !FILE_TYPES.has(type)) {
    findings.undecided(
      'tar.type',
      `member ${shown} has type ${JSON.stringify(type)}, which is not read here; pack plain files only`,
      at,
    );
  }
  if (names.has(plain)) {
    findings.fail(
      'archive.duplicate',
      `member ${shown} is there twice, and the later one wins; pack it once`,
      at,
    );
  }
  names.add(plain);
}

async function extensionOf(
  { type, size }: TarHeader,
  data: number,
  { source }: Member,
): Promise<Extension> {
  if (size > MOST_EXTENSION_BYTES) {
    throw broken('tar.header', `has an extended header of ${size} bytes`, data);
  }
  const bytes = await source.read(data, size);
  if (type === LONG_LINK) return {};
  if (type === LONG_NAME) {
    const name = textOf(bytes);
    if (name === undefined) throw broken('tar.header', 'has a name that is not UTF-8', data);
    return { name };
  }
  const records = paxRecords(bytes);
  if (records === undefined) throw broken('tar.header', 'has a broken pax header', data);
  const path = records.get('path');
  const written = records.get('size');
  const known = written === undefined || /^\d{1,15}$/.test(written);
  // A global path or size would hold for every later member: nobody writes one in good faith.
  if (!known || (type === PAX_GLOBAL && (path !== undefined || written !== undefined))) {
    throw broken('tar.header', 'has a pax header that renames or resizes every member', data);
  }
  const sparse = [...records.keys()].some((key) => key.startsWith('GNU.sparse.'));
  return {
    ...(path !== undefined && { name: path }),
    ...(written !== undefined && { size: Number(written) }),
    ...(sparse && { sparse }),
  };
}

const broken = (id: string, what: string, at: number): FormatError =>
  new FormatError(id, 'fail', `the archive ${what}; pack it again`, at);
