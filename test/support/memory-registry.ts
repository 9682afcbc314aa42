import type { GateRecord } from '#aws/gate-results.ts';
import type { ModelRecord, ModelRegistry } from '#aws/model-registry.ts';
import type { Written } from '#aws/registry-table.ts';
import type { Act, Registration, Transition, VersionChanges } from '#aws/version-changes.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Stage } from '#domain/registry/stage.ts';
import { type Subject, subjectPath } from '#domain/registry/subject.ts';
import type { Route, VersionRecord } from '#domain/registry/version-record.ts';
import { sortKey } from '#domain/registry/versions.ts';

const OK: Written = { ok: true };
const refused = (...failed: string[]): Written => ({ ok: false, failed });

/** What the registry promises its callers, in memory: same answers, no expressions. */
export class MemoryRegistry
  implements
    Pick<ModelRegistry, 'model' | 'version' | 'versions' | 'byDigest' | 'route'>,
    Pick<VersionChanges, 'register' | 'sign' | 'admitStaging' | 'admit' | 'transition'>
{
  readonly records = new Map<string, VersionRecord>();
  readonly lineage: Registration['lineage'][number][] = [];
  readonly transitions: (Transition & { readonly actor: string })[] = [];
  readonly routes = new Map<string, Route>();

  async version(subject: Subject): Promise<VersionRecord | undefined> {
    return this.records.get(subjectPath(subject));
  }

  async versions({ tenant, model }: Omit<Subject, 'version'>): Promise<VersionRecord[]> {
    return [...this.records.values()]
      .filter((record) => record.tenant === tenant && record.model === model)
      .sort((a, b) => (sortKey(a.version) < sortKey(b.version) ? -1 : 1));
  }

  async model(model: Omit<Subject, 'version'>): Promise<ModelRecord | undefined> {
    const versions = await this.versions(model);
    const lastOrdinal = Math.max(0, ...versions.map(({ ordinal }) => ordinal));
    const last = versions.find(({ ordinal }) => ordinal === lastOrdinal);
    const { tenant, model: name } = model;
    return (
      last && {
        tenant,
        model: name,
        lastOrdinal,
        latest: last.version,
        createdAt: last.createdAt,
      }
    );
  }

  async byDigest(tenant: string, digest: Digest): Promise<VersionRecord | undefined> {
    return [...this.records.values()].find(
      (record) => record.tenant === tenant && record.digest === digest,
    );
  }

  async route(tenant: string, model: string): Promise<Route | undefined> {
    return this.routes.get(`${tenant}/${model}`);
  }

  async register({ record, lineage }: Registration): Promise<Written> {
    const failed = [
      ...((await this.version(record)) ? ['version'] : []),
      ...((await this.byDigest(record.tenant, record.digest)) ? ['digest'] : []),
      ...(((await this.model(record))?.lastOrdinal ?? 0) === record.ordinal - 1 ? [] : ['model']),
    ];
    if (failed.length > 0) return refused(...failed);
    this.records.set(subjectPath(record), record);
    this.lineage.push(...lineage);
    return OK;
  }

  async sign(subject: Subject, digest: Digest, signature: EvidencePointer): Promise<Written> {
    const record = await this.version(subject);
    if (record?.digest !== digest || record.signature) return refused('version');
    return this.put({ ...record, signature });
  }

  async admitStaging(
    subject: Subject,
    digest: Digest,
    stagingAdmission: EvidencePointer,
  ): Promise<Written> {
    const record = await this.version(subject);
    if (record?.digest !== digest || record.state !== 'VALIDATION') return refused('version');
    return this.put({ ...record, stagingAdmission });
  }

  async admit(subject: Subject, digest: Digest, admission: EvidencePointer): Promise<Written> {
    const record = await this.version(subject);
    if (record?.digest !== digest || record.state !== 'STAGING') return refused('version');
    return this.put({ ...record, admission });
  }

  async transition(move: Transition, { actor }: Act): Promise<Written> {
    const record = await this.version(move.subject);
    if (record?.state !== move.from || record.digest !== move.digest) return refused('version');
    this.transitions.push({ ...move, actor });
    return this.put({ ...record, state: move.to, rev: record.rev + 1, ...move.fields });
  }

  put(record: VersionRecord): Written {
    this.records.set(subjectPath(record), record);
    return OK;
  }

  async setState(subject: Subject, state: Stage): Promise<void> {
    const record = await this.version(subject);
    if (!record) throw new Error(`no version ${subjectPath(subject)}`);
    this.put({ ...record, state });
  }
}

/** The verdicts of gates in memory: one for a gate, a digest and a policy. */
export class MemoryGateResults {
  readonly records: GateRecord[] = [];
  /** Of the verdict that was recorded last. */
  labels: readonly string[] | undefined;

  async list(): Promise<GateRecord[]> {
    return [...this.records];
  }

  async get(_subject: Subject, gate: string): Promise<GateRecord | undefined> {
    return this.records.find((record) => record.gate === gate);
  }

  async attest(
    _subject: Subject,
    gate: string,
    result: EvidencePointer,
    attestation: EvidencePointer,
  ): Promise<Written> {
    const at = this.records.findIndex((record) => record.gate === gate);
    const held = this.records[at];
    if (held?.result.sha256 !== result.sha256 || held.attestation) return refused('gate');
    this.records[at] = { ...held, attestation };
    return OK;
  }

  async record(
    _subject: Subject,
    record: GateRecord,
    _act?: unknown,
    labels?: readonly string[],
  ): Promise<Written> {
    this.labels = labels;
    const at = this.records.findIndex(({ gate }) => gate === record.gate);
    const held = this.records[at];
    if (held?.digest === record.digest && held.policyHash === record.policyHash) {
      return refused('gate');
    }
    if (held) this.records[at] = record;
    else this.records.push(record);
    return OK;
  }
}
