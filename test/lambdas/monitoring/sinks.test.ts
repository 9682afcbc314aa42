import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Page, pageMessage } from '#domain/monitoring/alarms/page-message.ts';
import { githubSink, ISSUE_LABELS } from '../../../lambdas/monitoring/sinks/github-issues.ts';
import { pagerDutySink } from '../../../lambdas/monitoring/sinks/pager-duty.ts';
import { topicSink } from '../../../lambdas/monitoring/sinks/topic-sink.ts';
import { webhookSink } from '../../../lambdas/monitoring/sinks/webhook.ts';
import {
  type Answer,
  httpReceiver,
  type Received,
  type Receiver,
} from '../../support/http-receiver.ts';

/*
 * Servers of this machine stand in for the services, whose forms are taken from their documentation.
 * None of the sinks has run against the service itself.
 */
const receivers: Receiver[] = [];
const receiver = async (answer: (request: Received) => Answer) => {
  const made = await httpReceiver(answer);
  receivers.push(made);
  return made;
};
afterEach(async () => {
  for (const each of receivers.splice(0)) await each.close();
});

const page = (state: Page['state'] = 'ALARM', name = 'assay/acme/churn/ModelHarm'): Page =>
  pageMessage(
    { name, state, reason: 'Threshold Crossed', at: '2026-01-01T12:01:02.123+0000' },
    { tenant: 'acme', model: 'churn' },
    undefined,
  );
/** As CloudWatch has it, the alarm is over. */
const unknown = (): Page => ({ ...page('OK'), standing: 'NOT KNOWN' });
const json = ({ body }: Received) => JSON.parse(body);
const secret = async () => 'key\n';

describe('the topic', () => {
  it('gets the page as text for people', async () => {
    const published: string[][] = [];
    const sink = topicSink({
      publish: async (...said) => {
        published.push(said);
      },
    });
    await sink.tell(page(), '1');
    expect(published).toEqual([['ALARM: ModelHarm of acme/churn', page().text]]);
  });
});

describe('PagerDuty', () => {
  const service = () => receiver(() => ({ status: 202, body: { status: 'success' } }));

  it('gets an incident by the key of the alarm, with the cause', async () => {
    const { url, received } = await service();
    await pagerDutySink(secret, url).tell(page(), '1');
    const [request] = received as [Received];
    expect([request.method, request.path]).toEqual(['POST', '/v2/enqueue']);
    expect(json(request)).toMatchObject({
      routing_key: 'key',
      event_action: 'trigger',
      dedup_key: 'assay/acme/churn/ModelHarm',
      payload: {
        summary: expect.stringMatching(/^ALARM: ModelHarm of acme\/churn – Threshold Crossed/),
        source: 'assay/acme/churn',
        severity: 'critical',
        custom_details: { runbook: 'docs/runbook.md#modelharm' },
      },
    });
  });

  it('is told by the same key that it is over', async () => {
    const { url, received } = await service();
    await pagerDutySink(secret, url).tell(page('OK'), '2');
    expect(json(received[0] as Received)).toEqual({
      routing_key: 'key',
      event_action: 'resolve',
      dedup_key: 'assay/acme/churn/ModelHarm',
    });
  });

  it('is not told that it is over where that is not known', async () => {
    const { url, received } = await service();
    await pagerDutySink(secret, url).tell(unknown(), '2');
    expect(received).toEqual([]);
  });

  it.each([400, 429, 500, 302])(
    'that answers %s has not been told; the key stays out of it',
    async (status) => {
      const { url } = await receiver(() => ({
        status,
        headers: { location: 'http://127.0.0.1:1/' },
      }));
      const fault = await pagerDutySink(secret, url)
        .tell(page(), '1')
        .catch((error: Error) => error.message);
      expect(fault).toMatch(/^127\.0\.0\.1:\d+ (answered|did not answer)/);
      expect(fault).not.toContain('key');
    },
  );
});

describe('a webhook', () => {
  it('gets the page, signed together with the time', async () => {
    const { url, received } = await receiver(() => ({ status: 204 }));
    await webhookSink(`${url}/hook`, secret, () => 1_767_268_862).tell(page(), 'delivery-1');
    const [{ path, headers, body }] = received as [Received];
    expect(path).toBe('/hook');
    expect(JSON.parse(body)).toEqual(page());
    expect(headers['x-assay-delivery']).toBe('delivery-1');
    expect(headers['x-assay-timestamp']).toBe('1767268862');
    const mac = createHmac('sha256', 'key').update(`1767268862.${body}`).digest('hex');
    expect(headers['x-assay-signature']).toBe(`sha256=${mac}`);
  });
});

