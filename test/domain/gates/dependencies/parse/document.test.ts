import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDependencies } from '#domain/gates/dependencies/parse/document.ts';
import { lockFile } from '../fixture.ts';

const BOM = JSON.stringify({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  components: [{ type: 'library', name: 'numpy', purl: 'pkg:pypi/numpy@1.26.4' }],
});
const SPDX = JSON.stringify({ spdxVersion: 'SPDX-2.3', packages: [{ SPDXID: 'a', name: 'b' }] });
const CONDA = 'dependencies:\n  - numpy=1.0=0\n  - pip:\n    - joblib==1.3.2\n';
const DOCUMENTS: readonly (readonly [file: string, text: string])[] = [
  ['requirements.txt', lockFile('requirements.txt')],
  ['poetry.lock', lockFile('poetry.lock')],
  ['uv.lock', lockFile('uv.lock')],
  ['environment.yml', CONDA],
  ['bom.json', BOM],
  ['sbom.spdx.json', SPDX],
];

/** Cuts, repeats and replaces parts of a text: what damage and malice do to a file. */
const mutated = (text: string) =>
  fc
    .array(
      fc.record({
        at: fc.nat(text.length),
        length: fc.nat(40),
        by: fc.oneof(
          fc.string({ maxLength: 20, unit: 'binary' }),
          fc.constantFrom(
            '\\\n',
            '"""',
            '[[',
            '{',
            '&a *a',
            '\u2028',
            '# -*- coding: x',
            '-r ',
            '==',
          ),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((cuts) =>
      cuts.reduce(
        (now, { at, length, by }) => now.slice(0, at) + by + now.slice(at + length),
        text,
      ),
    );

describe('parseDependencies', () => {
  it.each(DOCUMENTS)('knows %s by its name and content', (file, text) => {
    expect(parseDependencies(`artifact/${file}`, text)).not.toMatchObject({ format: 'unknown' });
  });

  it.each(DOCUMENTS)(
    'neither throws nor hangs on a damaged %s, and says what it met',
    (file, text) => {
      fc.assert(
        fc.property(mutated(text), (damaged) => {
          const { components, findings, notes, indexes } = parseDependencies(file, damaged);
          for (const { name, purl, pinned, version } of components) {
            expect(name).toMatch(/^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/);
            expect(purl.startsWith('pkg:')).toBe(true);
            expect(pinned).toBe(version !== undefined);
          }
          for (const { got, expected, remedy } of findings) {
            expect(Math.min(expected.length, remedy.length)).toBeGreaterThan(0);
            expect(got.length).toBeLessThanOrEqual(120);
          }
          expect([components, findings, notes, indexes].every(Array.isArray)).toBe(true);
        }),
        { numRuns: 150 },
      );
    },
  );

  it.each([
    ['requirements.txt', ' '.repeat(400_000)],
    ['requirements.txt', `numpy==1.0${' '.repeat(400_000)}x`],
    ['requirements.txt', `a${'-'.repeat(400_000)}`],
    ['requirements.txt', `numpy==${'1.'.repeat(200_000)}`],
    ['requirements.txt', `a; ${'('.repeat(200_000)}`],
    ['requirements.txt', '\\\n'.repeat(200_000)],
    ['environment.yml', `dependencies: ${'['.repeat(20_000)}`],
    ['bom.json', '['.repeat(400_000)],
    ['poetry.lock', `x = ${'['.repeat(100_000)}`],
    ['uv.lock', `${'[a.'.repeat(50_000)}`],
  ])(
    'answers at once when %s is made to take long',
    (file, text) => {
      const document = parseDependencies(file, text);
      expect(document.components.length).toBeLessThan(2);
    },
    5000,
  );

  it.each([
    ['setup.py', 'x', '"setup.py"'],
    ['data.json', '{}', 'JSON without "bomFormat" and "spdxVersion"'],
    ['data.json', 'null', 'JSON without "bomFormat" and "spdxVersion"'],
    ['requirements.txt', '#'.repeat(8_000_001), '8000001 characters'],
    ['environment.yml', '#'.repeat(100_001), '100001 characters'],
  ])('does not read %s', (file, text, got) => {
    expect(parseDependencies(file, text)).toMatchObject({ format: 'unknown', findings: [{ got }] });
  });

  it('keeps more packages than anybody needs from exhausting a gate', () => {
    const text = Array.from({ length: 10_010 }, (_, index) => `p${index}==1`).join('\n');
    const { components, findings } = parseDependencies('requirements.txt', text);
    expect(components.length).toBeLessThanOrEqual(10_001);
    expect(findings[0]?.got).toBe('more than 10000 packages');
  });
});
