import { fromUtf8 } from '#domain/signing/encoding.ts';

/** Records of a pax extended header (`27 path=some/long/name\n`), or undefined for bad ones. */
export function paxRecords(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? undefined : fromUtf8(bytes.subarray(at, space));
    if (length === undefined || !/^[1-9]\d{0,8}$/.test(length)) return undefined;
    const end = at + Number(length);
    const record = end <= bytes.length ? fromUtf8(bytes.subarray(space + 1, end)) : undefined;
    const equals = record?.indexOf('=') ?? -1;
    if (record === undefined || equals < 1 || !record.endsWith('\n')) return undefined;
    records.set(record.slice(0, equals), record.slice(equals + 1, -1));
    at = end;
  }
  return records;
}
