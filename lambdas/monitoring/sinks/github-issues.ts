import * as z from 'zod/mini';
import type { Page } from '#domain/monitoring/alarms/page-message.ts';
import { type JsonRequest, requestJson } from './request-json.ts';
import type { Sink } from './sink.ts';

const GITHUB = 'https://api.github.com';

export const ISSUE_LABELS = [
  'ml-ops',
  'regression',
  'drift-alert',
  'data-quality',
  'needs-investigation',
  'needs-attention',
] as const;

interface GithubIssues {
  /** `owner/name` */
  readonly repository: string;
  readonly token: () => Promise<string>;
  /** Whether an issue is closed when its alarm is over. */
  readonly closes: boolean;
  readonly url?: string;
}

const Issues = z.array(
  z.object({
    number: z.int(),
    body: z.nullish(z.string()),
    pull_request: z.optional(z.unknown()),
  }),
);
type Issue = z.infer<typeof Issues>[number];
const Comments = z.array(z.object({ body: z.nullish(z.string()) }));

const PAGE = 100;
/** More open issues of one label than this nobody keeps open; another issue is the smaller harm. */
const PAGES_MAX = 10;

/**
 * One open issue for each alarm: opened when it goes off, commented on when it does so again, and
 * closed when it is over, unless nothing says that it is.
 * Source: https://docs.github.com/en/rest/issues
 */
export function githubSink({ repository, token, closes, url = GITHUB }: GithubIssues): Sink {
  const ask = async (path: string, request: JsonRequest): Promise<unknown> =>
    requestJson(`${url}/repos/${repository}/issues${path}`, {
      ...request,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${(await token()).trim()}`,
        'x-github-api-version': '2022-11-28',
      },
    });

  async function openIssue(alarm: string): Promise<Issue | undefined> {
    const query = `?state=open&labels=${ISSUE_LABELS.join(',')}&per_page=${PAGE}`;
    for (let page = 1; page <= PAGES_MAX; page++) {
      const issues = Issues.parse(await ask(`${query}&page=${page}`, { method: 'GET' }));
      const found = issues.find(
        ({ body, pull_request }) => !pull_request && marksOf(body).includes(marker('alarm', alarm)),
      );
      if (found || issues.length < PAGE) return found;
    }
    return undefined;
  }

  /** Once for each delivery. */
  async function comment({ number, body }: Issue, page: Page, delivery: string): Promise<void> {
    const mark = marker('delivery', delivery);
    if (marksOf(body).includes(mark)) return;
    const since = new Date((Date.parse(page.at) || 0) - CLOCKS_APART_MS).toISOString();
    const query = `?per_page=${PAGE}&since=${since}`;
    const recent = await ask(`/${number}/comments${query}`, { method: 'GET' });
    if (Comments.parse(recent).some((one) => marksOf(one.body).includes(mark))) return;
    await ask(`/${number}/comments`, { body: JSON.stringify({ body: bodyOf(page, [mark]) }) });
  }

  return {
    name: 'GitHub',
    async tell(page, delivery) {
      const issue = await openIssue(page.alarm);
      if (issue) await comment(issue, page, delivery);
      if (page.state === 'ALARM' && !issue) {
        const marks = [marker('alarm', page.alarm), marker('delivery', delivery)];
        const opened = { title: page.title, body: bodyOf(page, marks), labels: ISSUE_LABELS };
        await ask('', { body: JSON.stringify(opened) });
      }
      if (page.standing === 'OK' && issue && closes) {
        const closed = { state: 'closed', state_reason: 'completed' };
        await ask(`/${issue.number}`, { method: 'PATCH', body: JSON.stringify(closed) });
      }
    },
  };
}

/** GitHub's clock and CloudWatch's. */
const CLOCKS_APART_MS = 60_000;

/** A comment of HTML cannot hold two dashes. */
const marker = (what: string, value: string): string =>
  `<!-- assay-${what}: ${value.replaceAll(/-(?=-)/g, '- ')} -->`;

/** An issue ends in two marks, a comment in one below an empty line. */
const MARKS = 2;

/** Whole lines below the block: names within it are of all tenants, and may read like a mark. */
const marksOf = (body: string | null | undefined): readonly string[] =>
  (body ?? '').trimEnd().split(/\r?\n/).slice(-MARKS);

/** Names in it come from models: within a block of code none of them is a link or a mention. */
const bodyOf = ({ text }: Page, marks: readonly string[]): string =>
  ['~~~~text', inBlock(text), '~~~~', '', ...marks].join('\n');

const inBlock = (text: string): string =>
  text.replaceAll('~~~', '~ ~ ~').replaceAll('<!--', '<! --');
