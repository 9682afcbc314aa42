import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgePrivacy, type PrivacyEvidence } from '#domain/gates/privacy/judge.ts';
import { judgeColumns } from '#domain/gates/privacy/judge-columns.ts';
import { scanTable } from '#domain/gates/privacy/pii-column.ts';
import { DEFAULT_PRIVACY_POLICY as policy } from '#domain/gates/privacy/policy.ts';
import type { Table } from '#domain/gates/table.ts';
import { PUBLISHED } from './corpus.ts';

const table = (header: readonly string[], ...rows: readonly (readonly string[])[]) => ({
  ok: true as const,
  value: { header, rows } satisfies Table,
});
const clean: PrivacyEvidence = {
  trainingSamples: table(['load', 'text'], ['0.5', 'high'], ['0.7', 'low']),
  predictions: table(['score'], ['0.9']),
  texts: [{ where: 'model.onnx: producer_name', text: 'skl2onnx' }],
  unread: [],
  policy,
};
const outcomes = (evidence: PrivacyEvidence) =>
  judgePrivacy(evidence).map(({ id, verdict, where }) => [id, verdict, where]);

describe('a version', () => {
  it('passes with what it looked at when nothing personal is there', () => {
    expect(judgePrivacy(clean)).toMatchObject([
      { id: 'privacy.training-samples', verdict: 'pass', observed: { rows: 2, violations: 0 } },
      { id: 'privacy.predictions', verdict: 'pass', observed: { rows: 1, violations: 0 } },
      { id: 'privacy.artifact', verdict: 'pass', observed: { texts: 1, violations: 0 } },
    ]);
  });

  it('fails by one e-mail address in its samples, which is counted and located', () => {
    const trainingSamples = table(['load', 'note'], ['0.5', 'ask ann@example.org'], ['0.7', '']);
    const [summary, check] = judgePrivacy({ ...clean, trainingSamples });
    expect(summary).toMatchObject({ verdict: 'fail', observed: { violations: 1, blocked: 1 } });
    expect(check).toMatchObject({
      id: 'privacy.training-samples.email',
      verdict: 'fail',
      where: 'note',
      observed: { hits: 1, share: 1 },
    });
    expect(check?.message).toContain('mask or tokenise');
  });

  it('is looked at as far as the policy says', () => {
    const rows = Array.from({ length: 101 }, (_, row) => [row < 100 ? 'fine' : 'ann@example.org']);
    const trainingSamples = table(['note'], ...rows);
    const predictions = table(['answer'], ...rows.slice(50));
    expect(judgePrivacy({ ...clean, trainingSamples, predictions })).toMatchObject([
      { verdict: 'pass', observed: { rows: 100 } },
      { verdict: 'pass', observed: { rows: 50 } },
      { verdict: 'pass' },
    ]);
  });

  it('is looked at in the rows that judge it too, where it brings some', () => {
    const evaluationSamples = table(['note'], ['ask ann@example.org']);
    expect(outcomes({ ...clean, evaluationSamples })).toContainEqual([
      'privacy.evaluation-samples.email',
      'fail',
      'note',
    ]);
  });

  it('may have as many violations in its rows as the policy tolerates', () => {
    const rows = (count: number) => Array.from({ length: count }, (_, i) => [`p${i}@example.org`]);
    const verdict = (count: number) => {
      const lenient = { ...policy, maxViolations: 2 };
      const evidence = { ...clean, predictions: table(['answer'], ...rows(count)) };
      return judgePrivacy({ ...evidence, policy: lenient })[1]?.verdict;
    };
    expect([1, 2, 3].map(verdict)).toEqual(['pass', 'pass', 'fail']);
  });

  it('is undecided while texts of it were not looked at', () => {
    const unread = ['long.txt: all but its first 5 bytes', 'b'];
    expect(judgePrivacy({ ...clean, unread }).at(-1)).toMatchObject({
      id: 'privacy.unread',
      verdict: 'inconclusive',
      message: expect.stringContaining('long.txt: all but its first 5 bytes (and 1 more)'),
    });
  });

  it('hears of the first 200 findings, and how many there are', () => {
    const texts = Array.from({ length: 201 }, (_, i) => ({
      where: `a.json: [${i}]`,
      text: `p${i}@example.org`,
    }));
    const checks = judgePrivacy({ ...clean, texts });
    expect(checks[2]).toMatchObject({ verdict: 'fail', observed: { violations: 201 } });
    expect(checks).toHaveLength(3 + 200);
  });

  it('is undecided without samples or predictions', () => {
    const trainingSamples = table(['note']);
    const predictions = {
      ok: false,
      verdict: 'inconclusive',
      reason: 'no session opened',
    } as const;
    expect(judgePrivacy({ ...clean, trainingSamples, predictions })).toMatchObject([
      { verdict: 'inconclusive', message: expect.stringContaining('"training"') },
      { verdict: 'inconclusive', message: 'no session opened' },
      { verdict: 'pass' },
    ]);
  });

  it('passes with what the policy allows there, and says the reason', () => {
    const allowed = [{ kind: 'email', column: 'note', reason: 'routes support mail' }] as const;
    const evidence = {
      ...clean,
      trainingSamples: table(['note', 'other'], ['ann@example.org', 'bob@example.org']),
      policy: { ...policy, allowed: [...allowed] },
    };
    const [summary, note, other] = judgePrivacy(evidence);
    expect(summary?.observed).toMatchObject({ violations: 1, allowed: 1 });
    expect(note).toMatchObject({ verdict: 'pass', where: 'note' });
    expect(note?.message).toContain('routes support mail');
    expect(other).toMatchObject({ verdict: 'fail', where: 'other' });
  });

  it('may have as many violations as the policy tolerates, but no secret', () => {
    const lenient = { ...clean, policy: { ...policy, maxViolations: 1 } };
    const text = (each: string) => [{ where: 'config.json: x', text: each }];
    expect(outcomes({ ...lenient, texts: text('ann@example.org') }).slice(2)).toEqual([
      ['privacy.artifact', 'pass', undefined],
      ['privacy.artifact.email', 'pass', 'config.json: x'],
    ]);
    expect(outcomes({ ...lenient, texts: text('AKIAIOSFODNN7EXAMPLE') }).slice(2)).toEqual([
      ['privacy.artifact', 'fail', undefined],
      ['privacy.artifact.aws-access-key', 'fail', 'config.json: x'],
    ]);
  });

  it('is judged by the key a text stands under', () => {
    const texts = [{ where: 'manifest.json: owner', name: 'owner_ssn', text: '078051121' }];
    expect(outcomes({ ...clean, texts })).toContainEqual([
      'privacy.artifact.us-ssn',
      'fail',
      'manifest.json: owner',
    ]);
  });

  it('hears of names that announce what their cells do not show', () => {
    const trainingSamples = table(['patient_last_name'], ['9f86d081'], ['60303ae2']);
    const [summary] = judgePrivacy({ ...clean, trainingSamples });
    expect(summary?.verdict).toBe('pass');
    expect(summary?.message).toContain('patient_last_name');
  });
});

