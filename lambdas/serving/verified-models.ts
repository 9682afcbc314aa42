import { LRUCache } from 'lru-cache';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { ModelSession } from './model-session.ts';
import { openVerified } from './open-verified.ts';
import type { IntegrityMismatch, Outcome, Refusal } from './outcome.ts';
import type { Clock } from './ports.ts';
import type { Lease, SessionCache } from './session-cache.ts';
import { admissionOf, type VouchedVersion, type VouchPorts, vouch } from './vouched-version.ts';

/** A refused version is not read again for this long: a gigabyte of it would be read each time. */
const REFUSED_MS = 10_000;
const MAX_KNOWN = 1_000;

/** Told once for each time that a version was read and found altered. */
export type OnMismatch = (version: VersionRecord, mismatch: IntegrityMismatch) => void;

/**
 * Versions whose papers and bytes have been verified, kept by digest and by the papers' own
 * pointers: another signature or admission is verified anew.
 */
export class VerifiedModels {
  readonly #ports: VouchPorts;
  readonly #sessions: SessionCache<ModelSession>;
  readonly #clock: Clock;
  readonly #onMismatch: OnMismatch;
  readonly #vouched = new LRUCache<string, Promise<Outcome<VouchedVersion>>>({ max: MAX_KNOWN });
  readonly #refused = new LRUCache<string, { refusal: Refusal; until: number }>({
    max: MAX_KNOWN,
  });

  constructor(
    ports: VouchPorts,
    sessions: SessionCache<ModelSession>,
    clock: Clock,
    onMismatch: OnMismatch,
  ) {
    this.#ports = ports;
    this.#sessions = sessions;
    this.#clock = clock;
    this.#onMismatch = onMismatch;
  }

  /** @throws Unavailable when a paper or a key cannot be read. */
  async vouched(version: VersionRecord): Promise<Outcome<VouchedVersion>> {
    const key = this.#identityOf(version);
    const refused = this.#refused.get(key);
    if (refused && this.#clock() < refused.until) return { ok: false, refusal: refused.refusal };
    return this.#vouched.get(key) ?? this.#vouch(key, version);
  }

  /**
   * An opened session of a verified version; its lease must be released.
   * @throws Unavailable when papers, keys or files cannot be read.
   */
  async session(version: VersionRecord): Promise<Outcome<Lease<ModelSession>>> {
    const vouched = await this.vouched(version);
    if (!vouched.ok) return vouched;
    const key = this.#identityOf(version);
    return this.#sessions.lease(key, async (makeRoom) => {
      const opened = await openVerified(this.#ports.artifacts, vouched.value, makeRoom);
      return opened.ok ? opened : this.#refuse(key, version, opened);
    });
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
    const { tenant, model, version, digest, artifact, signature } = record;
    const papers = [artifact, signature, admissionOf(record, this.#ports.scope)].map(
      (pointer) => pointer && [pointer.key, pointer.versionId, pointer.sha256],
    );
    return JSON.stringify([tenant, model, version, digest, papers]);
  }
}
