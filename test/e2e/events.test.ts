import {
  CreateArchiveCommand,
  DescribeArchiveCommand,
  EventBridgeClient,
  ListEventBusesCommand,
} from '@aws-sdk/client-eventbridge';
import { beforeAll, expect, inject, it } from 'vitest';
import { artifactOf } from './support/artifact.ts';
import { approvalIdOf, entriesAbout } from './support/registry.ts';
import { until } from './support/until.ts';
import { mapPerson, upload } from './support/upload.ts';

const { endpoint, outputs } = inject('cloud');
const events = new EventBridgeClient({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
const PRINCIPAL = 'AROAEVENTS:ci';
const MODEL = 'events';

beforeAll(() => mapPerson(PRINCIPAL, 'ci', ['data_scientist']));

it('puts each audit entry of a version on the bus, as a CloudEvent about it', async () => {
  const { EventBuses = [] } = await events.send(new ListEventBusesCommand({}));
  const bus = EventBuses.find(({ Name }) => Name === outputs.EventBus);
  await events.send(
    new CreateArchiveCommand({
      ArchiveName: MODEL,
      EventSourceArn: bus?.Arn,
      EventPattern: JSON.stringify({
        source: ['io.assay'],
        detail: {
          specversion: ['1.0'],
          source: ['io.assay'],
          subject: [`default/${MODEL}/1.0.0`],
        },
      }),
    }),
  );
  await upload(artifactOf(MODEL), { principal: PRINCIPAL, model: MODEL });
  await approvalIdOf(MODEL, '1.0.0');
  const about = (await entriesAbout(MODEL)).filter(
    ({ subject }) => subject === `default/${MODEL}/1.0.0`,
  );
  // Registered, signed, ten gates judged and attested, staged, STAGING, described, asked.
  expect(about.length).toBeGreaterThanOrEqual(26);
  const archived = await until('every event', async () => {
    const { EventCount = 0 } = await events.send(
      new DescribeArchiveCommand({ ArchiveName: MODEL }),
    );
    return EventCount >= about.length ? EventCount : undefined;
  });
  expect(archived).toBe(about.length);
});
