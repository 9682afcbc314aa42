import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Activation, Activations } from '#aws/activation.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { firstRoute } from '#domain/serving/routing/promote.ts';
import {
  defaultPolicyHash,
  digestA,
  digestB,
  versionRecord,
} from '../../support/sample-release.ts';
import {
  act,
  cancelled,
  dynamo,
  lastWrites,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';

const at = { ms: Date.parse(act.at), iso: act.at };
const targetA = (version: string) => ({ version, digest: digestA });

const first: Activation = {
  version: versionRecord({ state: 'STAGING' }),
  predecessor: undefined,
  route: firstRoute({ tenant: 'acme', model: 'iris' }, targetA('1.0.0'), at),
  seen: undefined,
  approval: 'approval-1',
  policyHash: defaultPolicyHash,
  layers: { tenant: { revision: 2 }, model: { revision: 0 } },
  pin: undefined,
};
const next: Activation = {
  ...first,
  version: versionRecord({ version: '1.1.0', state: 'STAGING' }),
  predecessor: versionRecord({ state: 'PRODUCTION', digest: digestB }),
  route: {
    ...first.route,
    generation: 5,
    killEpoch: 2,
    stable: { ...targetA('1.1.0'), since: 5 },
    quarantined: [{ digest: 'c'.repeat(64) as Digest, until: 9e12 }],
  },
  seen: { generation: 4, killEpoch: 2 },
  layers: { tenant: { revision: 0 }, model: { revision: 1 } },
};
const pin = {
  bucket: 'artifacts',
  key: 'k',
  versionId: '1',
  sha256: digestA,
  evaluation: { dataset: 'eval.csv', target: 'y', task: 'regression' },
} as const;
const activate = (activation: Activation) => new Activations(table()).activate(activation, act);

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});
afterEach(() => {
  expect(staticFaults()).toEqual([]);
});

describe('the activation of a first version', () => {
  it('makes it PRODUCTION, champion and routed to, where there was neither', async () => {
    await activate(first);
    expect(writeTo('T#acme#M#iris V#000001.000000.000000~')).toMatchObject({
      condition: '#state = :from AND digest = :digest AND rev = :rev',
      values: { ':from': 'STAGING', ':to': 'PRODUCTION', ':digest': digestA },
    });
    expect(writeTo('T#acme#M#iris A#champion')).toMatchObject({
      condition: 'attribute_not_exists(PK)',
      item: { version: '1.0.0', digest: digestA },
    });
    expect(writeTo('T#acme#R#iris CUR')).toMatchObject({
      condition: 'attribute_not_exists(PK)',
      item: { generation: 1, stable: { version: '1.0.0', digest: digestA } },
    });
  });

  it('puts its route where all that runs is found, of every tenant', async () => {
    await activate(first);
    expect(writeTo('T#acme#R#iris CUR').item).toMatchObject({ G2PK: 'ROUTE', G2SK: 'acme/iris' });
  });

  it('pins the judging rows under the next policy revision', async () => {
    const overlay = { performance: { eceMax: 0.05 } };
    const proposal = { overlay: {}, proposer: 'noa' };
    const layers = { ...first.layers, model: { revision: 0, overlay, proposal } };
    await activate({ ...first, layers, pin });
    expect(writeTo('T#acme#M#iris META')).toMatchObject({ values: { ':champion': '1.0.0' } });
    expect(writeTo('T#acme#P#iris CUR')).toMatchObject({
      condition: 'attribute_not_exists(PK) OR revision = :revision',
      values: { ':revision': 0 },
      item: { revision: 1, overlay, holdout: pin },
    });
    expect(writeTo('T#acme#P#iris CUR').item).not.toHaveProperty('proposal');
    expect(writeTo('T#acme#P#iris POLICY#00001')).toMatchObject({
      condition: 'attribute_not_exists(PK)',
      item: { revision: 1, overlay, holdout: pin, actor: 'mia' },
    });
  });
});

