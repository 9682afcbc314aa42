import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDigest } from '#domain/registry/digest.ts';
import {
  candidateTrial,
  Decision,
  MAX_DECISION_CHARACTERS,
  openDecision,
  sealDecision,
  trafficName,
  unitOf,
} from '#domain/serving/decision.ts';

const KEY = Buffer.alloc(32, 7);
const decision: Decision = {
  tenant: 'acme',
  model: 'risk',
  generation: 12,
  trial: 'candidate/0123456789abcdef',
  arm: 'stable',
  unit: 'ab'.repeat(16),
  by: 'user',
  at: 1_790_000_000_123,
};

const name = (length: number, more: string) =>
  fc
    .tuple(
      fc.constantFrom(...'abz09'),
      fc.array(fc.constantFrom(...`abz09-${more}`), { maxLength: length - 1 }),
    )
    .map(([first, rest]) => first + rest.join(''));
const anyDecision: fc.Arbitrary<Decision> = fc.record({
  tenant: name(40, ''),
  model: name(63, '._'),
  generation: fc.maxSafeNat(),
  trial: fc.oneof(
    name(40, '._'),
    fc.stringMatching(/^[0-9a-f]{16}$/).map((d) => `candidate/${d}`),
  ),
  arm: name(40, '._'),
  unit: fc.stringMatching(/^[0-9a-f]{32}$/),
  by: fc.constantFrom('user' as const, 'request' as const),
  at: fc.maxSafeNat(),
});

describe('a sealed decision', () => {
  it('is its fields and their HMAC-SHA256 as Node makes it', () => {
    const text = `v1:acme:risk:12:candidate/0123456789abcdef:stable:${'ab'.repeat(16)}:user:1790000000123`;
    const mac = createHmac('sha256', KEY).update(text).digest('hex');
    expect(sealDecision(KEY, decision)).toBe(`${text}:${mac}`);
  });

  it('opens to what was sealed, whatever that was, and stays short', () => {
    fc.assert(
      fc.property(anyDecision, (any) => {
        const text = sealDecision(KEY, any);
        expect(text.length).toBeLessThanOrEqual(MAX_DECISION_CHARACTERS);
        expect(openDecision(KEY, text)).toEqual(any);
      }),
    );
  });

  it('does not open once any character is another, missing or more', () => {
    const text = sealDecision(KEY, decision);
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === '0' ? '1' : '0';
      expect(openDecision(KEY, text.slice(0, i) + other + text.slice(i + 1))).toBeUndefined();
      expect(openDecision(KEY, text.slice(0, i) + text.slice(i + 1))).toBeUndefined();
    }
    expect(openDecision(KEY, `${text}0`)).toBeUndefined();
    expect(openDecision(KEY, text.toUpperCase())).toBeUndefined();
  });

  it("does not open by another tenant's key", () => {
    expect(openDecision(Buffer.alloc(32, 8), sealDecision(KEY, decision))).toBeUndefined();
  });

  it.each(['', ':', 'v1', 'a'.repeat(64), 'x'.repeat(401), '\u{1f600}'.repeat(70)])(
    'is not "%s"',
    (text) => {
      expect(openDecision(KEY, text)).toBeUndefined();
    },
  );

  it.each([
    ['of another version', 'v2:acme:risk:12:exp:a:UNIT:user:1'],
    ['with a field more', 'v1:acme:risk:12:exp:a:UNIT:user:1:2'],
    ['with a field less', 'v1:acme:risk:12:exp:a:UNIT:user'],
    ['with a generation that is no number', 'v1:acme:risk:x:exp:a:UNIT:user:1'],
    ['with an unknown unit', 'v1:acme:risk:12:exp:a:UNIT:session:1'],
  ])('does not open %s, even when truly signed', (_, form) => {
    const text = form.replace('UNIT', 'ab'.repeat(16));
    const mac = createHmac('sha256', KEY).update(text).digest('hex');
    expect(openDecision(KEY, `${text}:${mac}`)).toBeUndefined();
  });

  it.each([
    [{ tenant: 'a:b' }],
    [{ model: 'risk:x' }],
    [{ arm: 'a:b' }],
    [{ trial: 'candidate/x' }],
    [{ unit: 'ann' }],
    [{ generation: -1 }],
  ])('is not made of %j', (wrong) => {
    expect(() => sealDecision(KEY, { ...decision, ...wrong })).toThrow();
  });
});

describe('a unit', () => {
  it('is 16 bytes of a MAC of its own: no decision has its text', () => {
    const mac = createHmac('sha256', KEY).update('unit\0ann').digest('hex');
    expect(unitOf(KEY, 'ann')).toBe(mac.slice(0, 32));
    expect(Decision.safeParse({ ...decision, unit: unitOf(KEY, 'é\u{1f600}') }).success).toBe(true);
  });

  it('is another one for another tenant', () => {
    expect(unitOf(KEY, 'ann')).not.toBe(unitOf(Buffer.alloc(32, 8), 'ann'));
  });
});

describe('the trial of a rollout', () => {
  it('has its digest in decisions and one name in traffic', () => {
    const trial = candidateTrial(parseDigest('0123456789abcdef'.repeat(4)));
    expect(trial).toBe('candidate/0123456789abcdef');
    expect(trafficName(trial)).toBe('candidate');
    expect(trafficName('checkout')).toBe('checkout');
  });
});
