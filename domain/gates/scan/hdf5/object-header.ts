import { broken, unread } from './broken.ts';
import type { Fields } from './fields.ts';
import { checkedSum, type Hdf5File } from './file.ts';

/** One message of an object header. */
export interface Message {
  readonly type: number;
  /** The body is where the message lies, rather than the message. */
  readonly shared: boolean;
  readonly body: Fields;
}

const CONTINUATION = 0x10;
const PREFIX_BYTES = 40;
const MOST_MESSAGES = 1_000_000;

/** The headers of objects by address, each read once, whatever names it. */
export class ObjectHeaders {
  readonly #file: Hdf5File;
  readonly #headers = new Map<number, readonly Message[]>();

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  /** Every message of an object, those of continuations included. */
  async at(address: number): Promise<Message[]> {
    const known = this.#headers.get(address) ?? (await readObjectHeader(this.#file, address));
    this.#headers.set(address, known);
    return known.map((message) => ({ ...message, body: message.body.again() }));
  }
}

async function readObjectHeader(file: Hdf5File, at: number): Promise<Message[]> {
  const left = file.source.size - at;
  const head = await file.peek('an object header', at, Math.max(16, Math.min(PREFIX_BYTES, left)));
  if (head.bytes[0] === 1) return readOld(file, at, head);
  if (String.fromCharCode(...head.bytes.subarray(0, 4)) === 'OHDR') return readNew(file, at, head);
  throw broken('signature', 'an object has no header', at);
}

async function readOld(file: Hdf5File, at: number, head: Fields): Promise<Message[]> {
  head.skip(8);
  const length = head.u32();
  const first = await file.block('an object header', at, 16 + length);
  first.skip(16);
  const messages: Message[] = [];
  const blocks = [first];
  for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
    while (block.left >= 8) {
      const type = block.u16();
      const size = block.u16();
      const flags = block.u8();
      block.skip(3);
      const body = block.part(size);
      if (type === CONTINUATION) blocks.push(await continuation(file, body));
      else push(messages, type, flags, body);
    }
  }
  return messages;
}

async function readNew(file: Hdf5File, at: number, head: Fields): Promise<Message[]> {
  head.skip(4);
  const version = head.u8();
  if (version !== 2) throw unread('version', `has an object header of version ${version}`, at);
  const flags = head.u8();
  head.skip(((flags & 0x20) === 0 ? 0 : 16) + ((flags & 0x10) === 0 ? 0 : 4));
  const size = head.number(1 << (flags & 3));
  const whole = await file.block('an object header', at, head.at + size + 4);
  const first = checkedSum(whole, 'an object header');
  first.skip(head.at);
  const tracked = (flags & 0x04) !== 0;
  const messages: Message[] = [];
  const blocks = [first];
  for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
    while (block.left >= (tracked ? 6 : 4)) {
      const type = block.u8();
      const length = block.u16();
      const messageFlags = block.u8();
      if (tracked) block.skip(2);
      const body = block.part(length);
      if (type !== CONTINUATION) push(messages, type, messageFlags, body);
      else {
        const next = checkedSum(await continuation(file, body), 'an object header');
        if (String.fromCharCode(...next.take(4)) !== 'OCHK') {
          throw broken('signature', 'an object header does not go on where it says', next.start);
        }
        blocks.push(next);
      }
    }
  }
  return messages;
}

async function continuation(file: Hdf5File, body: Fields): Promise<Fields> {
  const at = body.address();
  const length = body.length();
  if (at === undefined) throw body.broken('header', 'an object header goes on nowhere');
  return file.block('the rest of an object header', at, length);
}

function push(messages: Message[], type: number, flags: number, body: Fields): void {
  if (type === 0) return;
  messages.push({ type, shared: (flags & 0x02) !== 0, body });
  if (messages.length > MOST_MESSAGES) throw unread('limit', 'has an object of too many messages');
}

/** The body of a message that is there at most once, and in its place. */
export function one(messages: readonly Message[], type: number): Fields | undefined {
  const [first, second] = messages.filter((message) => message.type === type);
  if (second !== undefined) {
    throw broken('message', `an object has two messages of type ${type}`, second.body.start);
  }
  if (first?.shared === true) throw unread('shared', `has a shared message of type ${type}`);
  return first?.body;
}
