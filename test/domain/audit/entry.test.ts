import { expect, it } from 'vitest';
import { type AuditEntry, aboutVersion, cloudEvent } from '#domain/audit/entry.ts';
import { subject } from '../../support/sample-release.ts';

const entry: AuditEntry = {
  id: '0190-1',
  type: 'version.registered',
  ...aboutVersion(subject),
  actor: 'sam',
  at: '2026-01-01T00:00:00.000Z',
  data: { ordinal: 3 },
};

it('is about tenant, model and version', () => {
  expect(aboutVersion(subject)).toEqual({ tenant: 'acme', subject: 'acme/iris/1.0.0' });
});

it('becomes a CloudEvent 1.0 that keeps its id, so that a repeat can be told', () => {
  expect(cloudEvent(entry)).toEqual({
    specversion: '1.0',
    id: '0190-1',
    source: 'io.assay',
    type: 'io.assay.version.registered.v1',
    subject: 'acme/iris/1.0.0',
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    data: { tenant: 'acme', actor: 'sam', ordinal: 3 },
  });
});

it('has a reason also as a line that a template takes as it is', () => {
  const data = { reason: 'it says "no"\nand stops' };
  expect(cloudEvent({ ...entry, data }).data).toEqual({
    tenant: 'acme',
    actor: 'sam',
    reason: 'it says "no"\nand stops',
    reasonLine: "it says 'no' and stops",
  });
});
