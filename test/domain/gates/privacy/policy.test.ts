import { expect, it } from 'vitest';
import { DEFAULT_PRIVACY_POLICY, PrivacyPolicy } from '#domain/gates/privacy/policy.ts';

it('accepts its own defaults', () => {
  expect(PrivacyPolicy.parse(DEFAULT_PRIVACY_POLICY)).toEqual(DEFAULT_PRIVACY_POLICY);
});

it.each([
  ['trainingSamples', [0, 1, 2], [false, true, true]],
  ['predictions', [0, 1, 2], [false, true, true]],
  ['maxViolations', [-1, 0, 1], [false, true, true]],
  ['columnShareMin', [-0.01, 0, 0.01], [false, true, true]],
  ['columnShareMin', [0.99, 1, 1.01], [true, true, false]],
])('takes %s of %j as %j', (field, values, taken) => {
  const takes = (value: number) =>
    PrivacyPolicy.safeParse({ ...DEFAULT_PRIVACY_POLICY, [field]: value }).success;
  expect(values.map(takes)).toEqual(taken);
});

it.each([
  ['trainingSamples', 0, 'must be 1 or more'],
  ['columnShareMin', 1.5, 'Invalid input'],
  ['allowed', [{ kind: 'email', reason: '' }], 'why the model needs it'],
  ['allowed', [{ kind: 'shoe-size', reason: 'fits' }], 'Invalid'],
  ['unknown', 1, 'Invalid input'],
])('refuses %s = %j', (field, value, message) => {
  const parsed = PrivacyPolicy.safeParse({ ...DEFAULT_PRIVACY_POLICY, [field]: value });
  expect(parsed.error?.issues[0]?.message).toContain(message);
});
