import { gunzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteSource, sourceOf } from '#domain/gates/scan/byte-source.ts';
import { allowedEntry, python3Name } from '#domain/gates/scan/pickle/allowed/allowed.ts';
import { PICKLE_LIMITS } from '#domain/gates/scan/pickle/limits.ts';
import type { PickleReport } from '#domain/gates/scan/pickle/report.ts';
import { scanNpy } from '#domain/gates/scan/pickle/scan-npy.ts';
import { scanPickle } from '#domain/gates/scan/pickle/scan-pickle.ts';
import { benign, bytesOf, disassembled, malicious, mutants, type Sample } from './fixture.ts';

const unpacked = ({ kind, base64 }: Sample): Uint8Array => {
  const bytes = bytesOf(base64);
  if (kind === 'zlib') return new Uint8Array(inflateSync(bytes));
  return kind === 'gzip' ? new Uint8Array(gunzipSync(bytes)) : bytes;
};

const scan = (
  kind: Sample['kind'],
  bytes: Uint8Array,
  limits = PICKLE_LIMITS,
): Promise<PickleReport> =>
  kind === 'npy'
    ? scanNpy(sourceOf(bytes), { limits })
    : scanPickle(sourceOf(bytes), { references: kind === 'torch' ? 'torch' : 'none', limits });

const scanned = (text: string): Promise<PickleReport> =>
  scan('pickle', new Uint8Array(Buffer.from(text, 'latin1')));

const ids = ({ findings }: PickleReport): string[] => findings.map(({ id }) => id);

test.each(benign().map((sample) => [sample.name, sample] as const))(
  'lets pass, read to its last byte: %s',
  async (_, sample) => {
    const bytes = unpacked(sample);
    const { findings, coverage } = await scan(sample.kind, bytes);
    expect(findings).toEqual([]);
    expect(coverage).toEqual({ parsed: bytes.length, present: bytes.length });
  },
);

test.each(malicious().map((attack) => [attack.name, attack] as const))(
  'fails: %s',
  async (_, attack) => {
    const { findings } = await scan(attack.kind, bytesOf(attack.base64));
    expect(findings).toContainEqual(expect.objectContaining({ id: attack.id }));
    expect(findings.map(({ verdict }) => verdict)).toContain('fail');
  },
);

/** What the report names, in the spelling of Python 2 and of Python 3, which CPython exchanges. */
const named = ({ globals }: PickleReport): string[] =>
  globals.flatMap(({ module, name }) => [`${module} ${name}`, python3Name(module, name).join(' ')]);

test.each(disassembled().map((each) => [each.name, each] as const))(
  'finds each global that CPython asks for: %s',
  async (_, { base64, globals }) => {
    const found = named(await scan('pickle', bytesOf(base64)));
    expect(found).toEqual(expect.arrayContaining(globals.map((global) => global.join(' '))));
  },
);

test('of damaged pickles it finds each global that CPython asks for, or fails them', async () => {
  for (const { base64, globals } of mutants()) {
    const report = await scan('pickle', bytesOf(base64));
    const unknowable = ['pickle.computed-global', 'pickle.ambiguous'];
    if (ids(report).some((id) => unknowable.includes(id))) continue;
    expect(named(report), base64).toEqual(
      expect.arrayContaining(globals.map((global) => global.join(' '))),
    );
  }
});

test('a damaged pickle that passes asks CPython for allowed names only', async () => {
  const passed = [];
  for (const { base64, globals, inPython } of mutants()) {
    const { findings } = await scan('pickle', bytesOf(base64));
    if (findings.length === 0) passed.push(...globals, ...inPython);
  }
  expect(passed.length).toBeGreaterThan(10);
  const names = passed.map(([module, name]) => python3Name(module, name));
  expect(names.filter((name) => allowedEntry(...name) === undefined)).toEqual([]);
});

describe('a report', () => {
  test('says what is called with what, and where', async () => {
    const report = await scanPickle(sourceOf(Buffer.from("cos\nsystem\n(S'rm -rf /'\ntR.")), {
      where: 'model.zip!data.pkl',
    });
    expect(report.calls).toEqual([
      { callee: 'os.system', how: 'call', args: '("rm -rf /")', offset: 25, count: 1 },
    ]);
    expect(report.globals).toEqual([{ module: 'os', name: 'system', allowed: false, offset: 0 }]);
    expect(report.findings[0]).toEqual({
      id: 'pickle.dangerous-global',
      verdict: 'fail',
      message:
        'names os.system, which runs commands and reaches files; save the model without it, or convert it to ONNX or safetensors',
      where: 'model.zip!data.pkl@0',
    });
  });

  test('counts what is called again and again, and names it once', async () => {
    const { calls, findings } = await scanned(`(${'cos\ngetcwd\n)R'.repeat(50)}t.`);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.count).toBe(50);
    expect(findings).toHaveLength(2);
  });

  test('names the storages that a PyTorch pickle refers to', async () => {
    const state = benign().find(({ name }) => name.startsWith('torch state dict, data.pkl'));
    const { storages } = await scan('torch', unpacked(state as Sample));
    expect(storages).toEqual([
      { key: '0', bytes: 48, elementBytes: 4 },
      { key: '1', bytes: 12, elementBytes: 4 },
      { key: '2', bytes: 24, elementBytes: 4 },
      { key: '3', bytes: 8, elementBytes: 8 },
    ]);
  });

  test('counts the pickles of a stream and gives the highest protocol', async () => {
    const report = await scanned('\x80\x02N.\x80\x04N.');
    expect(report).toMatchObject({ pickles: 2, protocol: 4 });
    expect(ids(report)).toEqual(['pickle.several']);
  });
});

