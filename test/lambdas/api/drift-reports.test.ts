import { beforeEach, describe, expect, it } from 'vitest';
import { encodeCursor } from '../../../lambdas/api/cursor.ts';
import { reportNo } from './fake-monitoring.ts';
import { RIVAL, World } from './world.ts';

const PATH = '/models/fraud/drift-reports';

let world: World;
beforeEach(() => {
  world = new World();
  world.watch.held.push(reportNo(1), reportNo(2, { notes: ['<script>alert(1)</script>'] }));
});

const ids = ({ body }: { body: unknown }) =>
  (body as { items: { id: string }[] }).items.map(({ id }) => id);

describe('GET /models/{model}/drift-reports', () => {
  it('lists what each says in short, the newest first, without its keys', async () => {
    const { body } = await world.get(PATH);
    expect(ids({ body })).toEqual([reportNo(2).id, reportNo(1).id]);
    expect((body as { items: object[] }).items[0]).not.toHaveProperty('PK');
    expect(body).not.toHaveProperty('cursor');
  });

  it('goes on behind the last of a page', async () => {
    for (let n = 3; n <= 60; n++) world.watch.held.push(reportNo(n));
    const first = await world.get(PATH);
    expect(ids(first)).toHaveLength(50);
    const { cursor } = first.body as { cursor: string };
    const second = await world.get(`${PATH}?cursor=${cursor}`);
    expect(ids(second)).toEqual(Array.from({ length: 10 }, (_, i) => reportNo(10 - i).id));
  });

  it.each([
    ['no cursor at all', 'AAAA'],
    ['one key more', encodeCursor({ at: reportNo(1).at, id: reportNo(1).id, tenant: 'rival' })],
    ['no time', encodeCursor({ at: '9999', id: reportNo(1).id })],
    ['no id', encodeCursor({ at: reportNo(1).at, id: '../rival' })],
  ])('refuses a cursor that is %s', async (_, cursor) => {
    expect((await world.get(`${PATH}?cursor=${cursor}`)).status).toBe(400);
  });

  it('has nothing of another tenant, under the same name', async () => {
    expect((await world.get(PATH, RIVAL)).body).toEqual({ items: [] });
    const cursor = encodeCursor({ at: reportNo(3).at, id: reportNo(3).id });
    expect((await world.get(`${PATH}?cursor=${cursor}`, RIVAL)).body).toEqual({ items: [] });
  });
});

describe('GET /models/{model}/drift-reports/{id}', () => {
  const path = `${PATH}/${reportNo(2).id}`;

  it('answers the report as it was written', async () => {
    expect(await world.get(path)).toEqual({ status: 200, body: world.watch.held[1] });
  });

  it('answers it as a page that loads and runs nothing', async () => {
    const response = await world.send('GET', `${path}?format=html`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).toContain('fraud 1.0.0');
    expect(page).not.toContain('<script>alert');
  });

  describe('that is more than a Lambda can answer', () => {
    const problem = (bytes: number, key: string) => ({
      status: 413,
      body: expect.objectContaining({
        detail: `the drift report has ${bytes} bytes as an answer, expected at most 5000000; read it as ${key} in the evidence bucket`,
      }),
    });

    it('is named by its key, counted as Lambda does: as a string within JSON', async () => {
      const report = reportNo(3, { notes: ['\n'.repeat(2_000_000)] });
      world.watch.held.push(report);
      const text = JSON.stringify(report);
      expect(text.length).toBeLessThan(5_000_000);
      const bytes = JSON.stringify(text).length;
      expect(await world.get(`${PATH}/${report.id}`)).toEqual(problem(bytes, `${report.id}.json`));
    });

    it('is named by the key of its page, where that is too large', async () => {
      world.watch.reports.page = async () => new Uint8Array(5_000_000).fill(0x78);
      const { id } = reportNo(2);
      expect(await world.get(`${path}?format=html`)).toEqual(problem(5_000_002, `${id}.html`));
      expect((await world.get(path)).status).toBe(200);
    });
  });

  it('takes no other format', async () => {
    expect((await world.get(`${path}?format=pdf`)).status).toBe(400);
  });

  it('faults where the document was altered, and shows nothing of it', async () => {
    world.watch.reports.get = async () => {
      throw new Error('evidence drift-reports/acme/fraud/1.json has SHA-256 b, expected a');
    };
    const { status, body } = await world.get(path);
    expect(status).toBe(500);
    expect(body).not.toHaveProperty('windows');
  });

  it.each([
    ['another id', `${PATH}/${reportNo(9).id}`],
    ['no id', `${PATH}/latest`],
    ['another model', `/models/churn/drift-reports/${reportNo(2).id}`],
  ])('is 404 for %s', async (_, other) => {
    expect((await world.get(other)).status).toBe(404);
  });

  it('is nobody else’s, in the words for what does not exist', async () => {
    const foreign = await world.get(path, RIVAL);
    expect(foreign.status).toBe(404);
    expect(foreign).toEqual(await world.get(`/models/none/drift-reports/${reportNo(2).id}`, RIVAL));
  });
});
