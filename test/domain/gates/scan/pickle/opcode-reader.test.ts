import { expect, test } from 'vitest';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import { PICKLE_LIMITS } from '#domain/gates/scan/pickle/limits.ts';
import { type Argument, OpcodeReader } from '#domain/gates/scan/pickle/opcode-reader.ts';
import { bytesOf, disassembled, type Shown } from './fixture.ts';

async function read(bytes: Uint8Array) {
  const reader = new OpcodeReader(sourceOf(bytes), PICKLE_LIMITS);
  const read: { name: string; offset: number; argument: Argument }[] = [];
  for (;;) {
    const outcome = reader.next();
    if (outcome === 'more') await reader.load();
    else if (outcome !== 'opcode') return { read, outcome, damage: reader.damage };
    else {
      const { offset, argument, opcode } = reader;
      read.push({ name: opcode?.name ?? '', offset, argument });
      if (opcode?.name === 'STOP') return { read, outcome: 'stop', damage: undefined };
    }
  }
}

function shown(argument: Argument, bytes: Uint8Array, name: string): Shown {
  if (argument === undefined) return null;
  if (name === 'FLOAT' || name === 'BINFLOAT') {
    const buffer = Buffer.alloc(8);
    buffer.writeDoubleBE(Number(argument));
    return ['float', buffer.toString('hex')];
  }
  if (typeof argument === 'number' || typeof argument === 'bigint') return ['int', `${argument}`];
  if (typeof argument === 'string') return ['text', argument];
  if (!('kind' in argument)) return ['text', argument.join(' ')];
  const payload = bytes.slice(argument.offset, argument.offset + argument.length);
  return argument.encoding === 'bytes'
    ? ['bytes', Buffer.from(payload).toString('hex')]
    : ['text', Buffer.from(payload).toString(argument.encoding)];
}

const expectedOf = (argument: Shown): Shown =>
  argument?.[0] === 'text' && typeof argument[1] !== 'string'
    ? ['text', String.fromCodePoint(...argument[1])]
    : argument;

test.each(disassembled().map((each) => [each.name, each] as const))(
  'reads what pickletools reads: %s',
  async (_, { base64, ops }) => {
    const bytes = bytesOf(base64);
    const { read: found, damage } = await read(bytes);
    expect(damage).toBeUndefined();
    expect(
      found.map(({ name, offset, argument }) => [name, offset, shown(argument, bytes, name)]),
    ).toEqual(ops.map(([name, position, argument]) => [name, position, expectedOf(argument)]));
  },
);

test('an opcode may lie across the end of what is in hand', async () => {
  const cases = Array.from({ length: 4 }, disassembled).flat();
  const bodies = cases.map(({ base64 }) => bytesOf(base64).slice(0, -1));
  const bytes = new Uint8Array(Buffer.concat([...bodies, new Uint8Array([0x2e])]));
  const { read: found, damage } = await read(bytes);
  const offsets = bodies.map((_, index) =>
    bodies.slice(0, index).reduce((sum, { length }) => sum + length, 0),
  );
  const expected = cases.flatMap(({ ops }, index) =>
    ops.slice(0, -1).map(([name, position]) => [name, (offsets[index] ?? 0) + position]),
  );
  expect(damage).toBeUndefined();
  expect(bytes.length).toBeGreaterThan(100_000);
  expect(found.slice(0, -1).map(({ name, offset }) => [name, offset])).toEqual(expected);
});
