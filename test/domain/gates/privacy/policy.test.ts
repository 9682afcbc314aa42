import { expect, it } from 'vitest';
import { DEFAULT_PRIVACY_POLICY, PrivacyPolicy } from '#domain/gates/privacy/policy.ts';

it('accepts its own defaults', () => {
  expect(PrivacyPolicy.parse(DEFAULT_PRIVACY_POLICY)).toEqual(DEFAULT_PRIVACY_POLICY);
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
