import { crc32, deflateRawSync } from 'node:zlib';

/** A ZIP archive of these files, deflated, as any tool would write it. */
export function zipOf(files: Readonly<Record<string, Uint8Array | string>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [path, content] of Object.entries(files)) {
    const [name, body] = [Buffer.from(path), Buffer.from(content)];
    const packed = deflateRawSync(body);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt32LE(crc32(body), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(body.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const offset = Buffer.alloc(14);
    offset.writeUInt32LE(at, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, name, packed]);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), shared, offset, name);
    locals.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  const count = locals.length;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, central, Buffer.from('PK\x05\x06'), end]);
}

/** An archive in the layout of OSV's `all.zip`: each record under its id. */
export const archiveOf = (records: readonly unknown[]): Buffer =>
  zipOf(
    Object.fromEntries(
      records.map((record) => [
        `${(record as { readonly id: string }).id}.json`,
        JSON.stringify(record),
      ]),
    ),
  );
