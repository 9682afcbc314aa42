import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Throttled } from '#aws/dashboards.ts';
import type { Drawing } from '#domain/monitoring/dashboard/drawing.ts';
import { governanceApi } from '../../../lambdas/api/app.ts';
import { routeOf } from './fake-rollouts.ts';
import { ANA, claimsOf, RIVAL, World } from './world.ts';

const PATH = '/dashboard';
const NOW = Date.parse('2026-11-21T22:40:10.000Z');
const DAY_MS = 86_400_000;
const ADMIN = claimsOf('sub-ben', 'acme', 'tenant_admin');

let world: World;
let app: ReturnType<typeof governanceApi>;
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
  world = new World();
  app = governanceApi(world.ports);
});
afterEach(() => {
  vi.useRealTimers();
});

/** Of one process, which keeps what it has drawn. */
const ask = async (claims: unknown = ANA) =>
  app.request(`https://api/governance${PATH}`, {}, { claims, requestId: 'request-1' });
const drawing = async (claims?: unknown) => (await (await ask(claims)).json()) as Drawing;
const linesOf = ({ widgets }: Drawing) =>
  widgets.flatMap(({ panels }) => panels.flatMap(({ lines }) => lines)).map(({ label }) => label);

describe('GET /dashboard', () => {
  it('has the deployed widgets with their numbers of the dashboard’s time', async () => {
    expect(await drawing(ADMIN)).toMatchObject({
      ...{ name: 'Assay', region: 'eu-west-1', tenant: 'acme', left: 1 },
      ...{ from: NOW - 2 * DAY_MS, to: NOW },
      widgets: [
        {
          title: 'error_rates_by_model',
          panels: [
            { name: 'errors', shared: false, lines: [{ label: 'fraud' }] },
            { shared: true, lines: [{ label: 'broken off' }] },
          ],
        },
        { title: 'model_version_adoption' },
      ],
    });
  });

  it('asks for, and shows, the models of the caller’s own tenant alone', async () => {
    expect(linesOf(await drawing())).toEqual(['fraud']);
    expect(linesOf(await drawing(RIVAL))).toEqual(['secret', 'broken off']);
    const searches = world.drawn.asked
      .map(({ asked }) => JSON.stringify(asked))
      .flatMap((search) => /Tenant=\\"(\w+)/.exec(search)?.[1] ?? []);
    expect(searches).toEqual(['acme', 'rival']);
  });

  it('shows what all tenants do together to administrators alone', async () => {
    const [widget] = (await drawing()).widgets;
    expect(widget?.panels).toHaveLength(1);
    expect(widget?.notes.join()).toContain('which tenant_admin alone may see');
    expect(world.drawn.asked.flatMap(({ asked }) => asked)).toHaveLength(1);
  });

  it('says nothing of widgets that are not the tenant’s, nor of what they ask', async () => {
    expect(JSON.stringify(await drawing(ADMIN))).not.toContain('secret');
  });

  it('has the versions that serve by the routes of now', async () => {
    world.champions.set('acme/fraud', '1.0.0');
    expect((await drawing()).widgets[1]?.adoption).toEqual({
      served: [{ model: 'fraud', production: '1.0.0' }],
      more: false,
    });
    const { candidate, ...route } = routeOf();
    if (!candidate) throw new Error('nothing is on trial');
    const leased = { ...candidate, leaseUntil: NOW + 60_001 };
    world.routes.set('acme/fraud', { ...route, candidate: leased });
    vi.setSystemTime(NOW + 60_000);
    expect((await drawing()).widgets[1]?.adoption?.served).toEqual([
      {
        model: 'fraud',
        production: '0.9.0',
        trial: { version: '1.0.0', share: 0.25 },
      },
    ]);
    vi.setSystemTime(NOW + 120_000);
    expect((await drawing()).widgets[1]?.adoption?.served[0]).not.toHaveProperty('trial');
  });
});

describe('a drawing that was just made', () => {
  it('is shown again for a minute, to those who may see the same', async () => {
    await ask();
    const { length } = world.drawn.asked;
    vi.setSystemTime(NOW + 59_999);
    const first = await Promise.all([ask(), drawing()]);
    expect(first[1].to).toBe(NOW);
    expect(world.drawn.asked).toHaveLength(length);
    vi.setSystemTime(NOW + 60_000);
    expect((await drawing()).to).toBe(NOW + 60_000);
    expect(world.drawn.asked).toHaveLength(2 * length);
  });

  it('is made once for all who ask while it is made', async () => {
    await Promise.all([ask(), ask(), ask()]);
    expect(world.drawn.asked).toHaveLength(1);
  });

  it('is not shown to another tenant, nor to who may see less', async () => {
    expect(linesOf(await drawing(ADMIN))).toContain('broken off');
    expect(linesOf(await drawing())).not.toContain('broken off');
    expect(linesOf(await drawing(RIVAL))).not.toContain('fraud');
  });

  it('is not shown to who may not read', async () => {
    await ask();
    expect((await ask(claimsOf('sub-ana', 'acme'))).status).toBe(403);
  });
});

describe('what cannot be drawn', () => {
  it.each([
    [undefined, 'got no dashboard'],
    ['no', 'got a body that cannot be read'],
    ['{"widgets":"secret"}', 'got a body that cannot be read'],
  ])('is a dashboard that %s is the body of: 409, with what to do', async (body, got) => {
    world.drawn.body = body;
    const answer = await ask();
    expect(answer.status).toBe(409);
    const { detail } = (await answer.json()) as { detail: string };
    expect(detail).toContain(got);
    expect(detail).toContain('deploys the stack again');
    expect(detail).not.toContain('secret');
    expect(world.faults).toEqual([]);
  });

  it('is asked for later where CloudWatch is asked too much: 503, and not kept', async () => {
    world.drawn.fault = new Throttled('CloudWatch answers no more questions for now');
    const answer = await ask();
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    world.drawn.fault = undefined;
    expect((await ask()).status).toBe(200);
  });

  it('is noted at its widget and logged, and tried again for the next who asks', async () => {
    world.drawn.fault = new Error('refused: secret');
    const { widgets } = await drawing();
    expect(widgets[0]?.notes.join()).toMatch(/^It could not be drawn/);
    expect(widgets[1]?.notes).toEqual([]);
    expect(JSON.stringify(widgets)).not.toContain('secret');
    expect(world.faults.map(({ message, cause }) => [message, cause])).toEqual([
      ['the widget error_rates_by_model could not be drawn', world.drawn.fault],
    ]);
    world.drawn.fault = undefined;
    expect(linesOf(await drawing())).toEqual(['fraud']);
  });

  it('is a fault of ours where the dashboard cannot be asked for at all', async () => {
    world.drawn.port.body = async () => {
      throw new Error('refused');
    };
    expect((await ask()).status).toBe(500);
    expect(world.faults).toHaveLength(1);
  });
});
