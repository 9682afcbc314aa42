import type { Check, Verdict } from '#domain/gates/verdict.ts';
import type { ByteSource } from './byte-source.ts';
import type { Decompressors } from './decompressors.ts';
import type { FormatError } from './format-error.ts';
import type { ScanLimits } from './limits.ts';
import type { ScanPolicy } from './policy.ts';

/** A file of the artifact, or a member of an archive in it. */
export interface Member {
  /** `model.zip!weights/data.pkl`. */
  readonly where: string;
  /** Its name in the folder or archive it lies in; never trusted, only shown and compared. */
  readonly name: string;
  readonly source: ByteSource;
  /** Archives around it. */
  readonly depth: number;
  /** `torch` for a pickle whose tensors lie beside it in the archive. */
  readonly references?: 'torch';
}

/** What was found in one member. */
export interface MemberReport {
  readonly where: string;
  readonly format: string;
  readonly bytes: number;
  /** Bytes whose meaning is known. */
  readonly parsed: number;
  readonly verdict: Verdict;
}

/** What reading one file gave. */
export interface Reading {
  /** As a person says it: `safetensors`, `ZIP archive`. */
  readonly format: string;
  readonly checks: readonly Check[];
  /** Bytes of the file whose meaning is known: structure that was read, and data it delimits. */
  readonly parsed: number;
  /** What lies inside, when it is an archive. */
  readonly members?: readonly MemberReport[];
  /** Files of the artifact that this one keeps its tensors in. */
  readonly claims?: readonly string[];
  /** Bytes of each storage that a pickle of PyTorch's names, by key. */
  readonly storages?: ReadonlyMap<string, number>;
}

/** What is spent by one scan, all members together. */
interface Spent {
  entries: number;
  unpackedBytes: number;
}

/** What a format's reader may use. */
export interface Scan {
  readonly policy: ScanPolicy;
  readonly limits: ScanLimits;
  readonly decompressors: Decompressors;
  readonly spent: Spent;
  readonly outOfTime: () => boolean;
  /** Bytes of the artifact's files, by path. */
  readonly files: ReadonlyMap<string, number>;
  /** Judges a member by its content; never throws a FormatError. */
  readonly judge: (member: Member) => Promise<Reading>;
}

/** Gathers the checks of one member, each with the member's name and the offset within it. */
export class Findings {
  readonly checks: Check[] = [];
  readonly #where: string;

  constructor({ where }: Pick<Member, 'where'>) {
    this.#where = where;
  }

  add(id: string, verdict: Verdict, message: string, at?: number): void {
    const where = at === undefined ? this.#where : `${this.#where}@${at}`;
    this.checks.push({ id, verdict, message, where });
  }

  fail(id: string, message: string, at?: number): void {
    this.add(id, 'fail', message, at);
  }

  undecided(id: string, message: string, at?: number): void {
    this.add(id, 'inconclusive', message, at);
  }

  pass(id: string, message: string): void {
    this.add(id, 'pass', message);
  }
}

/** A reading that was cut short. */
export function cutShort(
  member: Pick<Member, 'where'>,
  format: string,
  error: FormatError,
): Reading {
  const findings = new Findings(member);
  findings.add(error.id, error.verdict, error.message, error.at);
  return { format, checks: findings.checks, parsed: 0 };
}
