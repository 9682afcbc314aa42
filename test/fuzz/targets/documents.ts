import { Readable } from 'node:stream';
import { p256 } from '@noble/curves/nist.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { parseContract } from '#domain/gates/dataset/parse-contract.ts';
import { profileDataset } from '#domain/gates/dataset/profile.ts';
import { readRecord } from '#domain/gates/dependencies/osv/advisory.ts';
import {
  affects,
  ask,
  fixedVersion,
  groupByAlias,
  readAdvisory,
} from '#domain/gates/dependencies/osv/match.ts';
import {
  buildSnapshot,
  readShard,
  SnapshotIndex,
} from '#domain/gates/dependencies/osv/snapshot.ts';
import { parseDependencies } from '#domain/gates/dependencies/parse/document.ts';
import { parseGoldenCases } from '#domain/gates/golden-cases.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { scanText } from '#domain/gates/privacy/scan-text.ts';
import { changePolicy } from '#domain/gates/tighten-policy.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import { parseManifest } from '#domain/registry/manifest.ts';
import { binaryOf, readBinary } from '#domain/serving/binary-data.ts';
import { parseCsvRequest } from '#domain/serving/csv-request.ts';
import { parseInferRequest } from '#domain/serving/infer-request.ts';
import { elementCount } from '#domain/serving/tensor.ts';
import { bundleText, parseBundle } from '#domain/signing/bundle.ts';
import { envelopeOf, envelopeText, openEnvelope, signingDigest } from '#domain/signing/dsse.ts';
import { parsePublicKey, publicKeyOf } from '#domain/signing/public-key.ts';
import { parseStatement } from '#domain/signing/statement.ts';
import { verifyBundle } from '#domain/signing/verify-bundle.ts';
import { openRows } from '#node/rows/open-rows.ts';
import { filesBelow } from '../corpus.ts';
import { promise, type Seed, seedOf, type Target, textOf, unless } from '../target.ts';
import {
  binaryRequests,
  boms,
  conda,
  contracts,
  csvRequests,
  inferRequests,
  overlays,
} from './seeds.ts';

const LOCKS = 'test/domain/gates/dependencies/fixtures/locks';
const SIGNATURES = 'test/domain/signing/fixtures';

const IO: IoSchema = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 3] },
    { name: 'text', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'count', datatype: 'INT64', shape: [1, 2] },
    { name: 'flag', datatype: 'BOOL', shape: [1] },
  ],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1] }],
};

const MATRIX: IoSchema = { ...IO, inputs: IO.inputs.slice(0, 1) };

/** JSON up to the first line feed, binary tensors after it. */
function tensors({ bytes }: Seed): void {
  const end = bytes.indexOf(0x0a) + 1;
  const text = new TextDecoder().decode(bytes.subarray(0, end));
  const result = parseInferRequest(text, IO, bytes.subarray(end));
  if (!result.ok) {
    promise(result.problems.length > 0, 'what is refused is told why');
    return;
  }
  for (const { datatype, shape, data } of result.request.inputs) {
    promise(data.length === elementCount(shape), 'a tensor has the elements of its shape');
    const again = readBinary('v', datatype, shape, binaryOf({ data }));
    promise(again.ok, 'what was read can be written and read again');
  }
}

/** A fixed key, so that what it signs is the same on every run. */
const SECRET = hexToBytes('11'.repeat(32));
const KEY = publicKeyOf(
  Uint8Array.from([
    ...hexToBytes('3059301306072a8648ce3d020106082a8648ce3d030107034200'),
    ...p256.getPublicKey(SECRET, false),
  ]),
);

const TYPES = ['number', 'category', 'integer', 'timestamp', 'boolean', 'text'] as const;

/** Profiles a data set of any header, by a contract of its first columns. */
function rows({ name, bytes }: Seed): Promise<void> {
  return unless(['UnreadableRows'], async () => {
    const source = await openRows({
      path: name,
      size: bytes.length,
      open: async () => Readable.from([bytes]),
      read: async (offset, length) => bytes.subarray(offset, offset + length),
    });
    const columns = [...new Set(source.header)]
      .slice(0, TYPES.length)
      .map((column, at) => ({ name: column, type: TYPES[at] ?? 'text', nullable: at % 2 === 0 }));
    const task = 'multiclass-classification' as const;
    const label = { column: columns[1]?.name ?? 'label', task };
    const contract = { schema: 'assay.dataset/v1' as const, columns, label };
    const profiled = await profileDataset(source, contract, 1);
    if (!profiled.ok) promise(profiled.reason.length > 0, 'what is not read is told why');
  });
}

/** Advisories of a record, kept and asked about as the gate does. */
function record(input: Seed): void {
  let json: unknown;
  try {
    json = JSON.parse(textOf(input));
  } catch {
    return;
  }
  const read = readRecord(json);
  const { index, shards } = buildSnapshot([json], { takenAt: 0, source: sha256Hex(input.bytes) });
  SnapshotIndex.parse(index);
  for (const [digest, bytes] of shards) readShard(digest, new TextDecoder().decode(bytes));
  if (read.kind !== 'advisories') return;
  const all = [...read.byName.values()].flat();
  groupByAlias(all);
  const readable = all.map(readAdvisory);
  for (const version of ['1.0.0', '0', '2026.1rc1', 'nonsense']) {
    for (const advisory of readable) affects(advisory, ask(version));
    fixedVersion(readable, ask(version));
  }
}