describe('what cannot be read to its end is inconclusive', () => {
  test.each([
    ['an empty file', '', 'pickle.truncated', 0],
    ['no STOP', 'N', 'pickle.truncated', 1],
    ['bytes that are no opcodes', 'NN\xff', 'pickle.malformed', 2],
    ['bytes after STOP', 'N.\xff\xff', 'pickle.trailing-bytes', 2],
    ['a length beyond the end', 'B\xff\xff\xff\x7fabc', 'pickle.truncated', 0],
    ['a line without end', 'S', 'pickle.truncated', 0],
    ['a stack that is empty', '.', 'pickle.stack', 1],
    ['objects left on the stack', 'NN.', 'pickle.stack', 3],
    ['a memo entry that was never put', 'h\x01.', 'pickle.memo', 3],
    ['a repeated protocol', '\x80\x02\x80\x02N.', 'pickle.protocol', 6],
    ['a protocol to come', '\x80\x06N.', 'pickle.malformed', 0],
    ['a buffer from elsewhere', '\x80\x05\x97.', 'pickle.buffer', 4],
    ['harmless bytes that are a pickle', '\x80\x03C\x04\x80\x02N..', 'pickle.nested', 9],
  ])('%s', async (_, text, id, parsed) => {
    const report = await scanned(text);
    expect(ids(report)).toEqual([id]);
    expect(report.findings[0]?.verdict).toBe('inconclusive');
    expect(report.coverage.parsed).toBe(parsed);
  });

  test.each([
    ['opcodes', 'NNNN.', { opcodes: 3 }],
    ['objects on the stack', 'NNNN.', { stackDepth: 3 }],
    ['memo entries', 'Np0\np1\np2\n.', { memoEntries: 2 }],
    ['bytes of a line', `S'${'x'.repeat(100_000)}'\n.`, { lineBytes: 1000 }],
    ['pickles within pickles', '\x80\x03C\x04\x80\x02N..', { nesting: 0 }],
    ['pickles', 'N.N.N.', { pickles: 2 }],
  ])('more %s than the limit', async (_, text, limits) => {
    const bytes = new Uint8Array(Buffer.from(text, 'latin1'));
    const { findings } = await scan('pickle', bytes, { ...PICKLE_LIMITS, ...limits });
    expect(findings.map(({ verdict }) => verdict)).toContain('inconclusive');
  });
});

test('steps over large payloads: a few reads, whatever the size', async () => {
  const gigabytes = 64 * 2 ** 30;
  const head = Buffer.alloc(11);
  head.write('\x80\x04\x8e', 'latin1');
  head.writeBigUInt64LE(BigInt(gigabytes), 3);
  let bytesRead = 0;
  const source: ByteSource = {
    size: head.length + gigabytes + 1,
    read: async (offset, length) => {
      bytesRead += length;
      const bytes = new Uint8Array(length);
      if (offset === 0) bytes.set(head.subarray(0, length));
      if (offset + length === source.size) bytes[length - 1] = 0x2e;
      return bytes;
    },
  };
  const { findings, coverage } = await scanPickle(source);
  expect(findings).toEqual([]);
  expect(coverage).toEqual({ parsed: source.size, present: source.size });
  expect(bytesRead).toBeLessThan(128 * 1024);
});

test('a million opcodes take seconds, not minutes', async () => {
  const bytes = new Uint8Array(
    Buffer.from(`(${'X\x01\x00\x00\x00aq\x00K\x01'.repeat(333_333)}t.`, 'latin1'),
  );
  const { findings } = await scan('pickle', bytes);
  expect(findings).toEqual([]);
});

const SEEDS = [...benign(), ...malicious()].filter(({ base64 }) => base64.length < 3000);
const LIMITS = { ...PICKLE_LIMITS, opcodes: 20_000 };

const mutated = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'insert', 'remove', 'cut')), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([seed, changes]) => {
    const bytes = [...bytesOf(seed.base64)];
    for (const [where, byte, change] of changes) {
      const at = where % Math.max(bytes.length, 1);
      if (change === 'set') bytes[at] = byte;
      else if (change === 'insert') bytes.splice(at, 0, byte);
      else if (change === 'remove') bytes.splice(at, 1);
      else bytes.length = Math.max(at, bytes.length - 8);
    }
    return [seed.kind, Uint8Array.from(bytes)] as const;
  });

test('a mutated file is reported on, never thrown at, and never read beyond its end', async () => {
  await fc.assert(
    fc.asyncProperty(mutated, async ([kind, bytes]) => {
      const { findings, coverage } = await scan(kind, bytes, LIMITS);
      expect(coverage.parsed).toBeLessThanOrEqual(bytes.length);
      if (coverage.parsed < bytes.length) expect(findings).not.toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test('random bytes are reported on, never thrown at', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      const { findings, coverage } = await scan('pickle', bytes, LIMITS);
      if (coverage.parsed < bytes.length) expect(findings).not.toEqual([]);
    }),
    { numRuns: 2000 },
  );
});
