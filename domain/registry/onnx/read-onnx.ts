import { fromBinary } from '@bufbuild/protobuf';
import { nodesOf } from './graph-contents.ts';
import { ONNX_LIMITS, type OnnxLimits } from './limits.ts';
import { type ModelProto, ModelProtoSchema } from './onnx_pb.ts';
import { OnnxError, quote } from './onnx-error.ts';
import { prune } from './prune.ts';
import type { RangeReader } from './range-reader.ts';

/** An ONNX file without its weights, and what reading it took. */
export interface OnnxMetadata {
  readonly model: ModelProto;
  readonly reads: number;
  readonly bytesRead: number;
}

/**
 * Reads what an ONNX file says about itself in a few range reads; tensor data is stepped over.
 * @throws OnnxError with `problem` empty, malformed, truncated or over-limit.
 */
export async function readOnnxMetadata(
  reader: RangeReader,
  limits: OnnxLimits = ONNX_LIMITS,
): Promise<OnnxMetadata> {
  if (reader.size === 0)
    throw new OnnxError('empty', 'empty file: 0 bytes; upload the model again');
  const { bytes, reads, bytesRead } = await prune(reader, ModelProtoSchema, limits);
  const model = decode(bytes);
  const missing = missingParts(model);
  if (missing.length > 0) {
    throw new OnnxError(
      'malformed',
      `not an ONNX file: it has no ${missing.join(', no ')} in its ${reader.size} bytes; it is another format or was cut off`,
    );
  }
  return { model, reads, bytesRead };
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OnnxError('malformed', `not an ONNX file: ${reason}`, cause);
  }
}

/** What a whole model has; a file cut between two fields is known only by what is absent. */
function missingParts(model: ModelProto): string[] {
  const missing = [
    ...(model.irVersion > 0n ? [] : ['ir_version']),
    ...(model.graph === undefined ? ['graph'] : []),
    ...(model.opsetImport.length > 0 ? [] : ['opset_import']),
  ];
  const undeclared = missing.length > 0 ? undefined : undeclaredDomain(model);
  return undeclared === undefined ? missing : [`opset_import of domain ${quote(undeclared)}`];
}

function undeclaredDomain(model: ModelProto): string | undefined {
  const imports = [model, ...model.functions].flatMap(({ opsetImport }) => opsetImport);
  const declared = new Set([...imports, ...model.functions].map(({ domain }) => standard(domain)));
  for (const { domain } of nodesOf(model)) if (!declared.has(standard(domain))) return domain;
  return undefined;
}

/** ONNX's own domain has two names. */
const standard = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);
