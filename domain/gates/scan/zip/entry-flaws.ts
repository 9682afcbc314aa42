import { nameFlaw, plainName } from '#domain/gates/scan/member-name.ts';
import type { Findings } from '#domain/gates/scan/reading.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';
import type { Entry } from './directory.ts';
import { UNICODE_PATH_EXTRA } from './extra.ts';

/** Compression options, descriptor, UTF-8 names. */
const HARMLESS_FLAGS = 0x0002 | 0x0004 | 0x0008 | 0x0800;
/** Encrypted, strongly encrypted, masked headers. */
const ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000;
const AES_METHOD = 99;

const FILE_TYPE = 0xf000;
/** What Unix modes say besides "regular file" (and "not written"). */
const SPECIAL_TYPES: ReadonlyMap<number, string> = new Map([
  [0x1000, 'a named pipe'],
  [0x2000, 'a device'],
  [0x6000, 'a device'],
  [0xa000, 'a symbolic link'],
  [0xc000, 'a socket'],
]);

export const isDirectory = ({ name }: Entry): boolean => name.endsWith('/');

export const isEncrypted = ({ flags, method }: Entry): boolean =>
  (flags & ENCRYPTED_FLAGS) !== 0 || method === AES_METHOD;

/** Adds what one entry's own description has wrong. */
export function addEntryFlaws(entry: Entry, findings: Findings): void {
  const { at, name, flags, attributes } = entry;
  const shown = JSON.stringify(name);
  const flaw = nameFlaw(name);
  if (flaw !== undefined) {
    findings.fail('archive.name', `entry ${shown} ${flaw}; pack it under a relative path`, at);
  }
  if (isEncrypted(entry)) {
    findings.fail(
      'archive.encrypted',
      `entry ${shown} is encrypted, so nobody can judge it; pack it without a password`,
      at,
    );
  } else if ((flags & ~HARMLESS_FLAGS) !== 0) {
    findings.fail(
      'zip.flags',
      `entry ${shown} has flags 0x${flags.toString(16)}, which no usual packer sets; pack it again`,
      at,
    );
  }
  const special = SPECIAL_TYPES.get((attributes >>> 16) & FILE_TYPE);
  if (special !== undefined) {
    findings.fail('archive.link', `entry ${shown} is ${special}; pack plain files only`, at);
  }
  if (isDirectory(entry) && (entry.packed > 0 || entry.unpacked > 0)) {
    findings.fail('zip.directory', `folder ${shown} has content; pack it again`, at);
  }
  for (const { id, data } of entry.extras) {
    if (id === UNICODE_PATH_EXTRA && fromUtf8(data.subarray(5)) !== name) {
      findings.fail(
        'zip.second-name',
        `entry ${shown} has a second name, which some programs prefer; pack it again`,
        at,
      );
    }
  }
}

/** Adds a finding for each name that two entries unpack to, or that is a file and a folder. */
export function addClashes(entries: readonly Entry[], findings: Findings): void {
  const files = new Set<string>();
  const seen = new Set<string>();
  for (const entry of entries) {
    const name = plainName(entry.name);
    if (!isDirectory(entry)) files.add(name);
    if (seen.size < seen.add(name).size) continue;
    findings.fail(
      'archive.duplicate',
      `entry ${JSON.stringify(entry.name)} is there twice, and programs differ in which they take; pack it once`,
      entry.at,
    );
  }
  for (const entry of entries) {
    const name = plainName(entry.name);
    const folder = name.slice(0, Math.max(0, name.lastIndexOf('/')));
    if (!files.has(folder)) continue;
    findings.fail(
      'archive.duplicate',
      `entry ${JSON.stringify(entry.name)} lies in a file of the archive; pack it again`,
      entry.at,
    );
  }
}
