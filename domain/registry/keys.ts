import type { Digest } from './digest.ts';
import type { Subject } from './subject.ts';
import { sortKey } from './versions.ts';

/** A primary key of the registry table. `T#tenant` leads, so that IAM can isolate a tenant by it. */
export interface Key {
  readonly PK: string;
  readonly SK: string;
}

type Model = Pick<Subject, 'tenant' | 'model'>;

const modelPk = ({ tenant, model }: Model): string => `T#${tenant}#M#${model}`;

export const modelKey = (model: Model): Key => ({ PK: modelPk(model), SK: 'META' });
export const versionKey = (subject: Subject): Key => ({
  PK: modelPk(subject),
  SK: `V#${sortKey(subject.version)}`,
});
export const ordinalKey = (model: Model, ordinal: number): Key => ({
  PK: modelPk(model),
  SK: `O#${String(ordinal).padStart(5, '0')}`,
});
export const aliasKey = (model: Model, alias: string): Key => ({
  PK: modelPk(model),
  SK: `A#${alias}`,
});
export const historyKey = (subject: Subject, id: string): Key => ({
  PK: modelPk(subject),
  SK: `H#${subject.version}#${id}`,
});
const policyPk = ({ tenant, model }: Model): string => `T#${tenant}#P#${model}`;

/** Stands for the model in the keys of a tenant's own policy; no model may have this name. */
export const EVERY_MODEL = '*';

/** The policy in force; a partition of its own, so that who changes it can change no version. */
export const policyKey = (model: Model): Key => ({ PK: policyPk(model), SK: 'CUR' });
export const policyRevisionKey = (model: Model, revision: number): Key => ({
  PK: policyPk(model),
  SK: `POLICY#${String(revision).padStart(5, '0')}`,
});
export const gateKey = (subject: Subject, gate: string): Key => ({
  PK: modelPk(subject),
  SK: `G#${subject.version}#${gate}`,
});
export const digestKey = (tenant: string, digest: Digest): Key => ({
  PK: `T#${tenant}#SHA#${digest}`,
  SK: 'V',
});
export const lineageKey = (
  tenant: string,
  node: string,
  direction: 'IN' | 'OUT',
  type: string,
  id: string,
): Key => ({ PK: `T#${tenant}#N#${node}`, SK: `${direction}#${type}#${id}` });
export const routeKey = ({ tenant, model }: Model): Key => ({
  PK: `T#${tenant}#R#${model}`,
  SK: 'CUR',
});
const rolloutPk = ({ tenant, model }: Model): string => `T#${tenant}#RO#${model}`;
/** Partitions of their own, so that who may pause a rollout cannot change a route. */
export const rolloutKey = (model: Model, id: string): Key => ({
  PK: rolloutPk(model),
  SK: `ROLLOUT#${id}`,
});
const rollbackPk = ({ tenant, model }: Model): string => `T#${tenant}#RB#${model}`;
export const rollbackKey = (model: Model, id: string): Key => ({
  PK: rollbackPk(model),
  SK: `ROLLBACK#${id}`,
});
const experimentPk = ({ tenant, model }: Model): string => `T#${tenant}#X#${model}`;
export const experimentKey = (model: Model, id: string): Key => ({
  PK: experimentPk(model),
  SK: `EXPERIMENT#${id}`,
});
/** What is known of how a model does in production; a partition of its own, which only checks write. */
export const monitoringKey = ({ tenant, model }: Model): Key => ({
  PK: `T#${tenant}#MO#${model}`,
  SK: 'STATE',
});
/**
 * Labels that the version was judged on, by the start of its digest, which decisions name it by; a
 * partition of its own, as the function reads it that takes whatever clients post.
 */
export const labelsKey = ({ tenant, model }: Model, digestStart: string): Key => ({
  PK: `T#${tenant}#L#${model}`,
  SK: digestStart,
});
/** A version's last judgement while it ran; a partition of its own, as the policy's is. */
export const reevaluationKey = (subject: Subject): Key => ({
  PK: `T#${subject.tenant}#D#${subject.model}`,
  SK: `V#${sortKey(subject.version)}`,
});
export const approvalKey = (tenant: string, id: string): Key => ({
  PK: `T#${tenant}#AP#${id}`,
  SK: 'REQ',
});
export const voteKey = (tenant: string, id: string, person: string): Key => ({
  PK: `T#${tenant}#AP#${id}`,
  SK: `VOTE#${person}`,
});
export const claimKey = (tenant: string, object: ObjectVersion): Key => ({
  PK: `T#${tenant}#REL#${object.bucket}#${object.key}#${object.versionId}`,
  SK: 'CLAIM',
});
export const personKey = (principal: string): Key => ({ PK: `PERSON#${principal}`, SK: 'MAP' });
export const outboxKey = (id: string): Key => ({ PK: `AUD#${id}`, SK: 'ENTRY' });

/** One version of one S3 object: unlike a key, it cannot come to mean other bytes. */
export interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
}

/** Partition of the index `byState` (G1): one tenant's versions in one stage, by `updatedAt`. */
export const stateIndexKey = (tenant: string, state: string): string => `T#${tenant}#S#${state}`;

/** Partition of the index `byType` (G2): one tenant's items of a type and status, by `createdAt`. */
export const typeIndexKey = (tenant: string, type: string, status: string): string =>
  `T#${tenant}#${type}#${status}`;

/**
 * Partition of the index `byType` (G2) with the routes of all tenants, by `tenant/model`: whoever
 * looks after what runs has no other way to find it. It changes as rarely as routes do.
 */
export const ROUTE_INDEX = 'ROUTE';
