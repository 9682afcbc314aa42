import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireLoopback } from '../../local/loopback.ts';

describe('requireLoopback', () => {
  it.each([
    'http://127.0.0.1:4566',
    'http://127.255.255.254:1',
    'http://localhost:4566',
    'http://[::1]:4566',
    'http://127.0.0.1',
  ])('lets %s through', (endpoint) => {
    expect(requireLoopback(endpoint)).toBe(endpoint);
  });

  it('drops a slash at the end, so that paths can be put behind it', () => {
    expect(requireLoopback('http://127.0.0.1:4566/')).toBe('http://127.0.0.1:4566');
  });

  it.each([
    'https://s3.us-east-1.amazonaws.com',
    'http://127.0.0.1.evil.com:4566',
    'http://localhost.evil.com',
    'http://localhost.:4566',
    'http://evil.com/127.0.0.1',
    'http://127.0.0.1:4566@evil.com',
    'http://127.0.0.1@evil.com:4566',
    'http://user:password@127.0.0.1:4566',
    'http://evil.com#127.0.0.1',
    'http://evil.com?http://127.0.0.1',
    'http://0.0.0.0:4566',
    'http://[::]:4566',
    'http://[::ffff:127.0.0.1]:4566',
    'http://[::ffff:10.0.0.1]:4566',
    'http://2130706433:4566',
    'http://0x7f000001:4566',
    'http://0177.0.0.1:4566',
    'http://127.0.0.01:4566',
    'http://127.1:4566',
    'http://127.0.0.256:4566',
    'http://128.0.0.1:4566',
    'http://169.254.169.254',
    'http://10.0.0.1:4566',
    'http://127.0.0.1:99999',
    'http://127.0.0.1:4566/path',
    'http://127.0.0.1:4566\n',
    ' http://127.0.0.1:4566',
    'ftp://127.0.0.1:4566',
    '127.0.0.1:4566',
    '',
  ])('refuses %j', (endpoint) => {
    expect(() => requireLoopback(endpoint)).toThrow(RangeError);
  });

  it('never lets a web address through, wherever loopback stands in it', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        for (const disguised of [url, url.replace('//', '//127.0.0.1:80@'), `${url}/127.0.0.1`]) {
          expect(() => requireLoopback(disguised)).toThrow(RangeError);
        }
      }),
    );
  });

  it('says what it got', () => {
    expect(() => requireLoopback('http://10.0.0.1')).toThrow(/'http:\/\/10\.0\.0\.1', expected/);
  });
});
