import { type ByteSource, sourceOf, stretchOf } from '#domain/gates/scan/byte-source.ts';
import { crc32 } from '#domain/gates/scan/crc32.ts';
import type { Codec } from '#domain/gates/scan/decompressors.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { within } from '#domain/gates/scan/member-name.ts';
import { Findings, type Member, type Reading, type Scan } from '#domain/gates/scan/reading.ts';
import { unpack } from '#domain/gates/scan/unpack.ts';
import type { Entry } from './directory.ts';
import { isEncrypted } from './entry-flaws.ts';
import { rootOf, storagePath, type TorchLayout } from './layout.ts';
import { lzmaFile } from './lzma-entry.ts';

const STORED = 0;
const CODECS: ReadonlyMap<number, Codec> = new Map([
  [8, 'deflate'],
  [12, 'bz2'],
  [14, 'lzma'],
  [93, 'zstd'],
  [95, 'xz'],
]);

/** What one entry holds. */
export interface Content extends Omit<Reading, 'format' | 'parsed'> {
  /** Part of the bytes whose meaning is known, 0 to 1. */
  readonly share: number;
}

/** Judges one entry after the other; PyTorch's pickles tell which of the later ones are tensors. */
export class Contents {
  readonly #archive: Member;
  readonly #scan: Scan;
  readonly #torch: TorchLayout | undefined;
  /** Storages of which no entry has been read yet. */
  readonly #missing = new Set<string>();
  /** Bytes by path. */
  readonly #storages = new Map<string, number>();

  constructor(archive: Member, scan: Scan, torch: TorchLayout | undefined) {
    this.#archive = archive;
    this.#scan = scan;
    this.#torch = torch;
  }

  async read(entry: Entry, data: number): Promise<Content> {
    // Said already, and no content to judge.
    if (isEncrypted(entry)) return { checks: [], share: 0 };
    const where = within(this.#archive.where, entry.name);
    try {
      const packed = stretchOf(this.#archive.source, data, entry.packed);
      const raw = this.#isStorage(entry);
      const source = await contentOf(packed, entry, raw, this.#scan);
      return raw ? tensors(where, source.size) : await this.#judge(where, entry, source);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const findings = new Findings({ where });
      findings.add(error.id, error.verdict, error.message);
      return { checks: findings.checks, share: 0 };
    }
  }

  async #judge(where: string, { name }: Entry, source: ByteSource): Promise<Content> {
    const root = rootOf(name);
    const inner: Member = {
      where,
      name,
      source,
      depth: this.#archive.depth + 1,
      ...(this.#torch !== undefined && { references: 'torch' }),
    };
    const { checks, parsed, members = [], storages } = await this.#scan.judge(inner);
    if (root !== undefined) {
      for (const [key, bytes] of storages ?? []) {
        this.#storages.set(storagePath(root, key), bytes);
        this.#missing.add(storagePath(root, key));
      }
    }
    return { checks, members, share: source.size === 0 ? 1 : parsed / source.size };
  }

  /** Adds the tensors that a pickle names and the archive lacks, once all entries are read. */
  addMissing(findings: Findings): void {
    for (const path of this.#missing) {
      findings.undecided(
        'torch.storage',
        `the pickle keeps a tensor in ${JSON.stringify(path)}, which is not there; save the model again`,
      );
    }
  }

  /** Whether the pickle keeps a tensor in this entry: data, whatever it looks like. */
  #isStorage({ name, unpacked }: Entry): boolean {
    const path = this.#torch?.storage(name);
    const bytes = path === undefined ? undefined : this.#storages.get(path);
    if (path === undefined || bytes === undefined) return false;
    this.#missing.delete(path);
    if (bytes === unpacked) return true;
    throw new FormatError(
      'torch.storage',
      'fail',
      `has ${unpacked} bytes, the pickle calls for ${bytes}; save the model again`,
    );
  }
}

const tensors = (where: string, bytes: number): Content => ({
  checks: [],
  share: 1,
  members: [{ where, format: 'tensor data', bytes, parsed: bytes, verdict: 'pass' }],
});

/** @throws FormatError when the entry is not what its description promises, or cannot be unpacked. */
async function contentOf(
  packed: ByteSource,
  entry: Entry,
  raw: boolean,
  scan: Scan,
): Promise<ByteSource> {
  if (entry.method === STORED) {
    if (entry.packed !== entry.unpacked) throw mismatch(`is ${entry.packed} bytes`, entry);
    if (!raw && packed.size <= scan.limits.crcBytes) {
      compareCrc(await packed.read(0, packed.size), entry);
    }
    return packed;
  }
  const codec = CODECS.get(entry.method);
  if (codec === undefined) {
    throw new FormatError(
      'archive.no-decompressor',
      'inconclusive',
      `compressed with ZIP method ${entry.method}, which is not undone here; pack it stored or with deflate`,
    );
  }
  if (entry.unpacked > scan.limits.memberBytes) {
    throw new FormatError(
      'archive.limit',
      'inconclusive',
      `unpacks to ${entry.unpacked} bytes, at most ${scan.limits.memberBytes} are read; pack it stored`,
    );
  }
  const stream = codec === 'lzma' ? await lzmaFile(packed, entry.unpacked) : packed;
  const { bytes, consumed } = await unpack(stream, codec, scan);
  if (bytes.length !== entry.unpacked) throw mismatch(`unpacks to ${bytes.length} bytes`, entry);
  if (consumed !== stream.size) {
    throw new FormatError(
      'zip.unreferenced-bytes',
      'fail',
      `${stream.size - consumed} bytes follow its compressed content; pack the archive again`,
    );
  }
  compareCrc(bytes, entry);
  return sourceOf(bytes);
}

function compareCrc(bytes: Uint8Array, entry: Entry): void {
  if (crc32(bytes) !== entry.crc) {
    throw new FormatError(
      'zip.crc',
      'fail',
      'does not have the CRC that the directory promises, so that strict programs refuse it and lax ones load it; pack the archive again',
    );
  }
}

const mismatch = (found: string, { unpacked }: Entry): FormatError =>
  new FormatError(
    'zip.size',
    'fail',
    `${found}, the directory promises ${unpacked}; pack the archive again`,
  );
