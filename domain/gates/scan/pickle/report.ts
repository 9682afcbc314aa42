import type { Verdict } from '#domain/gates/verdict.ts';
import type { CallKind } from './machine.ts';
import { shown, type Value } from './value.ts';

/** One thing that keeps a pickle from passing; `where` is `member@offset`. */
export interface PickleFinding {
  readonly id: string;
  readonly verdict: Extract<Verdict, 'fail' | 'inconclusive'>;
  readonly message: string;
  readonly where: string;
}

export interface NamedGlobal {
  readonly module: string;
  readonly name: string;
  readonly allowed: boolean;
  /** Of its first mention. */
  readonly offset: number;
}

export interface RecordedCall {
  readonly callee: string;
  readonly how: CallKind;
  /** Of the first call, on one line. */
  readonly args: string;
  readonly offset: number;
  readonly count: number;
}

export interface PickleReport {
  readonly findings: readonly PickleFinding[];
  /** Each once, in order of appearance. */
  readonly globals: readonly NamedGlobal[];
  /** Each callee once, in order of appearance. */
  readonly calls: readonly RecordedCall[];
  /** Bytes whose meaning is known, of those present. */
  readonly coverage: { readonly parsed: number; readonly present: number };
  /** The highest that any of the pickles declares; 0 when none does. */
  readonly protocol: number;
  /** Pickles in the stream, those within others not counted. */
  readonly pickles: number;
  /** PyTorch's storages, which lie outside the pickle; each key once. */
  readonly storages: readonly TorchStorage[];
}

/** Tensor data that a pickle refers to. */
export interface TorchStorage {
  readonly key: string;
  readonly bytes: number;
  readonly elementBytes: number;
}

const MOST_FINDINGS = 200;
const MOST_NAMES = 10_000;

/** Gathers what a scan finds, each thing once. */
export class Ledger {
  readonly findings: PickleFinding[] = [];
  readonly storages = new Map<string, TorchStorage>();
  protocol = 0;
  readonly where: string;
  readonly #seen = new Set<string>();
  readonly #globals = new Map<string, NamedGlobal>();
  readonly #calls = new Map<string, RecordedCall & { count: number }>();

  constructor(where: string) {
    this.where = where;
  }

  add(id: string, verdict: PickleFinding['verdict'], message: string, at: number): void {
    const key = `${id} ${message}`;
    if (this.#seen.has(key)) return;
    // Beyond the cap only the first failure still counts, so that the verdict stays what it is.
    if (this.findings.length >= MOST_FINDINGS) {
      if (verdict === 'inconclusive' || this.failed) return;
    }
    this.#seen.add(key);
    this.findings.push({ id, verdict, message, where: `${this.where}@${at}` });
  }

  global(
    { module, name }: { module: string; name: string },
    allowed: boolean,
    offset: number,
  ): void {
    const key = `${module}\n${name}`;
    if (this.#globals.has(key) || this.#globals.size >= MOST_NAMES) return;
    this.#globals.set(key, { module, name, allowed, offset });
  }

  call(callee: Value, args: Value, how: CallKind, offset: number): void {
    const name = shown(callee);
    const key = `${how} ${name}`;
    const known = this.#calls.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#calls.size < MOST_NAMES) {
      this.#calls.set(key, { callee: name, how, args: shown(args), offset, count: 1 });
    }
  }

  /** Takes over what was found in a pickle within this one, at `offset`. */
  absorb(inner: Ledger, offset: number): void {
    for (const { id, verdict, message } of inner.findings) {
      this.add(id, verdict, `in a pickle within: ${message}`, offset);
    }
    this.#count(inner);
  }

  /** Takes over what was found further on in the same file, or its failures only. */
  takeOver(next: Ledger, only?: 'fail'): void {
    for (const { id, verdict, message, where } of next.findings) {
      if (only !== undefined && verdict !== only) continue;
      this.add(id, verdict, message, Number(where.slice(where.lastIndexOf('@') + 1)));
    }
    this.#count(next);
  }

  #count(inner: Ledger): void {
    this.protocol = Math.max(this.protocol, inner.protocol);
    for (const [key, storage] of inner.storages) this.storages.set(key, storage);
    for (const global of inner.#globals.values())
      this.global(global, global.allowed, global.offset);
  }

  get calls(): readonly RecordedCall[] {
    return [...this.#calls.values()];
  }

  get globals(): readonly NamedGlobal[] {
    return [...this.#globals.values()];
  }

  get failed(): boolean {
    return this.findings.some(({ verdict }) => verdict === 'fail');
  }
}
