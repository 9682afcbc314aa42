import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';
import { isSafetensors } from '#domain/gates/scan/safetensors/read-safetensors.ts';
import { parseJson } from '#domain/gates/scan/text/json.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';
import type { FoundTexts } from './found-texts.ts';
import { addJsonTexts } from './json-texts.ts';
import { addOnnxTexts } from './onnx/onnx-texts.ts';

/** The most that is read of one file as text, or as a safetensors header. */
const MOST_BYTES = 32 * 1024 * 1024;
const SNIFFED_BYTES = 4096;
const SAFETENSORS_LENGTH_BYTES = 8;

/**
 * Adds what a file holds as text, whatever its name: the texts of an ONNX model, the header of
 * safetensors, the values of JSON, or the text itself.
 * @throws OnnxError when a file named .onnx is none.
 */
export async function addFileTexts(
  path: string,
  source: ByteSource,
  found: FoundTexts,
): Promise<void> {
  if (path.endsWith('.onnx')) return addOnnxTexts(path, source, found);
  const head = await source.read(0, Math.min(source.size, SNIFFED_BYTES));
  if (isSafetensors(head)) return addSafetensorsTexts(path, source, head, found);
  if (!looksLikeText(head)) {
    found.binary.push(`${path}: ${source.size} bytes`);
    return;
  }
  const bytes = await source.read(0, Math.min(source.size, MOST_BYTES));
  const cut = source.size > bytes.length;
  const text = fromUtf8(cut ? bytes.subarray(0, wholeCharacters(bytes)) : bytes);
  if (text === undefined || !looksLikeText(bytes)) {
    found.binary.push(`${path}: ${source.size} bytes`);
    return;
  }
  if (cut) found.unread.push(`${path}: all but its first ${bytes.length} bytes`);
  const json = !cut && /^\s*[{[]/.test(text) ? parseJson(text) : undefined;
  if (json?.ok) addJsonTexts(path, json.value, found);
  else found.add({ where: path, text });
}

async function addSafetensorsTexts(
  path: string,
  source: ByteSource,
  head: Uint8Array,
  found: FoundTexts,
): Promise<void> {
  const length = new LittleEndian(head).u64(0);
  if (length > Math.min(MOST_BYTES, source.size - SAFETENSORS_LENGTH_BYTES)) {
    found.unread.push(`${path}: a header of ${length} bytes, at most ${MOST_BYTES} are read`);
    return;
  }
  const text = fromUtf8(await source.read(SAFETENSORS_LENGTH_BYTES, length));
  const header = text === undefined ? undefined : parseJson(text);
  if (header?.ok) addJsonTexts(path, header.value, found);
  else found.unread.push(`${path}: a header that is no JSON`);
}

/** Bytes up to the last character's first, which a cut may have parted from its others. */
function wholeCharacters(bytes: Uint8Array): number {
  let end = bytes.length - 1;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}

/** Tabs, line ends, form feeds and escapes are all that texts have below the space. */
const looksLikeText = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b);
