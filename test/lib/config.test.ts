import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'deployment.json');
const read = (text: string) => {
  writeFileSync(file, text);
  return readConfig(file);
};

describe('readConfig', () => {
  it('gives every setting its value for production where no file is given', () => {
    expect(readConfig(undefined)).toEqual({
      env: {},
      retainData: true,
      deletionProtection: true,
      evidenceRetention: { mode: 'COMPLIANCE', days: 3650 },
      notify: {},
      savedQueries: true,
      advisories: { url: 'https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip' },
      evaluation: { repository: null },
      backends: { hosts: [], secrets: [], endpoints: [] },
      capture: { reservoirShare: 0, omit: [] },
      monitoring: { tickMinutes: 60 },
      api: { requestsPerSecond: 1000, burst: 1000 },
      inference: {
        memoryMiB: 2048,
        sessionCacheMiB: 1024,
        predictionCacheMiB: 64,
        redisUrlSecret: null,
        stagingConcurrency: 10,
        concurrency: null,
      },
    });
  });

  it('takes what a file says and leaves the rest as it is in production', () => {
    const config = read('{"env": {"account": "111122223333", "region": "eu-central-1"}}');
    expect(config).toEqual({
      ...readConfig(undefined),
      env: { account: '111122223333', region: 'eu-central-1' },
    });
  });

  it('reserves nothing for staging where null says so', () => {
    const given = { memoryMiB: 2048, sessionCacheMiB: 512, stagingConcurrency: null };
    expect(read(JSON.stringify({ inference: given })).inference).toMatchObject(given);
  });

  it('takes no cache of predictions, or one that a Redis shares', () => {
    const given = {
      memoryMiB: 512,
      sessionCacheMiB: 256,
      predictionCacheMiB: 0,
      redisUrlSecret: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:redis-AbCdEf',
      stagingConcurrency: 10,
    };
    expect(read(JSON.stringify({ inference: given })).inference).toMatchObject(given);
  });

  it.each([
    ['{"env": {"account": 111122223333}}', 'env.account: got 111122223333'],
    ['{"env": {"account": "1"}}', 'env.account: got "1", expected 12 digits, in quotes'],
    ['{"env": {"region": "Frankfurt"}}', 'env.region: got "Frankfurt", expected a region'],
    [
      '{"backends": {"hosts": ["https://models.example.com"]}}',
      'backends.hosts[0]: got "https://models.example.com", expected a lowercase host name',
    ],
    ['{"backends": {"secrets": ["token"]}}', 'backends.secrets[0]: got "token", expected the ARN'],
    ['{"backends": {"endpoints": ["a_b"]}}', 'backends.endpoints[0]: got "a_b", expected the name'],
    ['{"retainData": "no"}', 'retainData: got "no", expected a value of type boolean'],
    ['{"capture": {"reservoirShare": 0.5}}', 'capture.reservoirShare: got 0.5, expected at most'],
    [
      '{"evidenceRetention": {"mode": "NONE", "days": 1}}',
      'evidenceRetention.mode: got "NONE", expected one of COMPLIANCE, GOVERNANCE',
    ],
    [
      '{"evidenceRetention": {"mode": "COMPLIANCE", "days": 0}}',
      'evidenceRetention.days: got 0, expected at least 1',
    ],
    [
      '{"advisories": {"url": "http://example.com/all.zip"}}',
      'advisories.url: got "http://example.com/all.zip", expected an HTTPS URL without credentials',
    ],
    [
      '{"advisories": {"url": "https://me:secret@example.com/all.zip"}}',
      'advisories.url: got "https://me:secret@example.com/all.zip", expected an HTTPS URL without',
    ],
    [
      '{"notify": {"pagerDutySecret": "0123456789abcdef0123456789abcdef"}}',
      'notify.pagerDutySecret: got "0123456789abcdef0123456789abcdef", expected the ARN of a secret',
    ],
    [
      '{"notify": {"webhook": {"url": "http://ops.example.com", "secret": "arn:aws:secretsmanager:x"}}}',
      'notify.webhook.url: got "http://ops.example.com", expected an HTTPS URL without credentials',
    ],
    [
      '{"notify": {"github": {"repository": "models", "tokenSecret": "arn:aws:secretsmanager:x"}}}',
      'notify.github.repository: got "models", expected owner/name of a repository',
    ],
    ['{"notify": {"email": "me"}}', 'notify.email: got "me", expected an e-mail address'],
    [
      '{"inference": {"memoryMiB": 512, "sessionCacheMiB": 512}}',
      'inference.sessionCacheMiB: got 512, expected with predictionCacheMiB at least 256 less than memoryMiB',
    ],
    [
      '{"inference": {"memoryMiB": 512, "sessionCacheMiB": 256}}',
      'inference.sessionCacheMiB: got 256, expected with predictionCacheMiB at least 256 less',
    ],
    [
      '{"inference": {"memoryMiB": 2048, "sessionCacheMiB": 512, "predictionCacheMiB": -1}}',
      'inference.predictionCacheMiB: got -1, expected at least 0',
    ],
    [
      '{"inference": {"memoryMiB": 2048, "sessionCacheMiB": 512, "redisUrlSecret": "redis://cache"}}',
      'inference.redisUrlSecret: got "redis://cache", expected the ARN of a secret',
    ],
    [
      '{"inference": {"memoryMiB": 2048, "sessionCacheMiB": 512, "stagingConcurrency": 0}}',
      'inference.stagingConcurrency: got 0, expected at least 1',
    ],
    [
      '{"inference": {"memoryMiB": 2048, "sessionCacheMiB": 512, "concurrency": 0}}',
      'inference.concurrency: got 0, expected at least 1',
    ],
    ['{"api": {"requestsPerSecond": 0, "burst": 1}}', 'api.requestsPerSecond: got 0, expected'],
    ['{"api": {"requestsPerSecond": 10}}', 'api.burst: got nothing'],
    [
      '{"evaluation": {"repository": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/a:1"}}',
      'evaluation.repository: got "111122223333.dkr.ecr.eu-central-1.amazonaws.com/a:1", expected the name of a repository',
    ],
    ['{"reatinData": true}', 'reatinData: got an unknown field'],
  ])('refuses %s, naming the file, the field and the remedy', (text, problem) => {
    expect(() => read(text)).toThrow(`configuration ${file} is wrong:\n${problem}`);
    expect(() => read(text)).toThrow(`correct ${file}`);
  });

  it('names every wrong field at once', () => {
    expect(() => read('{"retainData": 1, "deletionProtection": 1}')).toThrow(
      /retainData.*\n.*deletionProtection/,
    );
  });

  it.each([
    ['is not JSON', file],
    ['is not there', join(folder, 'missing.json')],
  ])('names a file that %s', (_, path) => {
    writeFileSync(file, '{');
    expect(() => readConfig(path)).toThrow(`configuration ${path} cannot be read`);
  });
});

describe('docs/operating.md', () => {
  it('says of every setting what it does and what it is otherwise', () => {
    const text = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    const notify = { email: '', pagerDutySecret: '', webhook: '', github: '' };
    const settings = Object.entries({ ...readConfig(undefined), notify }).flatMap(
      ([name, value]) =>
        typeof value === 'object' ? Object.entries(value).map(([part]) => [name, part]) : [[name]],
    );
    for (const [name = '', part = ''] of settings) {
      const row = rows.find((line) => line.includes(`\`${name}`) && line.includes(part));
      expect(row, `${name}.${part}`).toBeDefined();
    }
  });
});
