import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addFileTexts } from '#domain/gates/privacy/file-texts.ts';
import { FoundTexts } from '#domain/gates/privacy/found-texts.ts';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

async function textsOf(path: string, body: Uint8Array | string, most?: number) {
  const found = new FoundTexts(most);
  await addFileTexts(path, sourceOf(Buffer.from(body)), found);
  return found;
}

describe('an ONNX file', () => {
  it('gives every text that Python’s onnx finds in it', async () => {
    const { texts, unread, binary } = await textsOf('m.onnx', fixture('texts.onnx'));
    const expected = JSON.parse(fixture('texts.json').toString()) as [string, string, string][];
    const where = ([message, field, text]: [string, string, string]) =>
      `m.onnx: ${message}.${field} = ${text}`;
    expect(texts.map((each) => `${each.where} = ${each.text}`).sort()).toEqual(
      expected.map(where).sort(),
    );
    expect([unread, binary]).toEqual([[], []]);
  });

  it('gives the values of its metadata under their keys', async () => {
    const { texts } = await textsOf('m.onnx', fixture('texts.onnx'));
    expect(texts).toContainEqual({
      where: 'm.onnx: StringStringEntryProto.value',
      name: 'ssn',
      text: '078051121',
    });
  });

  it('that is none is refused', async () => {
    await expect(textsOf('m.onnx', 'no model')).rejects.toThrow('not an ONNX file');
  });
});

describe('a file', () => {
  it('of safetensors gives its metadata and the names of its tensors', async () => {
    const { texts } = await textsOf('weights', fixture('texts.safetensors'));
    expect(texts).toContainEqual({
      where: 'weights: __metadata__.author',
      name: 'author',
      text: 'ann@example.org',
    });
    expect(texts.map(({ text }) => text)).toContain('layer.weight');
  });

  it('of JSON gives its texts and numbers under their keys, and its keys', async () => {
    const document = { owners: [{ ssn: 78051121 }], emails: ['a', 'b'], weights: [1.5, 2.5] };
    const { texts } = await textsOf('config', JSON.stringify(document));
    expect(texts.map(({ where, name, text }) => [where, name, text])).toEqual([
      ['config: keys', undefined, 'owners'],
      ['config: keys', undefined, 'emails'],
      ['config: keys', undefined, 'weights'],
      ['config: keys', undefined, 'ssn'],
      ['config: owners[0].ssn', 'ssn', '78051121'],
      ['config: emails[0]', 'emails', 'a'],
      ['config: emails[1]', 'emails', 'b'],
    ]);
  });

  it('of text gives the text, also where its JSON is broken', async () => {
    expect((await textsOf('a.yaml', 'owner: ann\n')).texts).toEqual([
      { where: 'a.yaml', text: 'owner: ann\n' },
    ]);
    expect((await textsOf('a.json', '{"a": ')).texts).toEqual([
      { where: 'a.json', text: '{"a": ' },
    ]);
  });

  it('of bytes is named as such', async () => {
    const { texts, binary, unread } = await textsOf('weights.bin', Uint8Array.of(0, 1, 2, 255));
    expect([texts, unread, binary]).toEqual([[], [], ['weights.bin: 4 bytes']]);
  });

  it('beyond the bound of one file is read up to it, whole characters only', async () => {
    const { texts, unread } = await textsOf('long.txt', 'ä'.repeat(17 * 1024 * 1024));
    expect(texts[0]?.text.length).toBe(16 * 1024 * 1024 - 1);
    expect(unread).toEqual(['long.txt: all but its first 33554432 bytes']);
  });
});

describe('texts', () => {
  it('are kept once for each place and key', () => {
    const found = new FoundTexts();
    const text = { where: 'a', text: 'x' };
    for (const each of [text, text, { ...text, name: 'k' }, { ...text, where: 'b' }]) {
      found.add(each);
    }
    expect(found.texts).toHaveLength(3);
  });

  it('up to the bound are kept, and one too many is said', () => {
    const found = new FoundTexts(3);
    for (const text of ['abc', 'd', 'e']) found.add({ where: 'a', text });
    expect(found.texts).toEqual([{ where: 'a', text: 'abc' }]);
    expect(found.unread).toEqual(['a and what follows: too many texts before it']);
  });
});