/** A statement under a signature that holds, so that what it says is looked at. */
function signed({ bytes }: Seed): void {
  parseStatement(bytes);
  const signature = p256.sign(hexToBytes(signingDigest(bytes)), SECRET, {
    prehash: false,
    format: 'der',
  });
  if (bytes.length === 0) return;
  verifyBundle(bundleText(bytes, signature, KEY), KEY, sha256Hex(bytes));
  openEnvelope(envelopeText(envelopeOf(bytes, signature)), KEY);
}

function bundle(input: Seed): void {
  const text = textOf(input);
  parseBundle(text);
  const verdict = verifyBundle(text, KEY, sha256Hex(input.bytes));
  promise(verdict.outcome !== 'verified', 'a stranger signs nothing');
  promise(!openEnvelope(text, KEY).ok, 'a stranger signs nothing');
}

function overlay(input: Seed): void {
  let json: unknown;
  try {
    json = JSON.parse(textOf(input));
  } catch {
    return;
  }
  const parsed = PolicyOverlay.safeParse(json);
  if (parsed.success) changePolicy(DEFAULT_POLICY, DEFAULT_POLICY, parsed.data);
}

function statements(): Seed[] {
  return filesBelow(SIGNATURES, /\.json$/).flatMap(({ name, bytes }) => {
    const payload = /"payload":\s*"([^"]+)"/.exec(new TextDecoder().decode(bytes))?.[1];
    return payload === undefined
      ? []
      : [{ name, bytes: new Uint8Array(Buffer.from(payload, 'base64')) }];
  });
}

const dependencies = (
  name: string,
  kind: Target['kind'],
  seeds: () => readonly Seed[],
): Target => ({
  name,
  kind,
  seeds,
  parse: (input) => {
    const document = parseDependencies(input.name, textOf(input));
    promise(Array.isArray(document.components), 'a document has components');
    canonicalBytes(document);
  },
});

export const DOCUMENTS: readonly Target[] = [
  dependencies('requirements', 'text', () => [
    ...filesBelow('test/domain/gates', /requirements[^/]*\.txt$/),
    ...filesBelow('examples', /requirements\.txt$/),
  ]),
  dependencies('poetry lock', 'text', () => filesBelow(LOCKS, /poetry\.lock$/)),
  dependencies('uv lock', 'text', () => filesBelow(LOCKS, /uv\.lock$/)),
  dependencies('conda', 'text', () => conda),
  dependencies('cyclonedx', 'json', () => boms.slice(0, 1)),
  dependencies('spdx', 'json', () => boms.slice(1)),
  {
    name: 'osv record',
    kind: 'json',
    seeds: () => filesBelow('examples/advisories', /\.json$/),
    parse: record,
  },
  {
    name: 'manifest',
    kind: 'json',
    weight: 2,
    seeds: () => filesBelow('examples', /manifest\.json$/),
    parse: (input) => {
      const result = parseManifest(textOf(input));
      if (result.ok) canonicalBytes(result.manifest);
      else promise(result.problems.length > 0, 'what is refused is told why');
    },
  },
  {
    name: 'dataset contract',
    kind: 'json',
    seeds: () => [...contracts, ...filesBelow('examples', /contract\.json$/)],
    parse: (input) => parseContract(textOf(input), input.name),
  },
  {
    name: 'rows, csv and json lines',
    kind: 'text',
    seeds: () => [
      ...filesBelow('test/domain/gates/dataset/fixtures', /\.csv$/),
      ...filesBelow('test/node/rows/fixtures', /\.(?:csv|jsonl)$/),
      seedOf('rows.jsonl', '{"a": 1, "b": "x"}\n{"a": null, "b": "y"}\n{"b": "z", "a": 2.5}\n'),
    ],
    parse: rows,
  },
  {
    name: 'rows, parquet',
    kind: 'binary',
    seeds: () => filesBelow('test/node/rows/fixtures', /\.parquet$/),
    parse: rows,
  },
  {
    name: 'golden cases',
    kind: 'json',
    seeds: () => filesBelow('examples', /golden\.json$/),
    parse: (input) => parseGoldenCases(textOf(input)),
  },
  { name: 'policy overlay', kind: 'json', seeds: () => overlays, parse: overlay },
  {
    name: 'infer request',
    kind: 'json',
    weight: 2,
    seeds: () => inferRequests,
    parse: (input) => parseInferRequest(textOf(input), IO),
  },
  { name: 'infer request, binary', kind: 'binary', seeds: () => binaryRequests, parse: tensors },
  {
    name: 'infer request, csv',
    kind: 'text',
    seeds: () => csvRequests,
    parse: (input) => parseCsvRequest(textOf(input), MATRIX),
  },
  {
    name: 'signature bundle',
    kind: 'json',
    seeds: () => filesBelow(SIGNATURES, /\.json$/),
    parse: bundle,
  },
  { name: 'signed statement', kind: 'json', seeds: statements, parse: signed },
  {
    name: 'public key',
    kind: 'text',
    seeds: () => filesBelow(SIGNATURES, /\.pem$/),
    parse: (input) => unless(['RangeError'], () => parsePublicKey(textOf(input))),
  },
  {
    name: 'personal data in text',
    kind: 'text',
    weight: 0.3,
    seeds: () => filesBelow('test/domain/gates/privacy/fixtures', /\.json$/),
    parse: (input) => scanText(textOf(input)),
  },
];
