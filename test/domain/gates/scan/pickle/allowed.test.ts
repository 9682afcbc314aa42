import { describe, expect, test } from 'vitest';
import {
  allowedEntry,
  allowedNames,
  python3Name,
} from '#domain/gates/scan/pickle/allowed/allowed.ts';
import { dangerOf } from '#domain/gates/scan/pickle/dangerous.ts';
import { malicious } from './fixture.ts';

test('no allowed name is dotted, and none but one has double underscores on both sides', () => {
  const names = allowedNames().map((key) => key.split(' '));
  expect(names.filter((parts) => parts.length !== 2)).toEqual([]);
  expect(names.filter(([, name]) => name?.includes('.'))).toEqual([]);
  expect(names.filter(([, name]) => /^__.*__$/.test(name ?? ''))).toEqual([
    ['copyreg', '__newobj__'],
  ]);
});

test.each([
  ['builtins', 'eval'],
  ['builtins', 'getattr'],
  ['builtins', 'type'],
  ['operator', 'attrgetter'],
  ['functools', 'reduce'],
  ['os', 'system'],
  ['__proto__', 'constructor'],
  ['constructor', 'prototype'],
])('%s.%s is not allowed', (module, name) => {
  expect(allowedEntry(module, name)).toBeUndefined();
});

describe('names of Python 2', () => {
  test.each([
    ['__builtin__', 'set', 'builtins', 'set'],
    ['__builtin__', 'xrange', 'builtins', 'range'],
    ['copy_reg', '_reconstructor', 'copyreg', '_reconstructor'],
    ['numpy', 'ndarray', 'numpy', 'ndarray'],
  ])('%s.%s is %s.%s', (module, name, newModule, newName) => {
    expect(python3Name(module, name)).toEqual([newModule, newName]);
  });
});

test('every attack on a well-known callable says what that callable does', () => {
  const known = malicious().filter(
    ({ name, id }) => /^calls \w/.test(name) && id === 'pickle.dangerous-global',
  );
  expect(known.length).toBeGreaterThan(90);
  expect(dangerOf('os.path', 'join')).toBe('runs commands and reaches files');
  expect(dangerOf('osmosis', 'system')).toBeUndefined();
});
