import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { act } from '../../lambdas/act.ts';
import { entry } from '../../lambdas/entry.ts';
import { env } from '../../lambdas/env.ts';

// Tests are silent; this one reads what is said. The logger asks once, when it is made.
vi.hoisted(() => vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'INFO'));

const Input = z.strictObject({
  n: z.number(),
  release: z.optional(z.object({ tenant: z.string(), digest: z.string() })),
});
const release = { tenant: 'acme', digest: 'd' };

/** The lines that were logged, parsed. */
let lines: Record<string, unknown>[];

beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('entry', () => {
  it('wires once and answers every event', async () => {
    const wire = vi.fn(
      () =>
        async ({ n }: { n: number }) =>
          n + 1,
    );
    const handler = entry(Input, wire);
    expect(wire).not.toHaveBeenCalled();
    expect([await handler({ n: 1 }), await handler({ n: 2 })]).toEqual([2, 3]);
    expect(wire).toHaveBeenCalledTimes(1);
  });

  it('refuses an event of another shape before anything is wired', async () => {
    const wire = vi.fn(() => async () => 0);
    await expect(entry(Input, wire)({ n: 'x' })).rejects.toMatchObject({ name: '$ZodError' });
    await expect(entry(Input, wire)({ n: 1, extra: true })).rejects.toThrow();
    expect(wire).not.toHaveBeenCalled();
  });

  it('lets a fault through, and wires no second time for the next event', async () => {
    const handler = entry(Input, () => async ({ n }) => {
      if (n === 1) throw new Error('no memory');
      return n;
    });
    await expect(handler({ n: 1 })).rejects.toThrow('no memory');
    expect(await handler({ n: 2 })).toBe(2);
  });

  it('logs one line with what was decided and about whom, not the event', async () => {
    await entry(Input, () => async () => ({ outcome: 'admitted' }))({ n: 7, release });
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'decided',
        output: { outcome: 'admitted' },
        tenant: 'acme',
        digest: 'd',
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('"n"');
  });

  it('does not log about the release of the event before', async () => {
    const handler = entry(Input, () => async () => 'done');
    await handler({ n: 1, release });
    await handler({ n: 2 });
    expect(lines[0]).toMatchObject({ tenant: 'acme' });
    expect(lines[1]).not.toHaveProperty('tenant');
  });
});

describe('act', () => {
  it('gives each act an id that sorts by time, and an instant in UTC', () => {
    const acts = Array.from({ length: 50 }, () => act('mia'));
    const ids = acts.map(({ id }) => id);
    expect(new Set(ids).size).toBe(50);
    expect([...ids].sort()).toEqual(ids);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(acts[0]).toMatchObject({ actor: 'mia', at: expect.stringMatching(/Z$/) });
  });
});

describe('env', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('reads a variable, and names the one that is not set', () => {
    vi.stubEnv('ASSAY_TEST', 'x');
    expect(env('ASSAY_TEST')).toBe('x');
    vi.stubEnv('ASSAY_TEST', '');
    expect(() => env('ASSAY_TEST')).toThrow('environment variable ASSAY_TEST is not set');
  });
});
