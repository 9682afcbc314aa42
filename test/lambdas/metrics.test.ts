import { afterEach, expect, it, vi } from 'vitest';
import { count, measure } from '../../lambdas/metrics.ts';

// Tests are silent; this one reads what is said. The logger asks once, when it is made.
vi.hoisted(() => vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'INFO'));

afterEach(() => {
  vi.restoreAllMocks();
});

it('counts by one line in the embedded metric format, which CloudWatch reads from the log', () => {
  const lines: unknown[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
  const before = Date.now();
  count({ Ecosystem: 'PyPI' }, { Refreshed: 1, Unreadable: 0 });
  expect(lines).toMatchObject([
    {
      Ecosystem: 'PyPI',
      Refreshed: 1,
      Unreadable: 0,
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: 'Assay',
            Dimensions: [['Ecosystem']],
            Metrics: [
              { Name: 'Refreshed', Unit: 'Count' },
              { Name: 'Unreadable', Unit: 'Count' },
            ],
          },
        ],
      },
    },
  ]);
  const [line] = lines as [{ _aws: { Timestamp: number } }];
  expect(line._aws.Timestamp).toBeGreaterThanOrEqual(before);
});

it('measures in units of its own', () => {
  const lines: unknown[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
  measure({ Model: 'risk' }, { LoadTime: { value: 12, unit: 'Milliseconds' } });
  expect(lines).toMatchObject([
    {
      LoadTime: 12,
      _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: 'LoadTime', Unit: 'Milliseconds' }] }] },
    },
  ]);
});

it('says in the line what is no dimension, and so no metric of its own', () => {
  const lines: unknown[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
  measure({ Model: 'risk' }, { Fallback: { value: 1, unit: 'Count' } }, { version: '1.0.0' });
  expect(lines).toMatchObject([
    { version: '1.0.0', _aws: { CloudWatchMetrics: [{ Dimensions: [['Model']] }] } },
  ]);
});
