import { addFileTexts } from '#domain/gates/privacy/file-texts.ts';
import { FoundTexts } from '#domain/gates/privacy/found-texts.ts';
import { parseUbjson } from '#domain/gates/scan/boosters/ubjson.ts';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import { readGguf } from '#domain/gates/scan/gguf/read-gguf.ts';
import { readHdf5 } from '#domain/gates/scan/hdf5/read-hdf5.ts';
import { judgeMember } from '#domain/gates/scan/judge-member.ts';
import { SCAN_LIMITS } from '#domain/gates/scan/limits.ts';
import { readOnnxModel } from '#domain/gates/scan/onnx/read-onnx-model.ts';
import { scanNpy } from '#domain/gates/scan/pickle/scan-npy.ts';
import { scanPickle } from '#domain/gates/scan/pickle/scan-pickle.ts';
import { DEFAULT_SCAN_POLICY } from '#domain/gates/scan/policy.ts';
import type { Member, Reading, Scan } from '#domain/gates/scan/reading.ts';
import { isSafetensors, readSafetensors } from '#domain/gates/scan/safetensors/read-safetensors.ts';
import { scanArtifact } from '#domain/gates/scan/scan-artifact.ts';
import { readTar } from '#domain/gates/scan/tar/read-tar.ts';
import { readTensorFlow } from '#domain/gates/scan/tensorflow/read-saved-model.ts';
import { readDocument } from '#domain/gates/scan/text/read-document.ts';
import { readZip } from '#domain/gates/scan/zip/read-zip.ts';
import { ioSchemaOf } from '#domain/registry/onnx/io-schema-of.ts';
import { readOnnxMetadata } from '#domain/registry/onnx/read-onnx.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import { filesBelow, filesWithin } from '../corpus.ts';
import { promise, type Seed, type Target, textOf, unless } from '../target.ts';
import { keras, mlmodel, tensorFlow } from './seeds.ts';

const SCAN = 'test/domain/gates/scan/fixtures';
const HDF5 = 'test/domain/gates/scan/hdf5/fixtures';
const PICKLES = 'test/domain/gates/scan/pickle/fixtures';
const policy = { ...DEFAULT_SCAN_POLICY, pickle: 'judge' } as const;

const scanned = (ending: RegExp): Seed[] => filesBelow(SCAN, ending);
const pickles = (): Seed[] =>
  ['malicious', 'benign', 'benign-numpy1', 'benign-xgboost', 'mutants'].flatMap((name) =>
    filesWithin(`${PICKLES}/${name}.json`),
  );
const hdf5 = (): Seed[] => filesBelow(HDF5, /\.h5$/);
const onnx = (): Seed[] => [
  ...scanned(/\.onnx$/),
  ...filesBelow('examples', /\.onnx$/),
  ...filesBelow('test/domain', /(?:privacy|registry)\/.*\.onnx$/),
];

/** A reader of one format, as the scanner calls it. */
const byReader =
  (read: (member: Member, scan: Scan) => unknown) =>
  (input: Seed): Promise<void> =>
    unless(['FormatError'], () => read(memberOf(input), context()));

const memberOf = ({ name, bytes }: Seed): Member => ({
  where: name,
  name,
  source: sourceOf(bytes),
  depth: 0,
});

function context(): Scan {
  const scan: Scan = {
    policy,
    limits: SCAN_LIMITS,
    decompressors: NODE_DECOMPRESSORS,
    spent: { entries: 0, unpackedBytes: 0 },
    outOfTime: () => false,
    files: new Map(),
    judge: (member): Promise<Reading> => judgeMember(member, scan),
  };
  return scan;
}

async function scanWhole({ name, bytes }: Seed): Promise<void> {
  const report = await scanArtifact([{ path: name, source: sourceOf(bytes) }], {
    policy,
    decompressors: NODE_DECOMPRESSORS,
  });
  const { checks, coverage, verdict, members } = report;
  promise(checks.length > 0, 'every file has a check');
  promise(verdict !== 'error', 'bytes make no error');
  promise(
    coverage.parsed >= 0 && coverage.parsed <= coverage.present,
    'no more is known than there is',
  );
  promise(
    verdict !== 'pass' || coverage.parsed === coverage.present,
    `what passes is known whole: ${coverage.parsed} of ${coverage.present}`,
  );
  promise(members.length > 0, 'every file is reported');
  promise(
    checks.every(({ message }) => message.length < 10_000),
    'messages can be stored',
  );
}

async function scanPickleAlone({ bytes }: Seed): Promise<void> {
  const { coverage, findings, globals } = await scanPickle(sourceOf(bytes));
  promise(coverage.parsed <= bytes.length, 'no more is known than there is');
  const strangers = globals.filter(({ allowed }) => !allowed);
  promise(
    findings.length > 0 || strangers.length === 0,
    'a global that is not allowed is a finding',
  );
  promise(findings.length > 0 || coverage.parsed === bytes.length, 'what passes is known whole');
}

