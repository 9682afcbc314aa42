import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { FoundTexts } from '#domain/gates/privacy/found-texts.ts';
import { ONNX_LIMITS } from '#domain/registry/onnx/limits.ts';
import { prune } from '#domain/registry/onnx/prune.ts';
import type { RangeReader } from '#domain/registry/onnx/range-reader.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';
import { ModelProtoSchema, StringStringEntryProtoSchema } from './onnx_texts_pb.ts';

/** A tree ensemble has a text for each of its nodes; they are read in place, as no objects. */
const LIMITS = { ...ONNX_LIMITS, keptFields: 20_000_000 };

/**
 * Adds every text of an ONNX file by the message and field it stands in (`model.onnx:
 * NodeProto.doc_string`); numbers are stepped over unread.
 * @throws OnnxError when the file is none, ends early or exceeds the limits.
 */
export async function addOnnxTexts(
  path: string,
  reader: RangeReader,
  found: FoundTexts,
): Promise<void> {
  const { bytes } = await prune(reader, ModelProtoSchema, LIMITS);
  addMessage(bytes, ModelProtoSchema, path, found);
}

function addMessage(bytes: Uint8Array, schema: DescMessage, path: string, found: FoundTexts): void {
  const fields = [...fieldsOf(bytes, schema)];
  const key = fields.find(([field]) => field.number === 1)?.[1];
  const name = schema === StringStringEntryProtoSchema && key ? fromUtf8(key) : undefined;
  for (const [field, value] of fields) {
    if (field.message) {
      addMessage(value, field.message, path, found);
      continue;
    }
    const where = `${path}: ${schema.name}.${field.name}`;
    const text = fromUtf8(value);
    if (text === undefined) found.binary.push(`${where}: ${value.length} bytes`);
    else found.add({ where, text, ...(name !== undefined && { name }) });
  }
}

/** Fields of a pruned message: nothing but texts and messages, whose lengths were checked. */
function* fieldsOf(
  bytes: Uint8Array,
  schema: DescMessage,
): Generator<readonly [field: DescField, value: Uint8Array]> {
  const fields = new Map(schema.fields.map((field) => [field.number, field]));
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const field = fields.get(Math.floor(varint() / 8));
    const length = varint();
    if (field) yield [field, bytes.subarray(at, at + length)];
    at += length;
  }
}
