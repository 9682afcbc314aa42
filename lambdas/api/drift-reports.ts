import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { DriftReports } from '#aws/drift-reports.ts';
import type { Headline } from '#domain/monitoring/report/headline.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { type Api, allow } from './caller.ts';
import { decodeCursor, PageQuery, pageOf } from './cursor.ts';
import { readQuery, UUID } from './input.ts';
import { headlineOf } from './monitoring-view.ts';
import { namedModel } from './named-model.ts';
import { notFound, Refused } from './problem.ts';

const PAGE = 50;

/** Lambda answers 6 MB of JSON at most, of which the rest is room for headers. */
const ANSWER_BYTES = 5_000_000;

/** Where a page goes on: behind the last report of the one before. */
const Position = z.strictObject({ at: z.iso.datetime(), id: z.string().check(z.regex(UUID)) });

const As = z.strictObject({ format: z._default(z.enum(['json', 'html']), 'json') });

/** A page of its own style that loads and runs nothing. */
const PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'x-content-type-options': 'nosniff',
} as const;

export interface DriftReportPorts {
  readonly reports: {
    readonly list: (...asked: Parameters<DriftReports['list']>) => Promise<readonly Headline[]>;
    readonly get: DriftReports['get'];
    readonly page: DriftReports['page'];
  };
}

/** What checks of a model have found, as they wrote it down. */
export const driftReportRoutes = ({ reports }: DriftReportPorts) =>
  new Hono<Api>()
    .get('/models/:model/drift-reports', allow('read'), async (c) => {
      const model = namedModel(c.req.param('model'), c.var.caller);
      const before = decodeCursor(Position, readQuery(c.req, PageQuery).cursor);
      const headlines = await reports.list(model, PAGE, before);
      const { at, id } = headlines.at(-1) ?? {};
      const next = headlines.length === PAGE ? { at, id } : undefined;
      return c.json(pageOf(headlines.map(headlineOf), next));
    })
    .get('/models/:model/drift-reports/:id', allow('read'), async (c) => {
      const model = namedModel(c.req.param('model'), c.var.caller);
      const id = c.req.param('id');
      const { format } = readQuery(c.req, As);
      const found = UUID.test(id) ? await reports.get(model, id) : undefined;
      if (!found) throw notFound('such drift report');
      const { json, html } = found.kept;
      if (format === 'json') {
        const text = answered(JSON.stringify(found.report), json);
        return c.body(text, 200, { 'content-type': 'application/json' });
      }
      const page = new TextDecoder().decode(await reports.page(found.kept));
      return c.html(answered(page, html), 200, PAGE_HEADERS);
    });

/** The text itself. @throws Refused where it is more than a Lambda can answer. */
function answered(text: string, { key }: Pick<EvidencePointer, 'key'>): string {
  // Lambda hands it on as a string within JSON.
  const bytes = Buffer.byteLength(JSON.stringify(text));
  if (bytes <= ANSWER_BYTES) return text;
  throw new Refused(
    413,
    `the drift report has ${bytes} bytes as an answer, expected at most ${ANSWER_BYTES}; read it as ${key} in the evidence bucket`,
  );
}
