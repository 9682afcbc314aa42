import { FormatError } from '#domain/gates/scan/format-error.ts';
import type { Member, Scan } from '#domain/gates/scan/reading.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';

const SNIFFED_BYTES = 64 * 1024;

/** The whole text of a member, or undefined when it is none: UTF-8 without control characters. */
export async function textOfMember(
  { source }: Member,
  { limits }: Scan,
): Promise<string | undefined> {
  const head = await source.read(0, Math.min(source.size, SNIFFED_BYTES));
  if (!looksLikeText(head)) return undefined;
  if (source.size > limits.textBytes) {
    throw new FormatError(
      'text.limit',
      'inconclusive',
      `a text of ${source.size} bytes, at most ${limits.textBytes} are read; split it, or leave it out of the artifact`,
    );
  }
  const bytes = await source.read(0, source.size);
  return looksLikeText(bytes) ? fromUtf8(bytes) : undefined;
}

/** Tabs, line ends, form feeds and escapes are all that texts have below the space. */
const looksLikeText = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b);
