import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import type { Layout } from './judge.ts';
import { PLAIN, TORCH_LAYOUT } from './layouts.ts';
import { PICKLE_LIMITS, type PickleLimits } from './limits.ts';
import type { Damage } from './opcode-reader.ts';
import { PickleScan, type Ran } from './pickle-scan.ts';
import { Ledger, type PickleReport } from './report.ts';
import { isTorchMagic, runTorchLegacy } from './torch-legacy.ts';

export interface PickleOptions {
  /** Goes before each finding's offset: `model.zip!archive/data.pkl`. */
  readonly where?: string;
  /** `torch`: tensors keep their data beside the pickle, as in PyTorch's ZIP files. */
  readonly references?: 'none' | 'torch';
  readonly limits?: PickleLimits;
}

/**
 * Scans a stream of pickles without building anything of it: of plain pickle, joblib (its arrays
 * lie between the opcodes) and PyTorch's format before 1.6 (its storages follow the pickles).
 * A report without findings passes.
 */
export async function scanPickle(
  source: ByteSource,
  options: PickleOptions = {},
): Promise<PickleReport> {
  const { where = 'pickle', references = 'none', limits = PICKLE_LIMITS } = options;
  const ledger = new Ledger(where);
  const layout = references === 'torch' ? TORCH_LAYOUT : PLAIN;
  const { parsed, pickles } = await scanStream(source, ledger, layout, limits);
  return {
    findings: ledger.findings,
    globals: ledger.globals,
    calls: ledger.calls,
    coverage: { parsed, present: source.size },
    protocol: ledger.protocol,
    pickles,
    storages: [...ledger.storages.values()],
  };
}

interface Scanned {
  readonly parsed: number;
  readonly pickles: number;
}

async function scanStream(
  source: ByteSource,
  ledger: Ledger,
  layout: Layout,
  limits: PickleLimits,
  depth = 0,
): Promise<Scanned> {
  const scan = new PickleScan(limits, async (inner, innerLedger) => {
    const [first, second] = await inner.read(0, Math.min(2, inner.size));
    if (first === 0x50 && second === 0x4b) {
      innerLedger.add(
        'pickle.nested',
        'inconclusive',
        'PyTorch loads a ZIP archive from within the pickle, which is not opened here; save the tensors by themselves',
        0,
      );
    } else if (depth >= limits.nesting) {
      innerLedger.add('pickle.limit', 'inconclusive', 'pickles load pickles too deeply', 0);
    } else await scanStream(inner, innerLedger, TORCH_LAYOUT, limits, depth + 1);
  });
  const first = await scan.run(source, 0, ledger, layout);
  if (first.damage !== undefined) {
    blame(ledger, first, first.damage);
    return { parsed: first.end, pickles: 0 };
  }
  if (isTorchMagic(first.result)) return runTorchLegacy(scan, source, first.end, ledger);
  return followers(scan, source, first.end, ledger, layout);
}

/** What comes after the first STOP: more pickles, or bytes that nobody reads. */
async function followers(
  scan: PickleScan,
  source: ByteSource,
  from: number,
  ledger: Ledger,
  layout: Layout,
): Promise<Scanned> {
  let end = from;
  for (let pickles = 1; ; pickles += 1) {
    if (end >= source.size) return { parsed: end, pickles };
    const next = new Ledger(ledger.where);
    const ran =
      pickles < scan.limits.pickles ? await scan.run(source, end, next, layout) : undefined;
    if (ran === undefined || ran.damage !== undefined) {
      ledger.takeOver(next, 'fail');
      ledger.add(
        'pickle.trailing-bytes',
        'inconclusive',
        `${source.size - end} bytes follow the end of the pickle; save the model again`,
        end,
      );
      return { parsed: end, pickles };
    }
    ledger.takeOver(next);
    ledger.add(
      'pickle.several',
      'inconclusive',
      'another pickle follows the end of the first one; save one object per file',
      end,
    );
    end = ran.end;
  }
}

const IDS: Readonly<Record<Damage['kind'], string>> = {
  truncated: 'pickle.truncated',
  malformed: 'pickle.malformed',
  'over-limit': 'pickle.limit',
};

/** Loading stops at the damage: what came before it has run by then. */
function blame(ledger: Ledger, { end }: Ran, { kind, problem }: Damage): void {
  const verdict = ledger.failed ? 'fail' : 'inconclusive';
  const so = ledger.failed ? 'what comes before it runs nevertheless' : 'save the model again';
  ledger.add(IDS[kind], verdict, `cannot be read on: ${problem}; ${so}`, end);
}
