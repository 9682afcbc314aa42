import { describe, expect, it } from 'vitest';
import { parseDependencies } from '#domain/gates/dependencies/parse/document.ts';

const read = (json: unknown) => parseDependencies('sbom.json', JSON.stringify(json));
const cyclonedx = (components: unknown, specVersion = '1.5') =>
  read({ bomFormat: 'CycloneDX', specVersion, components });
const spdx = (packages: unknown, more = {}) => read({ spdxVersion: 'SPDX-2.3', packages, ...more });
const library = (purl: string) => ({ type: 'library', name: 'x', purl });
const packaged = (purl: string, SPDXID = 'SPDXRef-1') => ({
  SPDXID,
  name: 'x',
  externalRefs: [
    { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
  ],
});

describe('CycloneDX documents', () => {
  it.each(['1.4', '1.5', '1.6'])(
    'are read in version %s, components inside of others too',
    (version) => {
      const hashes = [
        { alg: 'SHA-256', content: 'AB'.repeat(32) },
        { alg: 'MD5', content: '00' },
      ];
      const inner = { ...library('pkg:pypi/Foo_Bar@1.0'), hashes };
      const { components, findings } = cyclonedx(
        [{ ...library('pkg:pypi/numpy@1.26.4'), components: [inner] }, library('pkg:conda/xz@5.2')],
        version,
      );
      expect(findings).toEqual([]);
      expect(components.map(({ purl }) => purl).sort()).toEqual([
        'pkg:conda/xz@5.2',
        'pkg:pypi/foo-bar@1.0',
        'pkg:pypi/numpy@1.26.4',
      ]);
      expect(components.find(({ name }) => name === 'foo-bar')?.hashes).toEqual([
        `sha256:${'ab'.repeat(32)}`,
      ]);
    },
  );

  it('are refused in other versions', () => {
    expect(cyclonedx([], '1.2').findings[0]?.expected).toContain('1.4, 1.5 or 1.6');
  });

  it.each([
    [{ type: 'library', name: 'x' }, 'components[0]: "x" without a purl'],
    [library('not a purl'), 'components[0]: the purl "not a purl"'],
    [library('pkg:npm/left-pad@1.0'), 'components[0]: "pkg:npm/left-pad@1.0"'],
    [
      library('pkg:pypi/x@1?vcs_url=git%2Bhttps:%2F%2Fa.b'),
      'components[0]: x from git+https://a.b',
    ],
    [{ name: 'x' }, 'components[0]: "type"'],
    [7, 'components[0]: "component"'],
  ])('say nothing certain with %j', (component, got) => {
    expect(cyclonedx([component]).findings).toMatchObject([{ got }]);
  });

  it('may list models and data, which are no software', () => {
    const { components, findings, notes } = cyclonedx([{ type: 'data', name: 'payments' }]);
    expect([components, findings]).toEqual([[], []]);
    expect(notes).toEqual(['components[0]: data "payments" is no software']);
  });

  it('cannot hide a package by calling it data', () => {
    const { components } = cyclonedx([{ type: 'data', name: 'x', purl: 'pkg:pypi/x@1' }]);
    expect(components.map(({ purl }) => purl)).toEqual(['pkg:pypi/x@1']);
  });

  it('are refused when an escape leaves half a character', () => {
    const text = '{"bomFormat":"CycloneDX","specVersion":"1.6","x":"\\ud800"}';
    expect(parseDependencies('bom.json', text).findings).toMatchObject([
      { got: 'half a character' },
    ]);
    const whole = text.replace('ud800', 'ud83d\\ude00');
    expect(parseDependencies('bom.json', whole).findings).toEqual([]);
  });

  it('leave a package without a version unpinned', () => {
    expect(cyclonedx([library('pkg:pypi/numpy')]).components[0]).toMatchObject({ pinned: false });
  });

  it('name the index of a package that is not from PyPI', () => {
    const purl = 'pkg:pypi/x@1?repository_url=https:%2F%2Fu:p%40a.b%2Fsimple';
    expect(cyclonedx([library(purl)]).indexes).toEqual([{ url: 'https://a.b/simple' }]);
  });
});

describe('SPDX documents', () => {
  it('are read but for the package that they describe', () => {
    const { components, findings, notes } = spdx(
      [{ SPDXID: 'SPDXRef-root', name: 'fraud' }, packaged('pkg:pypi/numpy@1.26.4')],
      {
        relationships: [
          {
            spdxElementId: 'SPDXRef-DOCUMENT',
            relationshipType: 'DESCRIBES',
            relatedSpdxElement: 'SPDXRef-root',
          },
        ],
      },
    );
    expect(findings).toEqual([]);
    expect(components.map(({ purl }) => purl)).toEqual(['pkg:pypi/numpy@1.26.4']);
    expect(notes).toEqual(['packages[0]: "fraud" is what the document describes']);
  });

  it('keep a described package that has a purl: it is installed like any other', () => {
    const { components } = spdx([packaged('pkg:pypi/a@1')], { documentDescribes: ['SPDXRef-1'] });
    expect(components.map(({ name }) => name)).toEqual(['a']);
  });

  it.each([
    [{ SPDXID: 'SPDXRef-1', name: 'x' }, 'packages[0]: "x" without a purl'],
    [{ name: 'x' }, 'packages[0]: "SPDXID"'],
    [packaged('pkg:deb/debian/xz@5'), 'packages[0]: "pkg:deb/debian/xz@5"'],
  ])('say nothing certain with %j', (entry, got) => {
    expect(spdx([entry]).findings).toMatchObject([{ got }]);
  });

  it('are refused in other versions', () => {
    expect(read({ spdxVersion: 'SPDX-3.0' }).findings[0]?.expected).toBe('SPDX JSON 2.2 or 2.3');
  });
});