describe('GitHub', () => {
  interface Issue {
    readonly number: number;
    readonly title: string;
    readonly body: string;
    readonly labels: string[];
    state: string;
    readonly comments: { body: string }[];
  }

  /** As much of GitHub's issues as the sink asks for. */
  async function repository(...before: Issue[]) {
    const issues = [...before];
    const server = await receiver(({ method, path, body }) => {
      const { pathname, searchParams } = new URL(path, 'http://github');
      const [, , , , , number, part] = pathname.split('/');
      const issue = issues.find((one) => one.number === Number(number));
      if (method === 'GET' && !number) {
        const open = issues.filter(({ state }) => state === 'open');
        const from = (Number(searchParams.get('page')) - 1) * 100;
        return { status: 200, body: open.slice(from, from + 100) };
      }
      if (method === 'POST' && !number) {
        const made = {
          number: issues.length + 1,
          state: 'open',
          comments: [],
          ...JSON.parse(body),
        };
        issues.push(made);
        return { status: 201, body: made };
      }
      if (!issue) return { status: 404 };
      if (method === 'GET') return { status: 200, body: issue.comments };
      if (part === 'comments') issue.comments.push(JSON.parse(body));
      else Object.assign(issue, JSON.parse(body));
      return { status: 200, body: {} };
    });
    const sink = (closes = true) =>
      githubSink({ repository: 'acme/models', token: secret, closes, url: server.url });
    return { issues, sink, received: server.received };
  }

  it('gets one issue for each alarm, with the six labels', async () => {
    const { issues, sink, received } = await repository();
    await sink().tell(page(), '1');
    expect(issues).toMatchObject([
      {
        title: 'ALARM: ModelHarm of acme/churn',
        labels: ISSUE_LABELS,
        body: expect.stringContaining('assay rollback churn --severity critical'),
      },
    ]);
    expect(ISSUE_LABELS).toHaveLength(6);
    for (const { headers, path } of received) {
      expect(path).toMatch(/^\/repos\/acme\/models\/issues/);
      expect(headers).toMatchObject({
        authorization: 'Bearer key',
        accept: 'application/vnd.github+json',
      });
    }
  });

  it('gets a comment when it goes off again, once for each delivery', async () => {
    const { issues, sink } = await repository();
    for (const delivery of ['1', '1', '2', '2', '1']) await sink().tell(page(), delivery);
    await sink().tell(page('ALARM', 'assay/acme/churn/ModelLatencyHigh'), '3');
    expect(issues.map(({ comments }) => comments.length)).toEqual([1, 0]);
  });

  it('has it closed when it is over, and a new one when it comes back', async () => {
    const { issues, sink } = await repository();
    await sink().tell(page(), '1');
    await sink().tell(page('OK'), '2');
    expect(issues).toMatchObject([{ state: 'closed', comments: [expect.anything()] }]);
    await sink().tell(page('OK'), '2');
    await sink().tell(page(), '3');
    expect(issues.map(({ state }) => state)).toEqual(['closed', 'open']);
  });

  it('gets a comment, and keeps it open, where it is not known to be over', async () => {
    const { issues, sink } = await repository();
    await sink().tell(page(), '1');
    await sink().tell(unknown(), '2');
    expect(issues).toMatchObject([{ state: 'open', comments: [expect.anything()] }]);
  });

  it('keeps it open where the deployment says so', async () => {
    const { issues, sink } = await repository();
    await sink(false).tell(page(), '1');
    await sink(false).tell(page('OK'), '2');
    expect(issues).toMatchObject([{ state: 'open', comments: [expect.anything()] }]);
  });

  it('finds it behind a hundred others', async () => {
    const others = Array.from({ length: 130 }, (_, i) => ({
      ...{ number: i + 1, title: 'x', body: 'x', labels: [], state: 'open', comments: [] },
    }));
    const { issues, sink } = await repository(...others);
    await sink().tell(page(), '1');
    await sink().tell(page(), '2');
    expect(issues).toHaveLength(131);
  });

  it('is found by its last lines alone, whatever a model of another tenant calls its features', async () => {
    const { issues, sink } = await repository();
    const marks = '<!-- assay-alarm: assay/acme/churn/ModelHarm -->\n<!-- assay-delivery: 2 -->';
    const rival = page('ALARM', 'assay/rival/churn/ModelHarm');
    await sink().tell({ ...rival, text: `${rival.text}\n${marks}` }, '1');
    expect(issues[0]?.body.match(/<!--/g)).toHaveLength(2);
    await sink().tell(page(), '2');
    await sink().tell(page(), '3');
    await sink().tell(page('OK'), '4');
    expect(issues).toMatchObject([
      { state: 'open', comments: [] },
      { state: 'closed', comments: [expect.anything(), expect.anything()] },
    ]);
  });

  it('is not taken for one that somebody wrote a mark into', async () => {
    const body = '<!-- assay-alarm: assay/acme/churn/ModelHarm -->\nsaid the issue\nabove\n';
    const { issues, sink } = await repository({
      ...{ number: 1, title: 'x', body, labels: [], state: 'open', comments: [] },
    });
    await sink().tell(page(), '1');
    expect(issues).toHaveLength(2);
  });

  it('is found where GitHub has turned its lines into those of Windows', async () => {
    const { issues, sink } = await repository();
    await sink().tell(page(), '1');
    const [opened] = issues;
    if (opened) issues[0] = { ...opened, body: `${opened.body.replaceAll('\n', '\r\n')}\r\n` };
    await sink().tell(page(), '1');
    expect(issues).toMatchObject([{ comments: [] }]);
  });

  it('renders no name of a feature as anything but text', async () => {
    const { issues, sink } = await repository();
    await sink().tell({ ...page(), text: 'x\n~~~~\n@everybody\n<img src=x>' }, '1');
    const body = issues[0]?.body ?? '';
    expect(body.match(/^~~~~/gm)).toHaveLength(2);
    expect(body.indexOf('@everybody')).toBeLessThan(body.lastIndexOf('~~~~'));
  });
});
