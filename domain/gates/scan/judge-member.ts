import { worst } from '#domain/gates/verdict.ts';
import { isUbjson, parseUbjson } from './boosters/ubjson.ts';
import { headOf } from './byte-source.ts';
import { HEAD_BYTES, nameOf, type Signed, signaturesOf } from './detect.ts';
import { FormatError } from './format-error.ts';
import { readGguf } from './gguf/read-gguf.ts';
import { readHdf5 } from './hdf5/read-hdf5.ts';
import { readOnnxModel } from './onnx/read-onnx-model.ts';
import { readPacked } from './packed.ts';
import { readParquet } from './parquet/read-parquet.ts';
import { readNpy, readOldPickle, readPickle } from './read-pickle.ts';
import { cutShort, Findings, type Member, type Reading, type Scan } from './reading.ts';
import { isSafetensors, readSafetensors } from './safetensors/read-safetensors.ts';
import { readTar } from './tar/read-tar.ts';
import { readTensorFlow } from './tensorflow/read-saved-model.ts';
import { jsonFormat, readDocument } from './text/read-document.ts';
import { textOfMember } from './text/text-of-member.ts';
import { readZip } from './zip/read-zip.ts';

/** The finding on a file of no known format. */
export const UNKNOWN = 'format.unknown';

/** Judges one file by its content, with everything inside it, and reports it first. */
export async function judgeMember(member: Member, scan: Scan): Promise<Reading> {
  const reading = await readWhole(member, scan);
  const { where, source } = member;
  const { format, checks, parsed, members = [] } = reading;
  const verdict = worst(checks.map((check) => check.verdict));
  const report = { where, format, bytes: source.size, parsed, verdict };
  return { ...reading, members: [report, ...members] };
}

async function readWhole(member: Member, scan: Scan): Promise<Reading> {
  const { source, depth } = member;
  if (scan.outOfTime()) return cutShort(member, 'unread', OUT_OF_TIME);
  if (depth > scan.limits.depth) return cutShort(member, 'unread', tooDeep(depth, scan));
  if (source.size === 0) return passed(member, 'empty file', 'empty');
  const [signed, second] = await signaturesOf(source);
  if (signed !== undefined && second !== undefined) return polyglot(member, signed, second);
  const format = signed === undefined ? 'unknown' : nameOf(signed);
  try {
    return signed === undefined
      ? await readUnsigned(member, scan)
      : await readSigned(signed, member, scan);
  } catch (error) {
    if (error instanceof FormatError) return cutShort(member, format, error);
    throw error;
  }
}

const OUT_OF_TIME = new FormatError(
  'scan.time',
  'inconclusive',
  'not read: the time for scanning was over; split the artifact, or scan it again',
);

const tooDeep = (depth: number, { limits }: Scan): FormatError =>
  new FormatError(
    'archive.limit',
    'inconclusive',
    `lies within ${depth} archives, at most ${limits.depth} are opened; upload the file unpacked`,
  );

async function readSigned(signed: Signed, member: Member, scan: Scan): Promise<Reading> {
  switch (signed.is) {
    case 'zip':
      return readZip(member, scan);
    case 'tar':
      return readTar(member, scan);
    case 'pickle':
      return readPickle(member, scan);
    case 'npy':
      return readNpy(member, scan);
    case 'gguf':
      return readGguf(member);
    case 'hdf5':
      return readHdf5(member, scan);
    case 'parquet':
      return readParquet(member);
    case 'packed':
      return readPacked(signed.codec, member, scan);
    case 'program':
      throw new FormatError(
        'code.program',
        'fail',
        `is a ${signed.name}, which no model needs; leave it out of the artifact`,
      );
    default:
      throw new FormatError(
        'format.unread',
        'inconclusive',
        `is a ${nameOf(signed)}, which is not judged here; convert the model to ONNX or safetensors, or leave the file out`,
      );
  }
}

async function readUnsigned(member: Member, scan: Scan): Promise<Reading> {
  const head = await headOf(member.source, HEAD_BYTES);
  if (isSafetensors(head)) return readSafetensors(member);
  if (isUbjson(head)) return readUbjson(member);
  const pickle = await readOldPickle(member, scan);
  if (pickle !== undefined) return pickle;
  const text = await textOfMember(member, scan);
  if (text !== undefined) return readDocument(member, text);
  const tensorFlow = await readTensorFlow(member, scan);
  if (tensorFlow !== undefined) return tensorFlow;
  // TensorFlow goes by these names, whatever else the bytes could be read as.
  const isTensorFlows = /(?:^|\/)(?:saved_model|keras_metadata)\.pb$/.test(member.name);
  const onnx = isTensorFlows ? undefined : await readOnnxModel(member, scan);
  if (onnx !== undefined) return onnx;
  throw new FormatError(
    UNKNOWN,
    'inconclusive',
    'is of no format that is known here; convert the model to ONNX or safetensors, or leave the file out',
  );
}

/** XGBoost's other notation; nothing else that is known here uses UBJSON. */
async function readUbjson(member: Member): Promise<Reading> {
  const findings = new Findings(member);
  const format = jsonFormat(await parseUbjson(member), findings);
  if (findings.checks.length === 0) findings.pass('ubjson', `${format} with nothing that is run`);
  return { format: `${format} (UBJSON)`, checks: findings.checks, parsed: member.source.size };
}

function polyglot(member: Member, first: Signed, second: Signed): Reading {
  return cutShort(
    member,
    nameOf(first),
    new FormatError(
      'format.polyglot',
      'fail',
      `is a ${nameOf(first)} and a ${nameOf(second)} at once, so that each loader takes another content; save the model again as one of them`,
    ),
  );
}

function passed(member: Member, format: string, message: string): Reading {
  const findings = new Findings(member);
  findings.pass('text', message);
  return { format, checks: findings.checks, parsed: member.source.size };
}
