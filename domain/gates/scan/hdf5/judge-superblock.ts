import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import type { Findings } from '#domain/gates/scan/reading.ts';
import { broken, unread } from './broken.ts';
import { firstNonZero } from './holes.ts';
import { ObjectHeaders } from './object-header.ts';
import type { Superblock } from './superblock.ts';

/** Messages of the superblock's extension. */
const B_TREE_RANKS = 0x13;
const DRIVER = 0x14;
const FILE_SPACE = 0x17;

/** Adds what lies before the file, and takes what the superblock's extension says of the rest. */
export async function addSuperblockFlaws(
  { file, base, extension, driver }: Superblock,
  source: ByteSource,
  findings: Findings,
): Promise<void> {
  if (driver !== undefined) throw driven(driver);
  if ((await firstNonZero(source, 0, base)) !== undefined) {
    findings.fail(
      'hdf5.user-block',
      `${base} bytes before the file proper belong to nothing, where another program may find something; save the model again`,
      0,
    );
  }
  if (extension === undefined) return;
  for (const { type, body } of await new ObjectHeaders(file).at(extension)) {
    if (type === B_TREE_RANKS) {
      body.skip(1);
      file.ranks.chunks = body.u16();
      file.ranks.internal = body.u16();
      file.ranks.leaf = body.u16();
    } else if (type === DRIVER) {
      throw driven(body.start);
    } else if (type !== FILE_SPACE) {
      throw unread('message', `has a superblock message of type ${type}`, body.start);
    }
  }
}

const driven = (at: number) =>
  broken('driver', 'names a driver that keeps its parts in other files', at);
