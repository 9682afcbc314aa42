const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 § 5 without padding, one character a byte. */
export function base64UrlText(encoded: string): string {
  let [text, bits, held] = ['', 0, 0];
  for (const each of encoded) {
    held = ((held << 6) | ALPHABET.indexOf(each)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      text += String.fromCharCode((held >> bits) & 255);
    }
  }
  return text;
}
