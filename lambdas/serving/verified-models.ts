import { LRUCache } from 'lru-cache';
import type { Digest } from '#domain/registry/digest.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { OpenRemote } from './backends/open-remote.ts';
import { openVerified } from './open-verified.ts';
import { type Opening, openingHere } from './opening.ts';
import type { IntegrityMismatch, Outcome, Refusal } from './outcome.ts';
import type { Clock } from './ports.ts';
import type { ServedModel } from './served-model.ts';
import type { Lease, SessionCache } from './session-cache.ts';
import { admissionOf, type VouchedVersion, type VouchPorts, vouch } from './vouched-version.ts';

/** A refused version is not read again for this long: a gigabyte of it would be read each time. */
const REFUSED_MS = 10_000;
const MAX_KNOWN = 1_000;

/** Whether a version that runs here does so in this process, or in one of its own. */
export type Where = 'here' | 'isolated';

/** Told once for each time that a version was read and found altered. */
export type OnMismatch = (version: VersionRecord, mismatch: IntegrityMismatch) => void;

/**
 * Versions whose papers and bytes have been verified, kept by digest and by the papers' own
 * pointers: another signature or admission is verified anew.
 */
export class VerifiedModels {
  readonly #ports: VouchPorts;
  readonly #sessions: SessionCache<ServedModel>;
  readonly #clock: Clock;
  readonly #onMismatch: OnMismatch;
  readonly #openings: Readonly<Record<Where, Opening>>;
  readonly #remote: OpenRemote | undefined;
  /** Those that were opened in processes of their own, by their keys. */
  readonly #isolated = new Map<string, VersionRecord>();
  readonly #vouched = new LRUCache<string, Promise<Outcome<VouchedVersion>>>({ max: MAX_KNOWN });
  readonly #refused = new LRUCache<string, { refusal: Refusal; until: number }>({
    max: MAX_KNOWN,
  });

  /** @param remote without which every version runs here, wherever its manifest has it run. */
  constructor(
    ports: VouchPorts,
    sessions: SessionCache<ServedModel>,
    clock: Clock,
    onMismatch: OnMismatch,
    isolated: Opening,
    remote?: OpenRemote,
  ) {
    this.#ports = ports;
    this.#sessions = sessions;
    this.#clock = clock;
    this.#onMismatch = onMismatch;
    this.#openings = { here: openingHere, isolated };
    this.#remote = remote;
  }

  /** Memory that the open ones are expected to take. */
  get openBytes(): number {
    return this.#sessions.bytes;
  }

  /** @throws Unavailable when a paper or a key cannot be read. */
  async vouched(version: VersionRecord): Promise<Outcome<VouchedVersion>> {
    const key = this.#identityOf(version);
    const refusal = this.#refusalOf(key);
    if (refusal) return { ok: false, refusal };
    return this.#vouched.get(key) ?? this.#vouch(key, version);
  }

  /**
   * An opened session of a verified version; its lease must be released. Of one that another server
   * runs nothing is loaded, and nothing stays open.
   * @throws Unavailable when papers, keys or files cannot be read.
   */
  async session(
    version: VersionRecord,
    where: Where = 'here',
  ): Promise<Outcome<Lease<ServedModel>>> {
    const vouched = await this.vouched(version);
    if (!vouched.ok) return vouched;
    const remote = this.#remote?.(version, vouched.value.manifest);
    if (remote) return { ok: true, value: { value: remote, cold: false, release() {} } };
    const key = keyAt(where, this.#identityOf(version));
    const refusal = this.#refusalOf(key);
    if (refusal) return { ok: false, refusal };
    return this.#sessions.lease(key, async (makeRoom) => {
      const { artifacts } = this.#ports;
      const opened = await openVerified(artifacts, vouched.value, makeRoom, this.#openings[where]);
      if (!opened.ok) return this.#refuse(key, version, opened);
      if (where === 'isolated') this.#isolated.set(key, version);
      return opened;
    });
  }

  /** Ends the processes of a model's versions, but of those that are still on trial. */
  async closeIsolated(
    { tenant, model }: Pick<VersionRecord, 'tenant' | 'model'>,
    trial: ReadonlySet<Digest>,
  ): Promise<void> {
    for (const [key, version] of this.#isolated) {
      if (version.tenant !== tenant || version.model !== model || trial.has(version.digest))
        continue;
      this.#isolated.delete(key);
      await this.#sessions.close(key);
    }
  }

  #refusalOf(key: string): Refusal | undefined {
    const refused = this.#refused.get(key);
    return refused && this.#clock() < refused.until ? refused.refusal : undefined;
  }

  #vouch(key: string, version: VersionRecord): Promise<Outcome<VouchedVersion>> {
    const vouching = vouch(this.#ports, version).then(
      (outcome) => {
        if (outcome.ok) return outcome;
        this.#vouched.delete(key);
        return this.#refuse(key, version, outcome);
      },
      (error: unknown) => {
        this.#vouched.delete(key);
        throw error;
      },
    );
    this.#vouched.set(key, vouching);
    return vouching;
  }

  #refuse<T extends { readonly refusal: Refusal }>(
    key: string,
    version: VersionRecord,
    outcome: T,
  ): T {
    const { refusal } = outcome;
    this.#refused.set(key, { refusal, until: this.#clock() + REFUSED_MS });
    if (refusal.kind === 'integrity-mismatch') this.#onMismatch(version, refusal);
    return outcome;
  }

  #identityOf(record: VersionRecord): string {
    const { tenant, model, version, digest, artifact, signature, backend } = record;
    const papers = [artifact, signature, admissionOf(record, this.#ports.scope)].map(
      (pointer) => pointer && [pointer.key, pointer.versionId, pointer.sha256],
    );
    return JSON.stringify([tenant, model, version, digest, papers, backend]);
  }
}

/** Papers are vouched for once, wherever their version runs. */
const keyAt = (where: Where, identity: string): string =>
  where === 'here' ? identity : `${where} ${identity}`;
