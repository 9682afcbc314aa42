import { describe, expect, it } from 'vitest';
import { parsePoetryLock } from '#domain/gates/dependencies/parse/poetry-lock.ts';
import { parseUvLock } from '#domain/gates/dependencies/parse/uv-lock.ts';
import { lockFile } from '../fixture.ts';

const poetry = (text: string) => parsePoetryLock('poetry.lock', text);
const uv = (text: string) => parseUvLock('uv.lock', text);
const HASH = 'a'.repeat(64);
const RELEASES = [
  'pkg:pypi/click@8.1.7',
  'pkg:pypi/colorama@0.4.6',
  'pkg:pypi/iniconfig@2.0.0',
  'pkg:pypi/joblib@1.3.2',
  'pkg:pypi/pysocks@1.7.1',
  'pkg:pypi/urllib3@2.0.4',
];

describe('parsePoetryLock', () => {
  it('reads every package of a lock that poetry made, with hashes, markers and lines', () => {
    const { components, findings, indexes } = poetry(lockFile('poetry.lock'));
    expect(findings).toEqual([]);
    expect(components.map(({ purl }) => purl)).toEqual(RELEASES);
    expect(components.every(({ pinned, hashes }) => pinned && hashes.length >= 2)).toBe(true);
    expect(components[1]?.marker).toBe('platform_system == "Windows"');
    const lines = lockFile('poetry.lock').split('\n');
    for (const { source } of components) expect(lines[(source.line ?? 0) - 1]).toBe('[[package]]');
    expect(indexes).toEqual([{ url: 'https://pypi.org/simple', line: 3 }]);
  });

  it('reads the files of a lock of version 1, which it keeps in its metadata', () => {
    const text = `[[package]]\nname = "Foo_Bar"\nversion = "1.0"\n[metadata]\nlock-version = "1.1"\n[metadata.files]\nFoo_Bar = [{file = "f.whl", hash = "sha256:${HASH}"}, {file = "f.zip", hash = "md5:00"}]\n`;
    const [component] = poetry(text).components;
    expect(component).toMatchObject({
      name: 'foo-bar',
      version: '1.0',
      hashes: [`sha256:${HASH}`],
    });
  });

  it('reads a package whose name is a word of the language, in a lock of version 1', () => {
    const text = `[[package]]\nname = "constructor"\nversion = "1.0"\n[metadata]\nlock-version = "1.1"\n[metadata.files]\n`;
    expect(poetry(text).components).toMatchObject([{ name: 'constructor', hashes: [] }]);
  });

  it.each([
    ['lock-version = "3.0"', 'lock-version 3.0'],
    ['', 'no metadata.lock-version'],
  ])('reads no lock whose format it does not know: %s', (line, got) => {
    const { components, findings } = poetry(
      `[[package]]\nname = "a"\nversion = "1"\n[metadata]\n${line}`,
    );
    expect(components).toEqual([]);
    expect(findings[0]?.got).toBe(got);
  });

  it('says so when a package comes from elsewhere than an index', () => {
    const text = lockFile('poetry.lock').replace('type = "legacy"', 'type = "git"');
    expect(poetry(text).findings[0]?.got).toBe('click from git');
  });

  it('goes on behind a package that it cannot read, and names its line', () => {
    const text = lockFile('poetry.lock').replace('version = "8.1.7"', '');
    const { components, findings } = poetry(text);
    expect(components.map(({ purl }) => purl)).toEqual(RELEASES.slice(1));
    expect(findings).toMatchObject([
      { field: 'poetry.lock:3', got: '"version" missing or of another kind' },
    ]);
  });

  it('names the line at which a file is no TOML', () => {
    const { findings } = poetry('[[package]]\nname = "a"\nversion = \n');
    expect(findings).toMatchObject([{ line: 3, expected: 'a TOML document' }]);
  });

  it('gives no line rather than a wrong one when a text looks like a header', () => {
    const text = `[[package]]\nname = "a"\nversion = "1"\ndescription = """\n[[package]]\n"""\n[metadata]\nlock-version = "2.1"\n`;
    expect(poetry(text).components[0]?.source).toEqual({ file: 'poetry.lock' });
  });
});

describe('parseUvLock', () => {
  it('reads every package of a lock that uv made but the project itself', () => {
    const { components, findings, indexes, notes } = uv(lockFile('uv.lock'));
    expect(findings).toEqual([]);
    expect(components.map(({ purl }) => purl)).toEqual(RELEASES);
    expect(components.every(({ pinned, hashes }) => pinned && hashes.length >= 2)).toBe(true);
    expect(indexes.map(({ url }) => url)).toEqual(['https://pypi.org/simple']);
    expect(notes).toEqual(['line 26: fraud is the project itself']);
  });

  it('says so when a package comes from elsewhere than an index', () => {
    const git = 'source = { git = "https://example.com/click?rev=main" }';
    const text = lockFile('uv.lock').replace(
      'source = { registry = "https://pypi.org/simple" }',
      git,
    );
    expect(uv(text).findings).toMatchObject([{ got: 'click from git', field: 'uv.lock:5' }]);
  });

  it('does not take another project for the project itself', () => {
    const text = lockFile('uv.lock').replace('virtual = "."', 'virtual = "../other"');
    expect(uv(text).findings[0]?.got).toBe('fraud from virtual');
  });

  it.each(['version = 2', 'version = "1"', ''])('reads no lock of another version: %s', (line) => {
    const { components, findings } = uv(lockFile('uv.lock').replace('version = 1', line));
    expect(components).toEqual([]);
    expect(findings[0]?.expected).toBe('version 1');
  });
});
