import { describe, expect, it } from 'vitest';
import { parseCondaEnvironment } from '#domain/gates/dependencies/parse/conda-environment.ts';

const read = (text: string) => parseCondaEnvironment('environment.yml', text);
const spec = (text: string) => read(`dependencies:\n  - "${text}"\n`);

describe('parseCondaEnvironment', () => {
  it('reads packages of conda and of its pip section, each with its line', () => {
    const { components, findings } = read(
      'name: fraud\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11.7=h1\n  - pip\n  - pip:\n    - joblib==1.3.2\n    - numpy>=1\n',
    );
    expect(findings).toEqual([]);
    expect(components.map(({ purl, pinned, source }) => [purl, pinned, source.line])).toEqual([
      ['pkg:conda/python@3.11.7', true, 5],
      ['pkg:conda/pip', false, 6],
      ['pkg:pypi/joblib@1.3.2', true, 8],
      ['pkg:pypi/numpy', false, 9],
    ]);
  });

  it.each([
    ['numpy==1.26.4', '1.26.4'],
    ['numpy=1.26.4=py311_0', '1.26.4'],
    ['numpy 1.26.4', '1.26.4'],
    ['numpy 1.26.4 py311_0', '1.26.4'],
    ['conda-forge::numpy==1.26.4', '1.26.4'],
    ['openssl==1.1.1w', '1.1.1w'],
    ['numpy=1.26.4', undefined],
    ['numpy=1.26.*', undefined],
    ['numpy>=1.26,<2', undefined],
    ['numpy 1.26|1.27', undefined],
    ['_libgcc_mutex', undefined],
  ])('takes %s for the release %s, as conda does', (text, version) => {
    const { components, findings } = spec(text);
    expect(findings).toEqual([]);
    expect(components[0]?.version).toBe(version);
  });

  it.each([
    ['dependencies:\n  - numpy[version=1]\n', '"numpy[version=1]"', 2],
    ['dependencies:\n  - {npm: [x]}\n', 'something else', 2],
    ['dependencies:\n  - 7\n', 'something else', 2],
    ['dependencies:\n  - pip:\n    - 7\n', 'no text', 3],
    ['dependencies:\n  - pip:\n    - -r other.txt\n', 'another file, "other.txt"', 3],
    ['dependencies: numpy\n', 'no list', 1],
    ['dependencies: []\nextras: 1\n', 'the field "extras"', 2],
    ['name: x\n', 'no "dependencies"', 1],
    ['- numpy\n', 'no mapping', 1],
    ['dependencies:\n  - &a numpy\n  - *a\n', 'an alias', 3],
  ])('says what it cannot read in %j', (text, got, line) => {
    expect(read(text).findings).toMatchObject([{ got, line }]);
  });

  it.each([
    'dependencies: [\n',
    'a: 1\na: 2\n',
    '--- a\n--- b\n',
    'dependencies: !!python/object x\n',
  ])('finds fault with what is no plain YAML document: %j', (text) => {
    expect(read(text).findings.length).toBeGreaterThan(0);
  });
});
