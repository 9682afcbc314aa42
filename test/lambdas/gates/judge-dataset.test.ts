import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '#domain/gates/policy.ts';
import type { Verdict } from '#domain/gates/verdict.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { judgeDataset } from '../../../lambdas/gates/judge-dataset.ts';
import { contractOf, HEADER, type Row, soundRows } from '../../domain/gates/dataset/fixture.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { manifestOf, releaseOf, versionRecord } from '../../support/sample-release.ts';

const DAY = 86_400;
const NOW = Date.UTC(2024, 2, 11) / 1000;
const csv = (rows: readonly Row[], header: Row = HEADER) =>
  [header, ...rows].map((row) => row.join(',')).join('\n');

const TRAIN = soundRows(12_000).slice(0, 11_000);
const TEST = soundRows(12_000).slice(11_000);

let artifacts: MemoryArtifacts;
beforeEach(() => {
  artifacts = new MemoryArtifacts();
});

interface Given {
  readonly data?: string | Uint8Array;
  readonly dataset?: string;
  readonly contract?: string;
  readonly evaluation?: string;
  readonly manifest?: Partial<Manifest>;
}

/** An artifact with its training and evaluation rows in the bucket. */
function stored({
  data = csv(TRAIN),
  dataset = 'train.csv',
  contract = JSON.stringify(contractOf()),
  evaluation = csv(TEST),
  manifest = {},
}: Given = {}): ArtifactRecord {
  const bodies = { [dataset]: data, 'contract.json': contract, 'eval.csv': evaluation };
  const files: PinnedFile[] = Object.entries(bodies).map(([path, body]) => {
    const bytes = Buffer.from(body);
    return { path, sha256: sha256Hex(bytes), size: bytes.length, ...artifacts.write(path, bytes) };
  });
  return {
    schema: 'assay.artifact/v1',
    digest: sha256Hex(Buffer.from('artifact')),
    bucket: artifacts.name,
    files,
    manifest: manifestOf(bodies, {
      training: { dataset, contract: 'contract.json' },
      evaluation: { dataset: 'eval.csv', target: 'failed', task: 'binary-classification' },
      ...manifest,
    }),
  };
}

interface Circumstances {
  readonly policy?: Partial<Policy>;
  readonly clock?: () => number;
}

async function judge(record: ArtifactRecord, { policy, clock = () => 0 }: Circumstances = {}) {
  const { checks, evidence } = await judgeDataset({ artifacts, clock, nowSeconds: () => NOW })({
    record,
    release: releaseOf(versionRecord({ digest: sha256Hex(Buffer.from('artifact')) })),
    policy: { ...DEFAULT_POLICY, ...policy },
  });
  const found = checks.filter(({ verdict }) => verdict !== 'pass');
  const verdicts: Record<string, Verdict> = Object.fromEntries(
    checks.map(({ id, verdict }) => [id, verdict]),
  );
  return { checks, found, verdicts, evidence };
}

