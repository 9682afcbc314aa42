import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseManifestKey, uploadPrefix } from '#domain/registry/upload-key.ts';

const upload = {
  principal: 'AROA1234:mia',
  tenant: 'acme',
  model: 'credit.risk_v2',
  uploadId: '2026-01-31_a.1',
};

describe('parseManifestKey', () => {
  it('reads who uploaded what for whom', () => {
    expect(parseManifestKey(`${uploadPrefix(upload)}manifest.json`)).toEqual(upload);
  });

  it.each([
    'uploads/p/acme/iris/manifest.json',
    'uploads/p/acme/iris/u1/sub/manifest.json',
    'uploads/p/acme/iris/u1/other.json',
    'uploads/p/acme/iris/u1/',
    'other/p/acme/iris/u1/manifest.json',
    '/uploads/p/acme/iris/u1/manifest.json',
    'uploads//acme/iris/u1/manifest.json',
    'uploads/p/acme/iris//manifest.json',
    'uploads/p/Acme/iris/u1/manifest.json',
    'uploads/p/acme#x/iris/u1/manifest.json',
    'uploads/p/acme/Iris/u1/manifest.json',
    'uploads/p/acme/../u1/manifest.json',
    'uploads/p/acme/iris/u 1/manifest.json',
    `uploads/p/acme/iris/${'u'.repeat(65)}/manifest.json`,
    `uploads/p/${'t'.repeat(41)}/iris/u1/manifest.json`,
    'manifest.json',
    '',
  ])('starts nothing for %s', (key) => {
    expect(parseManifestKey(key)).toBeUndefined();
  });

  it('never accepts another depth, and gives back the very key it read', () => {
    const part = fc.oneof(
      fc.constantFrom('uploads', 'manifest.json', 'acme', 'iris', 'u1', 'AIDA1', '', '..'),
      fc.string({ maxLength: 8 }),
    );
    const tidy = fc
      .tuple(fc.constant('uploads'), part, part, part, part, fc.constant('manifest.json'))
      .map((parts) => parts.join('/'));
    const keys = fc.oneof(
      tidy,
      fc.array(part, { maxLength: 9 }).map((parts) => parts.join('/')),
    );
    fc.assert(
      fc.property(keys, (key) => {
        const read = parseManifestKey(key);
        if (!read) return true;
        return key.split('/').length === 6 && `${uploadPrefix(read)}manifest.json` === key;
      }),
    );
  });
});
