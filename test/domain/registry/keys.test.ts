import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as keys from '#domain/registry/keys.ts';
import { digestA, subject } from '../../support/sample-release.ts';

const object = { bucket: 'b', key: 'uploads/p/acme/iris/u1/manifest.json', versionId: 'x1' };

describe('the keys of the registry table', () => {
  it.each([
    [keys.modelKey(subject), 'T#acme#M#iris', 'META'],
    [keys.versionKey(subject), 'T#acme#M#iris', 'V#000001.000000.000000~'],
    [keys.ordinalKey(subject, 12), 'T#acme#M#iris', 'O#00012'],
    [keys.aliasKey(subject, 'champion'), 'T#acme#M#iris', 'A#champion'],
    [keys.historyKey(subject, '01'), 'T#acme#M#iris', 'H#1.0.0#01'],
    [keys.policyKey(subject), 'T#acme#P#iris', 'CUR'],
    [keys.policyRevisionKey(subject, 3), 'T#acme#P#iris', 'POLICY#00003'],
    [keys.gateKey(subject, 'schema'), 'T#acme#M#iris', 'G#1.0.0#schema'],
    [keys.digestKey('acme', digestA), `T#acme#SHA#${digestA}`, 'V'],
    [
      keys.lineageKey('acme', 'iris@1.0.0', 'IN', 'parent', 'x'),
      'T#acme#N#iris@1.0.0',
      'IN#parent#x',
    ],
    [keys.routeKey(subject), 'T#acme#R#iris', 'CUR'],
    [keys.approvalKey('acme', 'a1'), 'T#acme#AP#a1', 'REQ'],
    [keys.voteKey('acme', 'a1', 'mia'), 'T#acme#AP#a1', 'VOTE#mia'],
    [keys.claimKey('acme', object), `T#acme#REL#b#${object.key}#x1`, 'CLAIM'],
    [keys.personKey('cognito:1'), 'PERSON#cognito:1', 'MAP'],
    [keys.outboxKey('01'), 'AUD#01', 'ENTRY'],
  ])('%j is %s, %s', (key, PK, SK) => {
    expect(key).toEqual({ PK, SK });
  });

  it('lead with the tenant wherever an item belongs to one', () => {
    const tenant = fc.stringMatching(/^[a-z0-9-]{1,40}$/);
    fc.assert(
      fc.property(tenant, tenant, (mine, theirs) => {
        fc.pre(mine !== theirs);
        const of = (name: string) => [
          keys.modelKey({ ...subject, tenant: name }).PK,
          keys.digestKey(name, digestA).PK,
          keys.routeKey({ ...subject, tenant: name }).PK,
          keys.approvalKey(name, 'a1').PK,
          keys.claimKey(name, object).PK,
          keys.stateIndexKey(name, 'STAGING'),
          keys.typeIndexKey(name, 'APPROVAL', 'OPEN'),
        ];
        return of(mine).every((pk) => pk.startsWith(`T#${mine}#`) && !of(theirs).includes(pk));
      }),
    );
  });
});
