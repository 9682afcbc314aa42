import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { allIf, type Recogniser } from '#domain/gates/privacy/recogniser.ts';

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Version byte, 20 bytes of hash, 4 of checksum. */
const ADDRESS_BYTES = 25;

/** Base58Check: the last four bytes are the start of the double SHA-256 of the others. */
function passesBase58Check(address: string): boolean {
  let value = 0n;
  for (const each of address) value = value * 58n + BigInt(BASE58.indexOf(each));
  const bytes = new Uint8Array(ADDRESS_BYTES);
  for (let index = ADDRESS_BYTES - 1; index >= 0; index--) {
    bytes[index] = Number(value & 255n);
    value >>= 8n;
  }
  const hash = sha256(sha256(bytes.subarray(0, 21)));
  return value === 0n && bytes.subarray(21).every((byte, index) => byte === hash[index]);
}

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** BIP 173 (bech32) and BIP 350 (bech32m). */
const CHECKSUMS = [1, 0x2bc830a3];

function passesBech32(address: string): boolean {
  if (address !== address.toLowerCase() && address !== address.toUpperCase()) return false;
  const [prefix = '', data = ''] = address.toLowerCase().split('1');
  const codes = [...prefix].map((each) => each.charCodeAt(0));
  const values = [
    ...codes.map((code) => code >> 5),
    0,
    ...codes.map((code) => code & 31),
    ...[...data].map((each) => BECH32.indexOf(each)),
  ];
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    GENERATOR.forEach((term, bit) => {
      if ((top >> bit) & 1) check ^= term;
    });
  }
  return CHECKSUMS.includes(check);
}

/** EIP-55: a letter is capital where the hash of the small address has 8 or more. */
function passesEip55(address: string): boolean {
  const digits = address.slice(2);
  const small = [...digits.toLowerCase()].map((digit) => digit.charCodeAt(0));
  const hash = keccak_256(Uint8Array.from(small));
  return [...digits].every((digit, index) => {
    const nibble = ((hash[index >> 1] ?? 0) >> (index % 2 === 0 ? 4 : 0)) & 15;
    return digit === (nibble >= 8 ? digit.toUpperCase() : digit.toLowerCase());
  });
}

const kind = 'crypto-wallet';
const possible: Recogniser['possible'] = ({ length, letters, digits }) =>
  length >= 14 && letters > 0 && digits > 0;

export const WALLET: readonly Recogniser[] = [
  {
    kind,
    pattern: /(?<![A-Za-z\d])[1-9A-HJ-NP-Za-km-z]{26,35}(?![A-Za-z\d])/g,
    possible,
    measure: allIf(passesBase58Check),
    evidence: 'alone',
  },
  {
    kind,
    pattern: /(?<![A-Za-z\d])(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,71}(?![A-Za-z\d])/gi,
    possible,
    measure: allIf(passesBech32),
    evidence: 'alone',
  },
  {
    kind,
    pattern: /(?<![A-Za-z\d])0x[\dA-Fa-f]{40}(?![A-Za-z\d])/g,
    possible,
    measure: allIf(passesEip55),
    evidence: 'alone',
  },
  {
    // EIP-55 leaves addresses of one case without a checksum.
    kind,
    pattern: /(?<![A-Za-z\d])0x(?:[\da-f]{40}|[\dA-F]{40})(?![A-Za-z\d])/g,
    possible,
    evidence: 'context',
  },
];
