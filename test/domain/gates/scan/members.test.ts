import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32 } from '#domain/gates/scan/crc32.ts';
import { DEFAULT_SCAN_POLICY } from '#domain/gates/scan/policy.ts';
import { findingsOf, scanBytes, scanFixture, utf8 } from './fixture.ts';

const FIXTURES = readdirSync(new URL('fixtures', import.meta.url));
const judge = { policy: { ...DEFAULT_SCAN_POLICY, pickle: 'judge' } } as const;

describe('a NumPy array', () => {
  it.each(FIXTURES.filter((name) => /^good.*\.np[yz]$/.test(name)))(
    'of numbers and texts passes, and is accounted for: %s',
    async (name) => {
      const report = await scanFixture(name);
      expect(findingsOf(report)).toEqual([]);
      expect(report.coverage.parsed).toBe(report.coverage.present);
      expect(report.members.map(({ format }) => format)).toContain('NumPy array');
    },
  );

  it('of objects is a pickle', async () => {
    expect(findingsOf(await scanFixture('odd-objects.npy'))).toEqual([
      'inconclusive pickle.quarantined odd-objects.npy',
    ]);
    expect((await scanFixture('odd-objects.npy', judge)).verdict).toBe('pass');
  });

  it.each(['bad-longer.npy', 'bad-shorter.npy'])(
    'of another size does not pass: %s',
    async (name) => {
      const { verdict, checks } = await scanFixture(name);
      expect(verdict).toBe('inconclusive');
      expect(checks[0]?.id).toBe('npy.size');
    },
  );
});

it('a PyTorch archive passes where the policy judges pickles', async () => {
  const report = await scanFixture('torch.pt', judge);
  expect(findingsOf(report)).toEqual([]);
  expect(report.members.map(({ where, format }) => `${where}: ${format}`)).toEqual([
    'torch.pt: PyTorch archive',
    'torch.pt!m/data.pkl: pickle',
    'torch.pt!m/byteorder: text',
    'torch.pt!m/data/0: tensor data',
    'torch.pt!m/version: text',
    'torch.pt!m/.data/serialization_id: text',
  ]);
  expect(report.coverage.parsed).toBe(report.coverage.present);
});

/** A stored ZIP archive, as `zipfile` would write it. */
function zip(members: Readonly<Record<string, string>>): Uint8Array {
  const locals: number[] = [];
  const directory: number[] = [];
  for (const [name, text] of Object.entries(members)) {
    const [path, data] = [utf8(name), utf8(text)];
    const common = [
      ...[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5c],
      ...u32(crc32(data)),
      ...u32(data.length),
      ...u32(data.length),
      ...[path.length, 0, 0, 0],
    ];
    directory.push(0x50, 0x4b, 1, 2, 20, 3, ...common, ...new Uint8Array(10));
    directory.push(...u32(locals.length), ...path);
    locals.push(0x50, 0x4b, 3, 4, ...common, ...path, ...data);
  }
  const count = Object.keys(members).length;
  const end = [
    0,
    0,
    0,
    0,
    count,
    0,
    count,
    0,
    ...u32(directory.length),
    ...u32(locals.length),
    0,
    0,
  ];
  return Uint8Array.from([...locals, ...directory, 0x50, 0x4b, 5, 6, ...end]);
}

const u32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

describe('a member that decides for the whole', () => {
  it('is a layer of a .keras archive', async () => {
    const config = JSON.stringify({
      module: 'keras',
      class_name: 'Sequential',
      config: { layers: [{ module: 'keras.layers', class_name: 'Lambda', config: {} }] },
    });
    const report = await scanBytes(
      'm.keras',
      zip({ 'config.json': config, 'metadata.json': '{}' }),
    );
    expect(findingsOf(report)).toEqual(['fail keras.unsafe-layer m.keras!config.json']);
  });

  it('is a pickle, whatever the member is called', async () => {
    const report = await scanBytes('m.zip', zip({ 'notes.txt': "cos\nsystem\n(S'id'\ntR." }));
    expect(report.verdict).toBe('fail');
    expect(findingsOf(report).join()).toContain('m.zip!notes.txt@');
  });

  it('is a pickle where a tensor should lie', async () => {
    const members = { 'm/data.pkl': 'N.', 'm/data/0': "cos\nsystem\n(S'id'\ntR." };
    const report = await scanBytes('m.pt', zip(members), judge);
    expect(findingsOf(report).join()).toContain('m.pt!m/data/0@');
    expect(report.verdict).toBe('fail');
  });

  it('is a tensor that is not there', async () => {
    const storage = '(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04tQ.';
    const lacking = await scanBytes('m.pt', zip({ 'm/data.pkl': storage }), judge);
    expect(findingsOf(lacking)).toEqual(['inconclusive torch.storage m.pt']);
    const whole = zip({ 'm/data.pkl': storage, 'm/data/0': 'sixteen bytes...' });
    expect(findingsOf(await scanBytes('m.pt', whole, judge))).toEqual([]);
  });

  it('is TorchScript beside the pickle', async () => {
    const members = { 'm/data.pkl': 'N.', 'm/code/__torch__.py': 'op_version_set = 1\n' };
    expect(findingsOf(await scanBytes('m.pt', zip(members), judge))).toContain(
      'inconclusive torch.script m.pt',
    );
  });

  it('lies in a file that another member is', async () => {
    const report = await scanBytes('m.zip', zip({ a: 'x', 'a/b': 'y' }));
    expect(findingsOf(report)).toEqual(['fail archive.duplicate m.zip@113']);
  });

  it('is a compressed pickle, as joblib writes it', async () => {
    const packed = new Uint8Array(gzipSync(utf8("cos\nsystem\n(S'id'\ntR.")));
    const report = await scanBytes('model.joblib', packed);
    expect(report.verdict).toBe('fail');
    expect(findingsOf(report).join()).toContain('model.joblib!gzip@');
  });
});

it('many roots and many names are judged in linear time', async () => {
  const members: Record<string, string> = {};
  for (let index = 0; index < 1500; index += 1) members[`r${index}/data.pkl`] = 'N.';
  for (let index = 0; index < 1500; index += 1) members[`r${index}/data/0`] = 'x';
  const bytes = zip(members);
  // The count of entries has two bytes.
  const view = new DataView(bytes.buffer);
  for (const at of [bytes.length - 14, bytes.length - 12]) view.setUint16(at, 3000, true);
  expect((await scanBytes('m.pt', bytes, judge)).verdict).toBe('pass');
});
