import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byCodePoint, IGNORED_PATHS, isIgnored, pathFault } from '#domain/signing/artifact-path.ts';

const astral = '\u{1f600}';
const fullwidth = '\uff21';
const privateUse = '\ue000';

describe('byCodePoint', () => {
  it('puts U+FF21 before U+1F600, which order of UTF-16 units would not', () => {
    expect([astral, fullwidth].sort()).toEqual([astral, fullwidth]);
    expect([astral, fullwidth, privateUse, 'z'].sort(byCodePoint)).toEqual([
      'z',
      privateUse,
      fullwidth,
      astral,
    ]);
  });

  it('puts capitals before small letters, and a-b before a/b', () => {
    expect(['a/b', 'b', 'a-b', 'B', 'a'].sort(byCodePoint)).toEqual(['B', 'a', 'a-b', 'a/b', 'b']);
  });

  it('is the order of UTF-8 bytes', () => {
    const name = fc.string({ unit: fc.constantFrom(astral, fullwidth, privateUse, 'a', '/', 'é') });
    fc.assert(
      fc.property(
        fc.oneof(name, fc.string({ unit: 'binary' })),
        name,
        (a, b) => Math.sign(byCodePoint(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b)),
      ),
    );
  });
});

describe('isIgnored', () => {
  it.each(['.git/config', '.gitignore', '.gitattributes', '.github/workflows/ci.yml', 'model.sig'])(
    'leaves %s out',
    (path) => {
      expect(isIgnored(path)).toBe(true);
    },
  );

  it.each(['sub/.git/config', 'sub/model.sig', '.gitmodules', '.github.md', 'model.sig.bin'])(
    'covers %s',
    (path) => {
      expect(isIgnored(path)).toBe(false);
    },
  );

  it('names what it leaves out in the order of everything else', () => {
    expect([...IGNORED_PATHS].sort(byCodePoint)).toEqual(IGNORED_PATHS);
  });
});

describe('pathFault', () => {
  it.each(['a', 'a/b.bin', '.hidden', '..a', 'a b', `${fullwidth}/${astral}`])(
    'finds none in %j',
    (path) => {
      expect(pathFault(path)).toBeUndefined();
    },
  );

  it.each(['', '/a', 'a/', 'a//b', './a', 'a/./b', '../a', 'a/../b', '..', '.'])(
    'refuses %j, which is not in its shortest relative form',
    (path) => {
      expect(pathFault(path)).toBe('is not a relative path in its shortest form');
    },
  );

  it('refuses half of a surrogate pair, which has no UTF-8', () => {
    expect(pathFault('a\ud83d.bin')).toBe('is not valid Unicode');
  });

  it('refuses a NUL', () => {
    expect(pathFault('a\0b')).toBe('holds a NUL');
  });
});
