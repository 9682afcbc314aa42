const AT = '2026-03-01T10:00:00.000Z';

/** A rollout as the API tells it, in its second step; what differs as given. */
export const rollout = (more: Readonly<Record<string, unknown>> = {}) => ({
  id: 'ro-1',
  version: '1.1.0',
  digest: 'ab'.repeat(32),
  baseline: '1.0.0',
  status: 'RUNNING',
  paused: false,
  step: 2,
  steps: [5, 25, 100],
  share: 0.25,
  createdAt: AT,
  updatedAt: AT,
  begun: [{ step: 2, generation: 8, at: AT }],
  look: {
    number: 14,
    at: AT,
    step: 2,
    outcome: 'INSUFFICIENT',
    checks: [
      {
        id: 'harm',
        verdict: 'pass',
        observed: 0.1,
        threshold: 3.7,
        message: 'no harm shown: evidence of 1.1',
      },
      {
        id: 'exposures',
        verdict: 'inconclusive',
        observed: 460,
        threshold: 1000,
        message: 'the canary served 460 units in this step, 1000 needed',
      },
    ],
    nextAt: '2126-03-01T10:00:31.000Z',
  },
  traffic: {
    candidate: { exposures: 1200, failures: 3, kinds: { threw: 3 } },
    stable: { exposures: 3600, failures: 0, kinds: {} },
  },
  route: { generation: 12, mode: 'canary', leaseUntil: '2126-03-01T10:01:31.000Z' },
  ...more,
});

export const ended = (reason: string) => ({ at: AT, by: 'look-at-rollout', reason });

/** A rollback as the API tells it. */
export const rollback = (more: Readonly<Record<string, unknown>> = {}) => ({
  id: 'rb-1',
  status: 'VERIFIED',
  version: '1.1.0',
  to: '1.0.0',
  mode: 'critical',
  severity: 'critical',
  trigger: 'person',
  actor: 'dora',
  reason: 'wrong units',
  checks: [{ id: 'residual', verdict: 'pass', message: 'no request reached it since' }],
  createdAt: AT,
  updatedAt: AT,
  ...more,
});
