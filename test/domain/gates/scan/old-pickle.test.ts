import { describe, expect, it } from 'vitest';
import { findingsOf, scanBytes, utf8 } from './fixture.ts';

describe('a text that begins like a pickle of protocol 0', () => {
  it.each([
    ['words in lines', 'cats\ndogs\nbirds\n'],
    ['functions of mathematics', 'cos\nsin\ntan\n'],
    ['names of packages', 'ctypes\nnumpy\n'],
    ['a name that nobody could import', 'c3os\nsystem\nand more'],
  ])('is a text when it goes on as %s', async (_, text) => {
    expect(findingsOf(await scanBytes('words.txt', utf8(text)))).toEqual([]);
  });

  it.each([
    ['runs code', "cbuiltins\nexec\n(X>\nf = open('x', 'a')tRX."],
    ['runs code, in the spelling of Python 2', 'c__builtin__\neval\n(rest'],
    ['runs commands', 'cposix\nsystem\nrest'],
    ['acts when it is imported', 'cantigravity\nfly\nrest'],
  ])('does not pass when it breaks off behind a name that %s', async (_, text) => {
    const [finding, ...others] = findingsOf(await scanBytes('words.txt', utf8(text)));
    expect(finding).toContain('inconclusive pickle.truncated');
    expect(others).toEqual([]);
  });

  it('fails when it calls what it names, whatever follows', async () => {
    const report = await scanBytes('words.txt', utf8("cposix\nsystem\n(S'true'\ntRand more"));
    expect(report.verdict).toBe('fail');
  });
});
