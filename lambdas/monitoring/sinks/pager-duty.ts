import type { Page } from '#domain/monitoring/alarms/page-message.ts';
import { requestJson } from './request-json.ts';
import type { Sink } from './sink.ts';

/** PagerDuty's service region of the US; whoever has an account of the EU names the other host. */
const PAGER_DUTY = 'https://events.pagerduty.com';

/** Its limit of a summary. */
const SUMMARY_CHARACTERS = 1024;

/**
 * An incident for each alarm, which PagerDuty opens once and closes when the alarm is over; where
 * it is not known to be, a person closes it.
 * Source: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
 */
export const pagerDutySink = (key: () => Promise<string>, url: string = PAGER_DUTY): Sink => ({
  name: 'PagerDuty',
  async tell(page) {
    if (page.standing === 'NOT KNOWN') return;
    const event = {
      routing_key: (await key()).trim(),
      event_action: page.state === 'ALARM' ? 'trigger' : 'resolve',
      dedup_key: page.alarm,
      ...(page.state === 'ALARM' && { payload: payloadOf(page), client: 'Assay' }),
    };
    await requestJson(`${url}/v2/enqueue`, { body: JSON.stringify(event) });
  },
});

const payloadOf = (page: Page) => ({
  summary: [page.title, ...page.cause].join(' – ').slice(0, SUMMARY_CHARACTERS),
  source: `assay/${page.tenant}/${page.model}`,
  severity: page.rule === 'ModelHarm' ? 'critical' : 'error',
  component: page.model,
  group: page.tenant,
  class: page.rule,
  custom_details: {
    cause: page.cause,
    features: page.features,
    report: page.report,
    runbook: page.runbook,
    rollback: page.rollback,
  },
});