describe('the activation of a successor', () => {
  it('deprecates the predecessor, if it still is what serves', async () => {
    await activate(next);
    expect(writeTo('T#acme#M#iris V#000001.000000.000000~')).toMatchObject({
      condition: '#state = :from AND digest = :digest AND rev = :rev',
      values: { ':from': 'PRODUCTION', ':to': 'DEPRECATED', ':digest': digestB },
    });
    expect(writeTo('T#acme#M#iris H#1.0.0#0190').item).toMatchObject({
      reason: 'superseded by 1.1.0',
    });
    expect(writeTo('T#acme#M#iris A#champion')).toMatchObject({
      condition: 'version = :before',
      values: { ':before': '1.0.0' },
    });
    expect(writeTo('T#acme#R#iris CUR')).toMatchObject({
      condition: 'generation = :g AND killEpoch = :k',
      values: { ':g': 4, ':k': 2 },
      item: { generation: 5, killEpoch: 2, stable: { version: '1.1.0' }, G2PK: 'ROUTE' },
    });
  });

  it('leaves the policy as it is, and insists on it', async () => {
    await activate(next);
    expect(writeTo('T#acme#P#iris CUR')).toMatchObject({
      kind: 'ConditionCheck',
      condition: 'revision = :revision',
      values: { ':revision': 1 },
    });
    expect(lastWrites().filter(({ key }) => key.includes('POLICY#'))).toEqual([]);
  });

  it('insists on the policy of the tenant too', async () => {
    await activate(first);
    expect(writeTo('T#acme#P#* CUR')).toMatchObject({
      kind: 'ConditionCheck',
      condition: 'revision = :revision',
      values: { ':revision': 2 },
    });
  });
});

it('checks that people approved this digest under this policy', async () => {
  await activate(first);
  expect(writeTo('T#acme#AP#approval-1 REQ')).toMatchObject({
    kind: 'ConditionCheck',
    condition: '#status = :approved AND digest = :digest AND policyHash = :policy',
    values: { ':approved': 'APPROVED', ':digest': digestA, ':policy': defaultPolicyHash },
  });
});

it('checks that the digest is registered and not in quarantine any more', async () => {
  await activate(first);
  expect(writeTo(`T#acme#SHA#${digestA} V`)).toMatchObject({
    kind: 'ConditionCheck',
    condition:
      'attribute_exists(PK) AND (attribute_not_exists(quarantinedUntil) OR quarantinedUntil <= :now)',
    values: { ':now': Date.parse(act.at) },
  });
});

it('checks that the model’s monitoring does not block it, unless a person let it', async () => {
  await activate(next);
  expect(writeTo('T#acme#MO#iris STATE')).toMatchObject({
    kind: 'ConditionCheck',
    condition: expect.stringMatching(/blocked = :no OR .*digest <> :stable/),
    values: { ':no': false },
  });
});

it('takes a person’s leave for the block that it was given despite, and no later one', async () => {
  const since = '2026-01-01T00:00:00.000Z';
  await activate({ ...next, despite: { since, by: 'errors (critical)' } });
  expect(writeTo('T#acme#MO#iris STATE')).toMatchObject({
    kind: 'ConditionCheck',
    condition: expect.stringMatching(/ OR blockedSince = :since$/),
    values: { ':since': since },
  });
});

it('records who replaced whom under which approval', async () => {
  await activate(next);
  expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
    type: 'version.state.changed',
    subject: 'acme/iris/1.1.0',
    data: { to: 'PRODUCTION', approval: 'approval-1', predecessor: '1.0.0', generation: 5 },
  });
});

it.each([
  [0, 'version'],
  [1, 'version'],
  [2, 'predecessor'],
  [4, 'approval'],
  [5, 'quarantine'],
  [6, 'monitoring'],
  [7, 'model'],
  [8, 'policy'],
  [9, 'policy'],
  [10, 'alias'],
  [11, 'route'],
])('says of write %i that %s did not hold', async (at, name) => {
  const codes = Array.from({ length: 12 }, (_, i) =>
    i === at ? 'ConditionalCheckFailed' : 'None',
  );
  dynamo.on(TransactWriteCommand).rejects(cancelled(...codes));
  expect(await activate(next)).toEqual({ ok: false, failed: [name] });
});

it('takes a route of the first form, which knew no kills, for one that was never killed', async () => {
  await activate({ ...next, seen: { generation: 4, killEpoch: 0 } });
  expect(writeTo('T#acme#R#iris CUR')).toMatchObject({
    condition: 'generation = :g AND (killEpoch = :k OR attribute_not_exists(killEpoch))',
    values: { ':g': 4, ':k': 0 },
  });
});

it('keeps what the route says of earlier kills', async () => {
  await activate(next);
  expect(writeTo('T#acme#R#iris CUR').item).toMatchObject({
    quarantined: [{ digest: 'c'.repeat(64) as Digest, until: 9e12 }],
  });
});

it('is all one transaction', async () => {
  await activate({ ...next, pin });
  expect(dynamo.commandCalls(TransactWriteCommand)).toHaveLength(1);
  expect(lastWrites()).toHaveLength(14);
});
