import { type ByteSource, stretchOf } from '#domain/gates/scan/byte-source.ts';
import { type ItemLayout, layoutOfCode } from './numpy-dtype.ts';
import { type Literal, pythonLiteral } from './python-literal.ts';
import { latin1 } from './python-text.ts';
import { Ledger, type PickleReport } from './report.ts';
import { type PickleOptions, scanPickle } from './scan-pickle.ts';

const MAGIC = '\x93NUMPY';
/** `numpy.lib.format` refuses longer ones too. */
const LONGEST_HEADER = 10_000;

/**
 * Scans a NumPy array file, a member of an `.npz` likewise: its header and size, and the pickle
 * that stands for an array of objects. Format: numpy.lib.format, versions 1 to 3.
 */
export async function scanNpy(
  source: ByteSource,
  options: PickleOptions = {},
): Promise<PickleReport> {
  const { where = 'npy' } = options;
  const ledger = new Ledger(where);
  const header = await readHeader(source);
  if (typeof header === 'string') {
    ledger.add('npy.header', 'inconclusive', `${header}; save the array again with numpy.save`, 0);
    return reportOf(ledger, source, 0);
  }
  const { start, layout, items } = header;
  if (layout.objects) {
    const inner = await scanPickle(stretchOf(source, start, source.size - start), options);
    const parsed = start + inner.coverage.parsed;
    return { ...inner, coverage: { parsed, present: source.size } };
  }
  const end = start + items * layout.bytes;
  if (end !== source.size) {
    const problem =
      end > source.size
        ? `the array takes ${end - source.size} bytes more than there are`
        : `${source.size - end} bytes follow the array`;
    ledger.add(
      'npy.size',
      'inconclusive',
      `${problem}; save the array again with numpy.save`,
      Math.min(end, source.size),
    );
  }
  return reportOf(ledger, source, Math.min(end, source.size));
}

const reportOf = (ledger: Ledger, source: ByteSource, parsed: number): PickleReport => ({
  findings: ledger.findings,
  globals: [],
  calls: [],
  coverage: { parsed, present: source.size },
  protocol: 0,
  pickles: 0,
  storages: [],
});

interface Header {
  /** Offset of the first item. */
  readonly start: number;
  readonly layout: ItemLayout;
  readonly items: number;
}

async function readHeader(source: ByteSource): Promise<Header | string> {
  const head = await source.read(0, Math.min(12, source.size));
  if (latin1(head.subarray(0, 6)) !== MAGIC) return 'the file does not start as a NumPy array does';
  const [major = 0, minor = 0] = head.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0) return `version ${major}.${minor} is not known`;
  const width = major === 1 ? 2 : 4;
  if (head.length < 8 + width) return 'the header is cut off';
  const length = head.subarray(8, 8 + width).reduceRight((sum, byte) => sum * 256 + byte, 0);
  const start = 8 + width + length;
  if (length > LONGEST_HEADER || start > source.size)
    return `the header of ${length} bytes is too long`;
  const literal = pythonLiteral(latin1(await source.read(8 + width, length)));
  if (literal === undefined) return 'the header is no plain Python dict';
  return headerOf(literal, start);
}

function headerOf(literal: Literal, start: number): Header | string {
  if (literal === null || typeof literal !== 'object' || Array.isArray(literal)) {
    return 'the header is no dict';
  }
  const { descr, shape, fortran_order: fortran, ...more } = literal;
  if (Object.keys(more).length > 0 || typeof fortran !== 'boolean') {
    return 'the header does not have exactly descr, fortran_order and shape';
  }
  const layout = layoutOfDescr(descr);
  const items = product(shape);
  if (layout === undefined) return 'the type of the array is not known';
  return items === undefined ? 'the shape is no tuple of sizes' : { start, layout, items };
}

function product(shape: Literal | undefined): number | undefined {
  if (!Array.isArray(shape)) return undefined;
  let items = 1;
  for (const size of shape) {
    if (typeof size !== 'number' || size < 0) return undefined;
    items *= size;
  }
  return Number.isSafeInteger(items) ? items : undefined;
}

/** `'<f4'`, or fields: `[('a', '<f4'), ('b', '<i8', (2,))]`. */
function layoutOfDescr(descr: Literal | undefined): ItemLayout | undefined {
  if (typeof descr === 'string') return layoutOfCode(descr);
  if (!Array.isArray(descr)) return undefined;
  let bytes = 0;
  let objects = false;
  for (const field of descr) {
    if (!Array.isArray(field) || field.length < 2 || field.length > 3) return undefined;
    const [, type, shape = []] = field;
    const layout = layoutOfDescr(type);
    const items = product(shape);
    if (layout === undefined || items === undefined) return undefined;
    bytes += layout.bytes * items;
    objects ||= layout.objects;
  }
  return { bytes, objects };
}