describe('judgeDataset', () => {
  it('passes sound rows, check by check, and keeps what it measured', async () => {
    const { found, verdicts, evidence } = await judge(stored());
    expect(found).toEqual([]);
    expect(Object.keys(verdicts)).toHaveLength(15);
    expect(evidence).toMatchObject({
      dataset: { path: 'train.csv', sha256: sha256Hex(Buffer.from(csv(TRAIN))) },
      profile: { rows: 11_000, duplicates: { count: 0, exact: true } },
      overlap: { ok: true, value: { rows: 0, compared: 1000 } },
    });
    expect(JSON.stringify(evidence)).not.toContain('"eu"');
  });

  it.each(['jsonl', 'parquet'])('finds the same in %s', async (format) => {
    const data =
      format === 'jsonl'
        ? TRAIN.map(([load, region, failed]) =>
            JSON.stringify({ load: Number(load), region, failed: failed === 'true' }),
          ).join('\n')
        : new Uint8Array(
            parquetWriteBuffer({
              columnData: [
                { name: 'load', data: TRAIN.map(([load]) => Number(load)), type: 'DOUBLE' },
                { name: 'region', data: TRAIN.map(([, region]) => region), type: 'STRING' },
                { name: 'failed', data: TRAIN.map((row) => row[2] === 'true'), type: 'BOOLEAN' },
              ],
            }),
          );
    const { verdicts, evidence } = await judge(stored({ data, dataset: `train.${format}` }));
    const csvs = await judge(stored());
    expect(verdicts).toEqual(csvs.verdicts);
    expect(evidence?.profile).toEqual(csvs.evidence?.profile);
  });

  it('is inconclusive about a version that declares no training data', async () => {
    const { training: _none, ...manifest } = stored().manifest;
    const { checks } = await judge({ ...stored(), manifest });
    expect(checks).toEqual([
      expect.objectContaining({ id: 'dataset.rows', verdict: 'inconclusive' }),
    ]);
    expect(checks[0]?.message).toMatch(/declare both .* take the gate out of gates\.required/);
  });

  it('is inconclusive by a contract that it cannot read, and says what is wrong', async () => {
    const broken = await judge(stored({ contract: '{"schema":"assay.dataset/v1"}' }));
    expect(broken.checks).toHaveLength(1);
    expect(broken.checks[0]).toMatchObject({ verdict: 'inconclusive' });
    expect(broken.checks[0]?.message).toMatch(/^columns: got nothing, .*; correct contract\.json/);
    const text = await judge(stored({ contract: 'columns: []' }));
    expect(text.checks[0]?.message).toContain('expected a JSON document');
  });

  it('is inconclusive about rows that break off their format, or have none known', async () => {
    const quoted = await judge(stored({ data: `${csv(TRAIN)}\n1,"eu` }));
    expect(quoted.checks).toEqual([
      expect.objectContaining({
        id: 'dataset.rows',
        verdict: 'inconclusive',
        message: expect.stringContaining('at row 11001'),
      }),
    ]);
    const { checks } = await judge(stored({ dataset: 'train.xlsx' }));
    expect(checks[0]).toMatchObject({ verdict: 'inconclusive' });
    expect(checks[0]?.message).toContain('ends in .csv');
  });

  it('fails rows that break the contract, and says where', async () => {
    const rows = TRAIN.with(4, ['heavy', 'eu', 'true']);
    const { found } = await judge(stored({ data: csv(rows) }));
    expect(found).toEqual([
      expect.objectContaining({ id: 'dataset.types', where: 'column load, rows 5' }),
    ]);
  });

  it('fails training on rows that judge, whatever the evaluation calls the label', async () => {
    const evaluation = csv([...TEST, TRAIN[7] as Row], ['load', 'region', 'outcome']);
    const target = {
      dataset: 'eval.csv',
      target: 'outcome',
      task: 'binary-classification',
    } as const;
    const record = stored({ evaluation, manifest: { evaluation: target } });
    const { found } = await judge(record);
    expect(found).toEqual([
      expect.objectContaining({ id: 'dataset.overlap', observed: 1 / 1001, threshold: 0 }),
    ]);
  });

  it('compares with the rows that are pinned for the model, not with its own', async () => {
    const pinned = csv([TRAIN[0] as Row]);
    const at = artifacts.write('pinned.csv', pinned);
    const evaluation = {
      dataset: 'x.csv',
      target: 'failed',
      task: 'binary-classification',
    } as const;
    const holdout = { bucket: 'b', ...at, sha256: sha256Hex(Buffer.from(pinned)), evaluation };
    const { found, evidence } = await judge(stored(), { policy: { holdout } });
    expect(found).toEqual([expect.objectContaining({ id: 'dataset.overlap', observed: 1 })]);
    expect(evidence?.judgedBy).toBe(holdout.sha256);
  });

  it('does not take a version without judging rows for one that has none in common', async () => {
    const { evaluation: _none, ...manifest } = stored().manifest;
    const { found } = await judge({ ...stored(), manifest });
    expect(found).toEqual([
      expect.objectContaining({ id: 'dataset.overlap', verdict: 'inconclusive' }),
    ]);
  });

  it('fails personal data in any column, ignored ones too, and tells no value', async () => {
    const contract = contractOf({ ignored: ['note'] });
    const rows = TRAIN.map((row, n) => [...row, n % 50 === 0 ? `ann${n}@corp.org` : '']);
    const data = csv(rows, [...HEADER, 'note']);
    const { found, evidence } = await judge(stored({ data, contract: JSON.stringify(contract) }));
    expect(found).toContainEqual(
      expect.objectContaining({ id: 'dataset.pii.email', verdict: 'fail', where: 'note' }),
    );
    expect(JSON.stringify([found, evidence])).not.toContain('@corp.org');
    const allowed = [{ kind: 'email', column: 'note', reason: 'they are invented' } as const];
    const privacy = { ...DEFAULT_POLICY.privacy, allowed };
    const again = await judge(stored({ data, contract: JSON.stringify(contract) }), {
      policy: { privacy },
    });
    expect(again.found).toEqual([]);
  });

  it('judges by the policy of the release', async () => {
    const dataset = { ...DEFAULT_POLICY.dataset, rowsMin: 11_001, maxAgeDays: 9 };
    const { found } = await judge(stored(), { policy: { dataset } });
    expect(found.map(({ id }) => id)).toEqual(['dataset.rows', 'dataset.freshness']);
    expect(found[1]?.observed).toBeCloseTo((NOW - Date.UTC(2024, 2, 1) / 1000) / DAY);
  });

  it.each(['train.csv', 'contract.json', 'eval.csv'])(
    'stops at %s when it changed',
    async (path) => {
      const record = stored();
      const file = record.files.find((one) => one.path === path) as PinnedFile;
      artifacts.tamper(file, `${Buffer.from(await artifacts.read(file))} `);
      const { found } = await judge(record);
      expect(found).toEqual([
        expect.objectContaining({
          verdict: 'error',
          message: expect.stringContaining(`${path} changed since`),
        }),
      ]);
    },
  );

  it('stops at a Parquet file that changed where no row is read', async () => {
    const columnData = [{ name: 'load', data: [1, 2], type: 'DOUBLE' as const }];
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData }));
    const record = stored({ data: bytes, dataset: 'train.parquet' });
    artifacts.tamper(record.files[0] as PinnedFile, bytes.with(3, 0x32));
    expect((await judge(record)).checks).toEqual([expect.objectContaining({ verdict: 'error' })]);
  });

  it('is inconclusive about what it had no time to read', async () => {
    let now = 0;
    const { checks } = await judge(stored(), { clock: () => (now += 2 * 60_000) });
    expect(checks).toEqual([
      expect.objectContaining({
        verdict: 'inconclusive',
        message: 'there was time for 4000 rows and no more; give a sample that is drawn at random',
      }),
    ]);
  });
});
