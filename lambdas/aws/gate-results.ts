import { aboutVersion } from '#domain/audit/entry.ts';
import type { GateSummary } from '#domain/gates/gate-result.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { type Digest, digestStart } from '#domain/registry/digest.ts';
import { gateKey, labelsKey, modelKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import type { Act } from './version-changes.ts';
import { put, update } from './writes.ts';

/** The registry's item of one gate's verdict on one digest under one policy. */
export interface GateRecord extends GateSummary {
  readonly digest: Digest;
  readonly policyHash: Digest;
  readonly at: string;
  /** The attestation key's statement of this result. */
  readonly attestation?: EvidencePointer;
}

/** Keeps the verdicts of gates: each is written once for a digest and a policy. */
export class GateResults {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  list(subject: Subject): Promise<GateRecord[]> {
    return this.#table.list(modelKey(subject).PK, `G#${subject.version}#`);
  }

  get(subject: Subject, gate: string): Promise<GateRecord | undefined> {
    return this.#table.get(gateKey(subject, gate));
  }

  /** @param labels that the version was judged on, for those who count what comes true of it */
  record(
    subject: Subject,
    record: GateRecord,
    act: Act,
    labels: readonly string[] = [],
  ): Promise<Written> {
    const { gate, verdict, digest, policyHash, counts, result } = record;
    return this.#table.transact(
      {
        ...act,
        type: 'version.gate.completed',
        ...aboutVersion(subject),
        data: { gate, verdict, counts, digest, policyHash, result: result.sha256 },
      },
      [
        put(
          'gate',
          gateKey(subject, gate),
          { ...record },
          {
            condition: 'attribute_not_exists(PK) OR digest <> :digest OR policyHash <> :policy',
            values: { ':digest': digest, ':policy': policyHash },
          },
        ),
        ...(labels.length > 0
          ? [put('labels', labelsKey(subject, digestStart(digest)), { labels: [...labels] }, {})]
          : []),
      ],
    );
  }

  /**
   * Labels that a version was judged on; none where it has no classes, or was judged by older code.
   * @param digestStart as decisions have it
   */
  async labelsOf(
    model: Pick<Subject, 'tenant' | 'model'>,
    digestStart: string,
  ): Promise<readonly string[]> {
    const kept = await this.#table.get<{ readonly labels: readonly string[] }>(
      labelsKey(model, digestStart),
    );
    return kept?.labels ?? [];
  }

  /** Notes where a result's attestation lies; the first one stands. */
  attest(
    subject: Subject,
    gate: string,
    result: EvidencePointer,
    attestation: EvidencePointer,
    act: Act,
  ): Promise<Written> {
    return this.#table.transact(
      {
        ...act,
        type: 'version.gate.attested',
        ...aboutVersion(subject),
        data: { gate, result: result.sha256, attestation: attestation.sha256 },
      },
      [
        update(
          'gate',
          gateKey(subject, gate),
          { attestation },
          {
            condition: '#result.sha256 = :result AND attribute_not_exists(attestation)',
            names: { '#result': 'result' },
            values: { ':result': result.sha256 },
          },
        ),
      ],
    );
  }
}