export const MODEL_FILES: readonly Target[] = [
  {
    name: 'artifact, end to end',
    kind: 'binary',
    weight: 4,
    seeds: () => [
      ...scanned(/fixtures\/(?!.*\.py$)/),
      ...onnx(),
      ...hdf5(),
      ...pickles(),
      ...keras,
      ...mlmodel,
      ...tensorFlow,
      ...filesBelow('test/node/compression/fixtures', /\.(?:bz2|xz|lzma|lz4)$/),
    ],
    parse: scanWhole,
  },
  { name: 'pickle', kind: 'binary', weight: 4, seeds: pickles, parse: scanPickleAlone },
  {
    name: 'pickle, old protocols',
    kind: 'text',
    weight: 2,
    seeds: () => pickles().filter(({ bytes }) => bytes[0] !== 0x80),
    parse: scanPickleAlone,
  },
  {
    name: 'npy',
    kind: 'binary',
    seeds: () => scanned(/\.npy$/),
    parse: async ({ bytes }) => scanNpy(sourceOf(bytes)),
  },
  {
    name: 'torch legacy',
    kind: 'binary',
    seeds: () => pickles().filter(({ name }) => /torch|legacy|storage/i.test(name)),
    parse: scanPickleAlone,
  },
  {
    name: 'zip',
    kind: 'binary',
    weight: 2,
    seeds: () => scanned(/\.(?:zip|npz|skops|pt)$/),
    parse: byReader(readZip),
  },
  { name: 'tar', kind: 'binary', seeds: () => scanned(/\.tar$/), parse: byReader(readTar) },
  { name: 'onnx, scanner', kind: 'binary', seeds: onnx, parse: byReader(readOnnxModel) },
  {
    name: 'onnx, registry',
    kind: 'binary',
    seeds: onnx,
    parse: ({ bytes }) =>
      unless(['OnnxError'], async () => ioSchemaOf(await readOnnxMetadata(sourceOf(bytes)))),
  },
  {
    name: 'texts of files',
    kind: 'binary',
    seeds: () => [...onnx(), ...scanned(/\.(?:safetensors|json)$/)],
    parse: ({ name, bytes }) =>
      unless(['OnnxError'], () => addFileTexts(name, sourceOf(bytes), new FoundTexts())),
  },
  {
    name: 'safetensors',
    kind: 'binary',
    seeds: () => scanned(/\.safetensors$/),
    parse: (input) => (isSafetensors(input.bytes) ? byReader(readSafetensors)(input) : undefined),
  },
  { name: 'gguf', kind: 'binary', seeds: () => scanned(/\.gguf$/), parse: byReader(readGguf) },
  {
    name: 'hdf5',
    kind: 'binary',
    weight: 2,
    seeds: hdf5,
    parse: byReader(readHdf5),
  },
  {
    name: 'saved model',
    kind: 'binary',
    seeds: () => tensorFlow,
    parse: byReader(readTensorFlow),
  },
  { name: 'ubjson', kind: 'binary', seeds: () => scanned(/\.ubj$/), parse: byReader(parseUbjson) },
  {
    name: 'boosters, text',
    kind: 'json',
    seeds: () => scanned(/(?:xgboost\.json|lightgbm.*\.txt)$/),
    parse: document,
  },
  { name: 'keras', kind: 'json', seeds: () => keras, parse: document },
  {
    name: 'skops schema',
    kind: 'json',
    seeds: () => skopsSchemas(),
    parse: document,
  },
  { name: 'mlmodel', kind: 'text', seeds: () => mlmodel, parse: document },
];

function document(input: Seed): void {
  readDocument(memberOf(input), textOf(input));
}

/** A schema as skops writes it; those of the fixtures lie deflated in archives. */
function skopsSchemas(): Seed[] {
  const schema = {
    __class__: 'LogisticRegression',
    __module__: 'sklearn.linear_model._logistic',
    __loader__: 'ObjectNode',
    _skops_version: '0.10.0',
    protocol: 2,
    content: {
      __class__: 'dict',
      __module__: 'builtins',
      __loader__: 'DictNode',
      content: {
        coef_: {
          __class__: 'ndarray',
          __module__: 'numpy',
          __loader__: 'NdArrayNode',
          file: '1.npy',
        },
        f: {
          __class__: 'function',
          __module__: 'os',
          __loader__: 'FunctionNode',
          content: 'system',
        },
      },
    },
  };
  return [{ name: 'schema.json', bytes: new TextEncoder().encode(JSON.stringify(schema)) }];
}
