import { beforeEach, describe, expect, it } from 'vitest';
import { blockCheck, PromotionBlocks } from '#aws/promotion-blocks.ts';
import { monitoringKey } from '#domain/registry/keys.ts';
import type { PromotionBlock } from '#domain/rollout/record.ts';
import { ConditionalTable } from '../../support/conditional-table.ts';
import { digestA, digestB } from '../../support/sample-release.ts';
import { act } from '../../support/transactions.ts';

const model = { tenant: 'acme', model: 'churn' };
let table: ConditionalTable;
beforeEach(() => {
  table = new ConditionalTable();
});

const block = () => new PromotionBlocks(table.registry).of(model, digestA);
const passes = async (despite?: PromotionBlock) => {
  const entry = { ...act, type: 'rollout.step', tenant: 'acme', subject: 'acme/churn', data: {} };
  return table.registry.transact({ ...entry, type: 'rollout.step' }, [
    blockCheck(model, digestA, despite),
  ]);
};

describe('a model', () => {
  it('that nobody has checked yet is not blocked', async () => {
    expect(await block()).toBeUndefined();
    expect(await passes()).toEqual({ ok: true });
  });

  it('is not blocked where its last check says so', async () => {
    table.put(monitoringKey(model), { blocked: false });
    expect(await block()).toBeUndefined();
    expect(await passes()).toEqual({ ok: true });
  });

  it('is not blocked by what has ended, though its time is kept to tell later ones apart', async () => {
    table.put(monitoringKey(model), { blocked: false, blockedSince: '2026-01-01T00:00:00.000Z' });
    expect(await block()).toBeUndefined();
    expect(await passes()).toEqual({ ok: true });
  });

  it('is blocked since a time and for a reason', async () => {
    const state = { blocked: true, blockedSince: '2026-01-01T00:00:00.000Z', blockedBy: 'drift' };
    table.put(monitoringKey(model), state);
    expect(await block()).toEqual({ since: '2026-01-01T00:00:00.000Z', by: 'drift' });
    expect(await passes()).toEqual({ ok: false, failed: ['monitoring'] });
  });

  const SINCE = '2026-01-01T00:00:00.000Z';
  const by = 'errors (critical)';
  it.each([
    ['that very block', { since: SINCE, by }, SINCE, true],
    ['an earlier block', { since: SINCE, by }, '2026-01-02T00:00:00.000Z', false],
    ['a block since a time that is not said any more', { since: SINCE, by }, undefined, false],
    ['a block since an unknown time', { by }, SINCE, false],
    ['a block since an unknown time, as this one is', { by }, undefined, false],
  ])(
    'lets pass what a person gave leave despite %s: only the same',
    async (_, despite, since, ok) => {
      table.put(monitoringKey(model), { blocked: true, ...(since && { blockedSince: since }) });
      expect(await passes(despite)).toEqual(ok ? { ok } : { ok, failed: ['monitoring'] });
    },
  );

  it('is blocked where its state does not say, by reading and by the condition alike', async () => {
    table.put(monitoringKey(model), {});
    expect(await block()).toMatchObject({ by: expect.any(String) });
    expect(await passes()).toEqual({ ok: false, failed: ['monitoring'] });
  });

  it('is not blocked by what the version before suffered from', async () => {
    table.put(monitoringKey(model), { blocked: true, digest: digestB });
    expect(await block()).toBeUndefined();
    expect(await passes()).toEqual({ ok: true });
  });

  it('is blocked by what the version that serves suffers from', async () => {
    table.put(monitoringKey(model), { blocked: true, digest: digestA });
    expect(await block()).toBeDefined();
    expect(await passes()).toEqual({ ok: false, failed: ['monitoring'] });
  });

  it('of another tenant blocks nothing', async () => {
    table.put(monitoringKey({ ...model, tenant: 'rival' }), { blocked: true });
    expect(await block()).toBeUndefined();
    expect(await passes()).toEqual({ ok: true });
  });
});
