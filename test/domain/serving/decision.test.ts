import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestStart, parseDigest } from '#domain/registry/digest.ts';
import {
  candidateTrial,
  Decision,
  isOnTrial,
  MAX_DECISION_CHARACTERS,
  openDecision,
  sealDecision,
  servedTrial,
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
const start = fc.stringMatching(/^[0-9a-f]{16}$/);
const assigned = fc.record({
  tenant: name(40, ''),
  model: name(63, '._'),
  generation: fc.maxSafeNat(),
  trial: fc.oneof(
    name(40, '._'),
    start.map((d) => `candidate/${d}`),
    start.map((d) => `served/${d}`),
  ),
  arm: name(40, '._'),
  unit: fc.stringMatching(/^[0-9a-f]{32}$/),
  by: fc.constantFrom('user' as const, 'request' as const),
  at: fc.maxSafeNat(),
});
/** Of the form that names who answered, and of the one before it. */
const anyDecision: fc.Arbitrary<Decision> = fc
  .tuple(assigned, fc.option(start, { nil: undefined }))
  .map(([some, answered]) => ({ ...some, ...(answered !== undefined && { answered }) }));

describe('a sealed decision', () => {
  it('is its fields and their HMAC-SHA256 as Node makes it', () => {
    const text = `v1:acme:risk:12:candidate/0123456789abcdef:stable:${'ab'.repeat(16)}:user:1790000000123`;
    const mac = createHmac('sha256', KEY).update(text).digest('hex');
    expect(sealDecision(KEY, decision)).toBe(`${text}:${mac}`);
  });

  it('has the version that answered as its last field, in a form of its own', () => {
    const text = `v2:acme:risk:12:candidate/0123456789abcdef:stable:${'ab'.repeat(16)}:user:1790000000123:fedcba9876543210`;
    const mac = createHmac('sha256', KEY).update(text).digest('hex');
    const whole = { ...decision, answered: 'fedcba9876543210' };
    expect(sealDecision(KEY, whole)).toBe(`${text}:${mac}`);
    expect(openDecision(KEY, `${text}:${mac}`)).toEqual(whole);
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
    ['of another version', 'v3:acme:risk:12:exp:a:UNIT:user:1'],
    ['of the second form without who answered', 'v2:acme:risk:12:exp:a:UNIT:user:1'],
    ['of the first form with who answered', 'v1:acme:risk:12:exp:a:UNIT:user:1:0123456789abcdef'],
    ['with an answering version that is none', 'v2:acme:risk:12:exp:a:UNIT:user:1:main'],
    ['with two of them', 'v2:acme:risk:12:exp:a:UNIT:user:1:0123456789abcdef:0123456789abcdef'],
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

describe('an answer on no trial', () => {
  it('names the version that served, which is no trial to count by', () => {
    const digest = parseDigest('0123456789abcdef'.repeat(4));
    expect(digestStart(digest)).toBe('0123456789abcdef');
    const trial = servedTrial(digest);
    expect(trial).toBe('served/0123456789abcdef');
    expect(isOnTrial({ trial })).toBe(false);
    expect(isOnTrial({ trial: candidateTrial(digest) })).toBe(true);
    expect(isOnTrial({ trial: 'served' })).toBe(true);
    expect(trafficName(trial)).toBe(trial);
  });
});