it('never tells a value, wherever it stands', () => {
  const strings = PUBLISHED.flatMap(({ found, named = [] }) => [...found, ...named]);
  const personal = fc.constantFrom(...strings.filter((each) => each.length > 8));
  fc.assert(
    fc.property(personal, personal, (name, cell) => {
      const rows = table([name, 'ssn'], [cell, cell]);
      const texts = [{ where: `a.json: ${name}`, text: cell }];
      const evidence = { trainingSamples: rows, predictions: rows, texts, unread: [], policy };
      const said = JSON.stringify(judgePrivacy(evidence));
      expect(said).not.toContain(JSON.stringify(cell).slice(1, -1));
    }),
  );
});

describe('a dataset', () => {
  const emails = (hits: number) =>
    Array.from({ length: 1000 }, (_, row) => [row < hits ? `p${row}@example.org` : 'none']);
  const judged = (hits: number) =>
    judgeColumns(scanTable({ header: ['note'], rows: emails(hits) }), policy);

  it('is personal where the share is surely 1 %', () => {
    expect(judged(16)).toMatchObject([
      { id: 'dataset.pii', verdict: 'pass', observed: { blocked: 0, traces: 1 } },
    ]);
    expect(judged(17)).toMatchObject([
      { id: 'dataset.pii', verdict: 'fail', observed: { blocked: 1, traces: 0 } },
      { id: 'dataset.pii.email', verdict: 'fail', where: 'note', observed: { hits: 17 } },
    ]);
  });

  it('is personal at the share that the policy names, and not below it', () => {
    const columns = scanTable({ header: ['note'], rows: emails(40) });
    const share = columns[0]?.findings()[0]?.shareLower ?? Number.NaN;
    const verdict = (columnShareMin: number) =>
      judgeColumns(columns, { ...policy, columnShareMin })[0]?.verdict;
    expect([share - 1e-9, share, share + 1e-9].map(verdict)).toEqual(['fail', 'fail', 'pass']);
  });

  it('is blocked by a single secret', () => {
    const rows = [...emails(0), ['key AKIAIOSFODNN7EXAMPLE']];
    const checks = judgeColumns(scanTable({ header: ['note'], rows }), policy);
    expect(checks.map(({ verdict }) => verdict)).toEqual(['fail', 'fail']);
  });

  it('without cells is undecided', () => {
    const checks = judgeColumns(scanTable({ header: ['note'], rows: [] }), policy);
    expect(checks).toMatchObject([{ verdict: 'inconclusive' }]);
  });
});
