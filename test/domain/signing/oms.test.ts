import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArtifactFile, omsStatement, resourcesOf, rootDigest } from '#domain/signing/oms.ts';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'));
const files = fixture('files.json') as ArtifactFile[];
const stock = fixture('key.json') as { dsseEnvelope: { payload: string } };
const stockStatement = JSON.parse(
  Buffer.from(stock.dsseEnvelope.payload, 'base64').toString('utf8'),
);
const sha256 = '0a'.repeat(32);

describe('omsStatement', () => {
  it('says what the stock signer says of the same files', () => {
    const ours = omsStatement('model', files);
    expect(ours.digest).toBe(stockStatement.subject[0].digest.sha256);
    expect(ours.predicateType).toBe(stockStatement.predicateType);
    expect(ours.predicate.resources).toEqual(stockStatement.predicate.resources);
    expect(ours.predicate.serialization).toEqual({
      ...stockStatement.predicate.serialization,
      ignore_paths: ['.git', '.gitattributes', '.github', '.gitignore', 'model.sig'],
    });
  });

  it('does not depend on the order in which files are listed', () => {
    const shuffled = fc.shuffledSubarray(files, { minLength: files.length });
    fc.assert(
      fc.property(shuffled, (listed) => {
        expect(omsStatement('model', listed)).toEqual(omsStatement('model', files));
      }),
    );
  });

  it("leaves git's entries and the signature out", () => {
    const more = [...files, ...['.git/config', 'model.sig'].map((path) => ({ path, sha256 }))];
    expect(omsStatement('model', more)).toEqual(omsStatement('model', files));
  });

  it.each([
    ['no file', [], "cannot sign 'model': no file is signed"],
    ['only what is left out', [{ path: '.gitignore', sha256 }], 'no file is signed'],
    ['a path out of the directory', [{ path: '../a', sha256 }], "path '../a' is not a relative"],
    [
      'one path twice',
      [
        { path: 'a', sha256 },
        { path: 'a', sha256 },
      ],
      "path 'a' is listed twice",
    ],
    ['a digest in capitals', [{ path: 'a', sha256: 'AB'.repeat(32) }], 'not a SHA-256 digest'],
  ])('refuses %s', (_, odd, message) => {
    expect(() => omsStatement('model', odd)).toThrow(message);
  });
});

it('changes the root digest with any file', () => {
  const hex = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((b) => Buffer.from(b).toString('hex'));
  const root = (listed: readonly ArtifactFile[]): string | undefined => {
    const resources = resourcesOf(listed);
    return resources.ok ? rootDigest(resources.value) : undefined;
  };
  fc.assert(
    fc.property(fc.nat(files.length - 1), hex, (at, other) => {
      const changed = files.map((file, i) => (i === at ? { ...file, sha256: other } : file));
      expect(root(changed)).toMatch(/^[0-9a-f]{64}$/);
      expect(root(changed) === root(files)).toBe(files[at]?.sha256 === other);
    }),
  );
});
