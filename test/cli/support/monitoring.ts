const AT = '2026-03-01T10:00:00.000Z';
const lately = (): string => new Date(Date.now() - 60_000).toISOString();

export const headline = (more: Readonly<Record<string, unknown>> = {}) => ({
  id: '019ca8c1-0000-7000-8000-000000000001',
  at: AT,
  kinds: ['drift', 'health'],
  version: '1.1.0',
  digest: 'ab'.repeat(32),
  outcome: 'DRIFT',
  level: 'page',
  drifted: ['input/radius', 'input/texture'],
  ...more,
});

/** A model whose inputs drift, as the API tells it. */
export const monitored = (more: Readonly<Record<string, unknown>> = {}) => ({
  model: 'iris',
  version: '1.1.0',
  digest: 'ab'.repeat(32),
  alarms: [
    { watched: 'input-drift', raised: 'page', since: AT, checkedAt: AT, ratio: 2.5 },
    { watched: 'errors', raised: null, checkedAt: AT, ratio: 0.04 },
  ],
  blocked: { since: AT, by: 'input-drift (page)' },
  retrainings: [AT],
  checkedAt: { drift: AT, health: AT },
  overdue: [],
  updatedAt: AT,
  latest: headline(),
  ...more,
});

/** As of a version that the first tick has seen. */
export const checkedNow = (): Record<string, string> => ({
  ...{ drift: lately(), performance: lately(), health: lately() },
});

/** A quiet model that was checked just now. */
export const quiet = (more: Readonly<Record<string, unknown>> = {}) =>
  monitored({
    alarms: [{ watched: 'errors', raised: null, checkedAt: AT, ratio: 0.04 }],
    blocked: undefined,
    retrainings: [],
    checkedAt: checkedNow(),
    ...more,
  });

/** A model that nobody has checked yet, as the API tells it. */
export const unchecked = (model = 'iris') => ({
  ...{ model, version: '1.1.0', alarms: [], retrainings: [], overdue: [] },
});
