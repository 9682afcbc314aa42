import { type Subject, subjectPath } from '#domain/registry/subject.ts';
import { plainLine } from './plain-line.ts';

/** What Assay's CloudEvents are called; the audit log keeps the same names. */
type EntryType =
  | 'version.registered'
  | 'version.signed'
  | 'version.gate.completed'
  | 'version.gate.attested'
  | 'version.staging.admitted'
  | 'version.described'
  | 'version.state.changed'
  | 'dependencies.reevaluated'
  | 'release.claimed'
  | 'release.settled'
  | 'approval.requested'
  | 'approval.awaited'
  | 'approval.voted'
  | 'approval.closed'
  | 'approval.woken'
  | 'person.mapped'
  | 'policy.changed'
  | 'policy.proposed'
  | 'rollout.begun'
  | 'rollout.looked'
  | 'rollout.continued'
  | 'rollout.step'
  | 'rollout.paused'
  | 'rollout.resumed'
  | 'rollout.asked'
  | 'rollout.allowed'
  | 'rollout.completed'
  | 'rollout.aborted'
  | 'rollout.rolledback'
  | 'rollout.faulted'
  | 'rollback.requested'
  | 'rollback.step'
  | 'rollback.held'
  | 'rollback.settled'
  | 'rollback.watched'
  | 'rollback.validated'
  | 'rollback.faulted'
  | 'experiment.created'
  | 'experiment.begun'
  | 'experiment.looked'
  | 'experiment.continued'
  | 'experiment.weighed'
  | 'experiment.stopping'
  | 'experiment.concluded'
  | 'monitoring.checked'
  | 'monitoring.faulted'
  | 'drift.detected'
  | 'drift.cleared'
  | 'drift.lapsed'
  | 'retraining.requested'
  | 'promotion.blocked'
  | 'promotion.unblocked';

/**
 * One audit entry, written to the outbox in the same transaction as the change it records.
 * Carries hashes and ids, no personal data beyond person ids.
 */
export interface AuditEntry {
  /** UUID v7. */
  readonly id: string;
  readonly type: EntryType;
  readonly tenant: string;
  /** `tenant/model/version`, or whatever the entry is about. */
  readonly subject: string;
  /** Person id, or the name of the function that acted by itself. */
  readonly actor: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const aboutVersion = (subject: Subject): { tenant: string; subject: string } => ({
  tenant: subject.tenant,
  subject: subjectPath(subject),
});

/**
 * CloudEvents 1.0 in structured mode; `id` is the entry's, so that a consumer can drop repeats. Where
 * `data` has a reason, which may be anybody's words, it also has `reasonLine` for rules' templates.
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

export const EVENT_SOURCE = 'io.assay';

export const cloudEvent = (entry: AuditEntry): CloudEvent => ({
  specversion: '1.0',
  id: entry.id,
  source: EVENT_SOURCE,
  type: `${EVENT_SOURCE}.${entry.type}.v1`,
  subject: entry.subject,
  time: entry.at,
  datacontenttype: 'application/json',
  data: { tenant: entry.tenant, actor: entry.actor, ...entry.data, ...lineOf(entry.data) },
});

const lineOf = ({ reason }: AuditEntry['data']) =>
  typeof reason === 'string' ? { reasonLine: plainLine(reason) } : {};
