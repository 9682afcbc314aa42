import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Speaks frames by hand, for children that say or do what the real one never would. */
const SPEECH = `
import { appendFileSync, existsSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
const send = (message, tensors = [], elements = Buffer.alloc(0)) => {
  const json = JSON.stringify({ message, tensors });
  const header = Buffer.from(json + ' '.repeat(-Buffer.byteLength(json) & 7));
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(header.length + elements.length, 0);
  prefix.writeUInt32LE(header.length, 4);
  writeSync(3, Buffer.concat([prefix, header, elements]));
};
const read = (length) => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const got = readSync(3, bytes, at, length - at, null);
    if (got === 0) process.exit(0);
    at += got;
  }
  return bytes;
};
const receive = () => read(read(8).readUInt32LE(0));
const answer = (value) =>
  send({ kind: 'answered' }, [{ name: 'p', datatype: 'FP64', shape: [1] }],
    Buffer.from(Float64Array.of(value).buffer));
const opened = () => send({ kind: 'opened' });
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
`;

let written = 0;

/** Writes a child that runs `body`; it has \`send\`, \`receive\`, \`answer\`, \`opened\` and \`pause\`. */
export async function oddChild(directory: string, body: string): Promise<string> {
  written += 1;
  const path = join(directory, `odd-child-${written}.mjs`);
  await writeFile(path, SPEECH + body);
  return path;
}
