import { describe, expect, it } from 'vitest';
import { parseRequirements } from '#domain/gates/dependencies/parse/requirements.ts';
import { lockFile, truth } from '../fixture.ts';

const read = (text: string) => parseRequirements('requirements.txt', text);
const HASH = 'a'.repeat(64);

describe('parseRequirements', () => {
  it('installs what pip would install, and finds fault wherever pip does', () => {
    let compared = 0;
    for (const [text, installed] of truth.requirements) {
      const { components, findings } = read(text);
      if (installed === null) {
        expect(findings.length, text).toBeGreaterThan(0);
        continue;
      }
      if (findings.length > 0) continue;
      compared += 1;
      expect(
        components.map(({ source, name, extras, specifier = '', marker, hashes }) => ({
          line: source.line,
          name,
          extras,
          specifier: specifier.split(',').sort(),
          marker: marker !== undefined,
          hashes: new Set(hashes).size,
        })),
        text,
      ).toEqual(installed.map((each) => ({ ...each, hashes: Math.min(each.hashes, 1) })));
    }
    expect(compared).toBeGreaterThan(250);
  });

  it('is stricter than pip only about hashes that are none and dashes that mean nothing', () => {
    const stricter = truth.requirements
      .filter(([text, installed]) => installed !== null && read(text).findings.length > 0)
      .map(([text]) => text);
    expect(stricter.length).toBeGreaterThan(0);
    for (const text of stricter) expect(text).toMatch(/\S# no comment|(?:^|\s)--?(?:\s|$)/);
  });

  it('reads what pip-compile writes: exact releases, their hashes and extras', () => {
    const { components, findings } = read(lockFile('requirements.txt'));
    expect(findings).toEqual([]);
    expect(
      components.map(({ purl, hashes, source }) => [purl, hashes.length, source.line]),
    ).toEqual([
      ['pkg:pypi/click@8.1.7', 2, 7],
      ['pkg:pypi/joblib@1.3.2', 2, 11],
      ['pkg:pypi/pysocks@1.7.1', 3, 15],
      ['pkg:pypi/urllib3@2.0.4', 2, 20],
    ]);
    expect(components.every(({ pinned }) => pinned)).toBe(true);
    expect(components.at(-1)?.extras).toEqual(['socks']);
  });

  it('finds a requirement that an editor shows as part of a comment', () => {
    const { components } = read('# numpy==1.0\u2028evil==6.6.6\n');
    expect(components.map(({ name }) => name)).toEqual(['evil']);
  });

  it('keeps markers, extras and ranges as they were written', () => {
    const { components } = read('Foo_Bar[b,A] >= 1 , <2 ; python_version < "3.9"');
    expect(components).toEqual([
      {
        ecosystem: 'pypi',
        name: 'foo-bar',
        pinned: false,
        specifier: '>=1,<2',
        extras: ['a', 'b'],
        marker: 'python_version < "3.9"',
        hashes: [],
        source: { file: 'requirements.txt', line: 1 },
        purl: 'pkg:pypi/foo-bar',
      },
    ]);
  });

  it.each([
    ['numpy==1.26.4', '1.26.4'],
    ['numpy===1.26.4', '1.26.4'],
    ['numpy>=1,==1.26.4', '1.26.4'],
    ['numpy==1.*', undefined],
    ['numpy==1.0,==1.1', undefined],
    ['numpy~=1.26.4', undefined],
    ['numpy', undefined],
    ['numpy @ https://example.com/numpy-1.26.4-py3-none-any.whl', undefined],
  ])('takes %s for the release %s', (text, version) => {
    const [component] = read(text).components;
    expect(component?.version).toBe(version);
    expect(component?.pinned).toBe(version !== undefined);
  });

  it.each([
    ['-r base.txt', 'another file, "base.txt"'],
    ['-cconstraints.txt', 'another file, "constraints.txt"'],
    ['--requirem=base.txt', 'another file, "base.txt"'],
    ['-e git+https://example.com/x#egg=x', 'an editable install'],
    ['--find-links ./wheels', 'a place to look for files'],
    ['--trusted-host example.com', '"example.com" trusted without TLS'],
    ['./local/numpy-1.0.whl', 'a file or URL'],
    ['numpy-1.0-py3-none-any.whl', 'a file or URL'],
    ['git+https://example.com/x', 'a file or URL'],
    ['numpy @ https://example.com/numpy.whl', 'numpy from a URL'],
    ['# -*- coding: utf-7 -*-', 'the encoding utf-7'],
    ['numpy==1.0 --hash=md5:00', '"numpy==1.0 --hash=md5:00"'],
    [`numpy==1.0 --hash=sha256:${'a'.repeat(70)}`, '"numpy==1.0 --hash=sha256:'],
    ['numpy=1.0', '"numpy=1.0"'],
  ])('says what stands in the way of %s', (text, got) => {
    const [finding] = read(text).findings;
    expect(finding?.got).toContain(got);
    expect(finding?.field).toBe('requirements.txt:1');
    expect(finding?.remedy).not.toBe('');
  });

  it('finds a variable, which stands for something else wherever the file is read', () => {
    const variable = ['$', '{VERSION}'].join('');
    expect(read(`numpy==${variable}`).findings[0]?.got).toBe(`the variable ${variable}`);
  });

  it('joins lines and reads hashes behind them, whatever their case', () => {
    const { components, findings } = read(`numpy==1.0 \\\r\n  --hash=SHA256:${HASH.toUpperCase()}`);
    expect(findings).toEqual([]);
    expect(components[0]?.hashes).toEqual([`sha256:${HASH}`]);
  });

  it('names indexes without the credentials in their addresses', () => {
    const { indexes } = read(
      '-i https://pypi.org/simple\n--extra-index-url https://u:p@a.b/simple',
    );
    expect(indexes).toEqual([
      { url: 'https://pypi.org/simple', line: 1 },
      { url: 'https://a.b/simple', line: 2 },
    ]);
  });
});
