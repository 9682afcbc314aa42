import { type ByteSource, headOf, stretchOf } from '#domain/gates/scan/byte-source.ts';
import { broken, unread } from './broken.ts';
import { Fields } from './fields.ts';
import { checkedSum, Hdf5File } from './file.ts';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** 0, then 512 bytes and its doubles. */
const STARTS = [0, 512, 1024, 2048, 4096];
const HEAD_BYTES = 128;
/** What the library takes where the file says nothing. */
const USUAL_RANKS = { leaf: 4, internal: 16, chunks: 32 };

export interface Superblock {
  readonly file: Hdf5File;
  /** Bytes before the file proper, the user block. */
  readonly base: number;
  /** Address of the root group's header. */
  readonly root: number;
  readonly extension: number | undefined;
  /** A block that names a driver, which splits the file over several. */
  readonly driver: number | undefined;
}

/** Reads the superblock, versions 0 to 3. @throws FormatError where it is broken. */
export async function readSuperblock(source: ByteSource): Promise<Superblock> {
  const base = await startOf(source);
  const rest = stretchOf(source, base, source.size - base);
  const head = new Fields(await headOf(rest, HEAD_BYTES), base, { address: 8, length: 8 });
  head.skip(SIGNATURE.length);
  const version = head.u8();
  if (version > 3) throw unread('version', `is HDF5 with a superblock of version ${version}`, 0);
  const sizesAt = version < 2 ? 13 : 9;
  const [address = 0, length = 0] = head.bytes.subarray(sizesAt);
  if (![4, 8].includes(address) || ![4, 8].includes(length)) {
    throw unread('version', `has addresses of ${address} and lengths of ${length} bytes`, base);
  }
  const fields = new Fields(head.bytes, base, { address, length });
  fields.at = sizesAt + 2;
  return version < 2 ? oldBlock(fields, version, rest, base) : newBlock(fields, rest, base);
}

async function startOf(source: ByteSource): Promise<number> {
  for (const start of STARTS) {
    if (start + SIGNATURE.length > source.size) break;
    const head = await source.read(start, SIGNATURE.length);
    if (SIGNATURE.every((byte, index) => head[index] === byte)) return start;
  }
  throw broken('signature', 'has no HDF5 signature');
}

function oldBlock(fields: Fields, version: number, rest: ByteSource, base: number): Superblock {
  fields.skip(1);
  const ranks = { ...USUAL_RANKS, leaf: fields.u16(), internal: fields.u16() };
  fields.skip(4);
  if (version === 1) {
    ranks.chunks = fields.u16();
    fields.skip(2);
  }
  if (ranks.leaf === 0 || ranks.internal === 0 || ranks.chunks === 0) {
    throw broken('header', 'its superblock leaves trees no room', base);
  }
  const file = new Hdf5File(rest, fields.widths, ranks);
  compareBase(fields.address(), base);
  fields.address();
  compareEnd(fields.address(), rest.size, base);
  const driver = fields.address();
  fields.length();
  const root = fields.address();
  fields.skip(8 + 16);
  file.space.claim('the superblock', 0, fields.at);
  if (root === undefined) throw broken('header', 'it has no root group', base);
  return { file, base, root, extension: undefined, driver };
}

function newBlock(fields: Fields, rest: ByteSource, base: number): Superblock {
  fields.skip(1);
  const { address } = fields.widths;
  const length = 12 + 4 * address + 4;
  const whole = new Fields(fields.bytes.subarray(0, length), base, fields.widths);
  checkedSum(whole, 'the superblock');
  const file = new Hdf5File(rest, fields.widths, { ...USUAL_RANKS });
  compareBase(fields.address(), base);
  const extension = fields.address();
  compareEnd(fields.address(), rest.size, base);
  const root = fields.address();
  file.space.claim('the superblock', 0, length);
  if (root === undefined) throw broken('header', 'it has no root group', base);
  return { file, base, root, extension, driver: undefined };
}

function compareBase(declared: number | undefined, base: number): void {
  if (declared === base) return;
  throw broken('header', `its superblock lies at byte ${base} and says ${declared}`, base);
}

/** With a user block the end counts from the file's own start, as the library writes it. */
function compareEnd(declared: number | undefined, size: number, base: number): void {
  if (declared === size + base || declared === size) return;
  const [id, what] =
    (declared ?? Number.POSITIVE_INFINITY) > size
      ? ['truncated', 'ends early']
      : ['trailing-bytes', 'goes on behind its end'];
  throw broken(
    id,
    `${what}: its superblock promises ${declared} bytes, it has ${size + base}`,
    base,
  );
}
