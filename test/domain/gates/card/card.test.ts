import { describe, expect, it } from 'vitest';
import { bomOf } from '#domain/gates/card/bom.ts';
import { describeVersion } from '#domain/gates/card/card.ts';
import { cardHtml } from '#domain/gates/card/html.ts';
import { metricsOf } from '#domain/gates/card/metrics.ts';
import type { GateReport } from '#domain/gates/gate-result.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { digestB, linearIo, subject, versionRecord } from '../../../support/sample-release.ts';

const version = versionRecord();
const files = ['data/eval.csv', 'data/train.csv'].map((path) => ({
  path,
  sha256: digestB,
  size: 10,
  key: path,
  versionId: '1',
}));
const manifest: Manifest = {
  schema: 'assay.manifest/v1',
  name: 'iris',
  version: '1.0.0',
  format: 'onnx',
  entrypoint: 'model.onnx',
  files,
  io: linearIo,
  description: 'Tells <b>flowers</b> & "leaves" apart',
  evaluation: { dataset: 'data/eval.csv', target: 'y', task: 'multiclass-classification' },
  training: { dataset: 'data/train.csv', contract: 'data/contract.json' },
  lineage: { parents: ['0.9.0'], config: { algorithm: 'logistic regression' } },
  metrics: { accuracy: 0.99 },
  risk: 'limited',
};

const reportOf = (gate: string, fields: Partial<GateReport> = {}): GateReport => ({
  schema: 'assay.gate-result/v1',
  ...subject,
  gate,
  digest: version.digest,
  policyHash: version.policyHash,
  verdict: 'pass',
  checks: [{ id: `${gate}.x`, verdict: 'pass', observed: 0.96, threshold: 0.85, message: 'fine' }],
  evidence: {},
  startedAt: version.createdAt,
  durationMs: 1,
  ...fields,
});
const measured = {
  candidate: {
    quality: { ok: true, value: { task: 'x', rows: 228, accuracy: 0.9605, ece: 0.02 } },
    peakMemoryMiB: { ok: true, value: 91 },
  },
  latency: { ok: true, value: { candidate: { p50Ms: 0.1, p95Ms: 0.25 } } },
  baseline: { quality: { ok: true, value: { accuracy: 0.5 } } },
};
const reported = [reportOf('security'), reportOf('performance', { evidence: measured })].map(
  (report) => ({ report, sha256: 'ab'.repeat(32) }),
);
const card = describeVersion(version, { files, manifest }, reported);

describe('the card of a version', () => {
  it('says what the version is and who submitted it', () => {
    expect(card).toMatchObject({
      schema: 'assay.model-card/v1',
      model: 'iris',
      digest: version.digest,
      policyHash: version.policyHash,
      submitter: 'sam',
      task: 'multiclass-classification',
      risk: 'limited',
      claimedMetrics: { accuracy: 0.99 },
    });
  });

  it('names the rows that it was trained and judged on by their hashes', () => {
    expect(card.datasets).toEqual([
      { use: 'training', name: 'data/train.csv', sha256: digestB },
      { use: 'evaluation', name: 'data/eval.csv', sha256: digestB },
    ]);
  });

  it('keeps what was measured apart from what is claimed, and the version from its baseline', () => {
    expect(card.metrics).toEqual([
      { type: 'rows', value: 228 },
      { type: 'accuracy', value: 0.9605 },
      { type: 'ece', value: 0.02 },
      { type: 'p50Ms', value: 0.1 },
      { type: 'p95Ms', value: 0.25 },
      { type: 'peakMemoryMiB', value: 91 },
    ]);
  });

  it('lists every check of every gate, in one order whatever order they come in', () => {
    expect(card.gates.map(({ gate }) => gate)).toEqual(['performance', 'security']);
    expect(card.gates[1]?.checks).toEqual(reportOf('security').checks);
    expect(describeVersion(version, { files, manifest }, [...reported].reverse())).toEqual(card);
  });

  it('says nothing where nothing is known', () => {
    const { schema, name, format, entrypoint, io } = manifest;
    const bare = { schema, name, version: '1.0.0', format, entrypoint, files, io };
    const keys = Object.keys(describeVersion(version, { files, manifest: bare }, []));
    expect(keys).not.toContain('task');
    expect(keys).not.toContain('risk');
    expect(keys).not.toContain('claimedMetrics');
  });
});

describe('the metrics of a report', () => {
  it.each([
    ['a gate that measures nothing', reportOf('schema', { evidence: measured })],
    ['a performance gate that measured nothing', reportOf('performance')],
    ['evidence of another form', reportOf('performance', { evidence: { candidate: [1] } })],
  ])('are none from %s', (_, report) => {
    expect(metricsOf(report)).toEqual([]);
  });
});

describe('the page', () => {
  const page = cardHtml(card);

  it('shows every check and metric', () => {
    expect(page).toContain('<td>security.x</td><td>pass</td><td>0.96</td><td>0.85</td>');
    expect(page).toContain('<td>accuracy</td><td>0.9605</td><td>all</td>');
  });

  it('takes what submitters wrote for text', () => {
    expect(page).toContain('Tells &lt;b&gt;flowers&lt;/b&gt; &amp; &quot;leaves&quot; apart');
    expect(page).not.toContain('<b>');
  });

  it('loads nothing from anywhere', () => {
    expect(page).not.toMatch(/<(script|link|img|iframe)|src=|href=|url\(/);
    expect(page).toContain(`default-src 'none'`);
  });
});

describe('the bill of materials', () => {
  it('carries the card', () => {
    expect(bomOf(card, [], '1.2.3')).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: {
        tools: { components: [{ name: 'assay', version: '1.2.3' }] },
        component: {
          name: 'iris',
          modelCard: {
            modelParameters: {
              approach: { type: 'supervised' },
              modelArchitecture: 'logistic regression',
            },
            quantitativeAnalysis: {
              performanceMetrics: expect.arrayContaining([{ type: 'accuracy', value: '0.9605' }]),
            },
          },
        },
      },
    });
  });
});
