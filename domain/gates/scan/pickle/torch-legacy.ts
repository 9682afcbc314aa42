import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';
import { PLAIN, TORCH_LEGACY_LAYOUT } from './layouts.ts';
import type { PickleScan } from './pickle-scan.ts';
import type { Ledger } from './report.ts';
import { isEntity, type Value } from './value.ts';

/** `torch.serialization.MAGIC_NUMBER`. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

export const isTorchMagic = (value: Value | undefined): boolean => value === MAGIC;

/** Magic, protocol, system, the object, and the keys of its storages. */
const PICKLES = ['magic', 'protocol', 'system', 'object', 'keys'] as const;

/** Reads on behind the magic number: four more pickles, then every storage with its length. */
export async function runTorchLegacy(
  scan: PickleScan,
  source: ByteSource,
  from: number,
  ledger: Ledger,
): Promise<{ readonly parsed: number; readonly pickles: number }> {
  let end = from;
  let pickles = 1;
  let keys: Value | undefined;
  for (const part of PICKLES.slice(1)) {
    const ran = await scan.run(
      source,
      end,
      ledger,
      part === 'object' ? TORCH_LEGACY_LAYOUT : PLAIN,
    );
    end = ran.end;
    if (ran.damage !== undefined) {
      return undecided(
        ledger,
        end,
        pickles,
        `its pickle of ${part} cannot be read: ${ran.damage.problem}`,
      );
    }
    pickles += 1;
    keys = ran.result;
  }
  if (!isEntity(keys) || keys.kind !== 'list') {
    return undecided(ledger, end, pickles, 'it has no list of storages');
  }
  const named = keys.items.filter((key): key is string => typeof key === 'string');
  if (keys.count !== ledger.storages.size || named.length < keys.items.length) {
    return undecided(ledger, end, pickles, 'its list of storages is not what its tensors name');
  }
  return storages(source, end, ledger, pickles, keys.count);
}

/** Each is its number of elements, in eight bytes, and then those; they come in the keys' order. */
async function storages(
  source: ByteSource,
  from: number,
  ledger: Ledger,
  pickles: number,
  count: number,
): Promise<{ readonly parsed: number; readonly pickles: number }> {
  let end = from;
  const lengths = [...ledger.storages.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  if (lengths.length !== count) return undecided(ledger, end, pickles, 'it has storages twice');
  for (const { bytes, elementBytes } of lengths) {
    if (end + 8 > source.size) return undecided(ledger, end, pickles, 'a storage is missing');
    const elements = Number(new LittleEndian(await source.read(end, 8)).u64(0));
    if (elements * elementBytes !== bytes || end + 8 + bytes > source.size) {
      return undecided(ledger, end, pickles, 'a storage has another length than its tensors say');
    }
    end += 8 + bytes;
  }
  if (end < source.size) undecided(ledger, end, pickles, 'bytes follow its last storage');
  return { parsed: end, pickles };
}

function undecided(ledger: Ledger, end: number, pickles: number, problem: string) {
  ledger.add(
    'pickle.torch',
    ledger.failed ? 'fail' : 'inconclusive',
    `is no PyTorch file of before 1.6 as it seems: ${problem}; save it again with a current PyTorch`,
    end,
  );
  return { parsed: end, pickles };
}
