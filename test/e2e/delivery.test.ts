import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, expect, inject, it } from 'vitest';
import { artifactOf } from './support/artifact.ts';
import { sfn } from './support/clients.ts';
import { approvalIdOf, entriesAbout, versionsOf } from './support/registry.ts';
import { until } from './support/until.ts';
import { BUCKET, mapPerson, settled, upload } from './support/upload.ts';

const { outputs } = inject('cloud');
const PRINCIPAL = 'AROADELIVERY:ci';
const MODEL = 'delivery';

beforeAll(() => mapPerson(PRINCIPAL, 'ci', ['data_scientist']));

it('registers once when the upload event is delivered ten more times at once', async () => {
  const uploaded = await upload(artifactOf(MODEL), { principal: PRINCIPAL, model: MODEL });
  const event = {
    detail: {
      bucket: { name: BUCKET },
      object: { key: uploaded.key, 'version-id': uploaded.versionId },
    },
  };
  const duplicates = await Promise.all(
    Array.from({ length: 10 }, () =>
      sfn.send(
        new StartExecutionCommand({
          stateMachineArn: outputs.ReleaseMachine,
          input: JSON.stringify(event),
        }),
      ),
    ),
  );
  expect(await settled(uploaded)).toMatchObject({ outcome: 'REGISTERED', version: '1.0.0' });
  await approvalIdOf(MODEL, '1.0.0');
  const states = await Promise.all(
    duplicates.map(({ executionArn }) => settledExecution(executionArn)),
  );

  expect(await versionsOf(MODEL)).toHaveLength(1);
  const entries = await entriesAbout(MODEL);
  const once = ['release.claimed', 'version.registered', 'version.signed', 'approval.requested'];
  for (const type of once) {
    expect(
      entries.filter((entry) => entry.type === type),
      type,
    ).toHaveLength(1);
  }
  // One execution of the eleven waits for people; the others found the upload claimed.
  expect(states.filter((outcome) => outcome !== 'duplicate').length).toBeLessThanOrEqual(1);
});

/** `waiting`, or the outcome of the claim in an execution that ended. */
const settledExecution = (executionArn: string | undefined): Promise<string> =>
  until(`the end of ${executionArn}`, async () => {
    const { status, output } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'SUCCEEDED') return JSON.parse(output ?? '{}').upload.outcome as string;
    if (status !== 'RUNNING') throw new Error(`${executionArn} is ${status}`);
    const record = (await versionsOf(MODEL)).find(({ release }) => release === executionArn);
    return record ? 'waiting' : undefined;
  });
