/** Bytes as Latin-1, one character each. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/** The bytes of a Latin-1 text; none when a character does not fit. */
export function latin1Bytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0xff) return undefined;
    bytes[at] = code;
  }
  return bytes;
}

/** UTF-8 as Python reads it with `surrogatepass`; none for anything malformed or overlong. */
export function utf8(bytes: Uint8Array): string | undefined {
  if (bytes.every((byte) => byte < 0x80)) return latin1(bytes);
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size === 0 || lead > 0xf4 || at + size > bytes.length) return undefined;
    let code = size === 1 ? lead : lead & (0x7f >> size);
    for (let next = at + 1; next < at + size; next += 1) {
      const byte = bytes[next] ?? 0;
      if ((byte & 0xc0) !== 0x80) return undefined;
      code = (code << 6) | (byte & 0x3f);
    }
    if ((size === 3 && code < 0x800) || (size === 4 && (code < 0x10000 || code > 0x10ffff))) {
      return undefined;
    }
    text += String.fromCodePoint(code);
    at += size;
  }
  return text;
}

const SIMPLE: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
};

/** The argument of opcode STRING: quotes off, escapes resolved as `codecs.escape_decode` does. */
export function unquote(line: string): string | undefined {
  const quote = line[0];
  if (line.length < 2 || line.at(-1) !== quote || (quote !== "'" && quote !== '"')) {
    return undefined;
  }
  let broken = false;
  const text = line
    .slice(1, -1)
    .replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[\s\S]|$)/g, (all, body) => {
      if (/^[0-7]/.test(body)) return String.fromCharCode(Number.parseInt(body, 8) & 0xff);
      if (body.length === 3) return String.fromCharCode(Number.parseInt(body.slice(1), 16));
      broken ||= body === '' || body === 'x';
      return SIMPLE[body] ?? all;
    });
  return broken ? undefined : text;
}

/** The argument of opcode UNICODE: Python's `raw-unicode-escape`. */
export function rawUnicodeEscape(line: string): string | undefined {
  let broken = false;
  const text = line.replace(/(\\+)([uU])([0-9a-fA-F]{0,8})/g, (all, slashes, kind, digits) => {
    if (slashes.length % 2 === 0) return all;
    const size = kind === 'u' ? 4 : 8;
    const code = Number.parseInt(digits.slice(0, size), 16);
    if (digits.length < size || code > 0x10ffff) {
      broken = true;
      return all;
    }
    return slashes.slice(1) + String.fromCodePoint(code) + digits.slice(size);
  });
  return broken ? undefined : text;
}

const INTEGER =
  /^[+-]?(?:0[xX]_?[0-9a-fA-F]|0[oO]_?[0-7]|0[bB]_?[01]|[0-9])[0-9a-fA-F]*(?:_[0-9a-fA-F]+)*$/;

/**
 * A decimal line as `int()` reads it, underscores and white space included; like CPython's
 * unpickler in C, up to a zero byte.
 */
export function pythonInt(line: string): bigint | undefined {
  const text = (line.split('\0', 1)[0] ?? '').trim();
  if (!INTEGER.test(text)) return undefined;
  const digits = text.replace(/^[+-]/, '').replaceAll('_', '');
  try {
    const size = BigInt(digits);
    return text.startsWith('-') ? -size : size;
  } catch {
    return undefined;
  }
}
