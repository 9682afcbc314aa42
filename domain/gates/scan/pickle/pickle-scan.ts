import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { behind, wrapperIn } from './joblib-array.ts';
import { AllowlistJudge, type Layout } from './judge.ts';
import { PLAIN } from './layouts.ts';
import type { PickleLimits } from './limits.ts';
import { PickleMachine } from './machine.ts';
import { type Candidate, candidateIn, contentsOf } from './nested.ts';
import { type Damage, OpcodeReader } from './opcode-reader.ts';
import { Ledger } from './report.ts';
import type { Instance, Value } from './value.ts';

/** Scans what something else than this scanner knows how to open, such as a ZIP within bytes. */
export type ScanInner = (source: ByteSource, ledger: Ledger) => Promise<void>;

/** Where a pickle ended. */
export interface Ran {
  /** Offset after STOP, or of the damage. */
  readonly end: number;
  readonly damage: Damage | undefined;
  /** What STOP returned. */
  readonly result: Value | undefined;
}

/** What all pickles of one stream share. */
export class PickleScan {
  readonly limits: PickleLimits;
  /** Opcodes and looks into byte strings that are left. */
  #opcodes: number;
  #nested: number;
  readonly #scanLoaded: ScanInner;

  constructor(limits: PickleLimits, scanLoaded: ScanInner) {
    this.limits = limits;
    this.#opcodes = limits.opcodes;
    this.#nested = limits.nested;
    this.#scanLoaded = scanLoaded;
  }

  /** Runs one pickle from `start` to its STOP, then what it holds in byte strings. */
  async run(
    source: ByteSource,
    start: number,
    ledger: Ledger,
    layout: Layout,
    depth = 0,
  ): Promise<Ran> {
    const candidates: Candidate[] = [];
    const reader = new OpcodeReader(source, this.limits, start);
    const judge = new AllowlistJudge(ledger, layout, (payload) =>
      candidates.push({ payload, at: reader.offset, loaded: true }),
    );
    const machine = new PickleMachine(judge, this.limits);
    const damage = await this.#drive(reader, machine, judge, source, ledger, candidates, depth);
    ledger.protocol = Math.max(ledger.protocol, machine.protocol);
    const loaded = candidates.filter((candidate) => candidate.loaded);
    for (const candidate of candidates) {
      // What is judged as loaded need not be judged as held too.
      const known = !candidate.loaded && loaded.some((other) => sameBytes(candidate, other));
      if (!known) await this.#look(candidate, source, ledger, depth);
    }
    return {
      end: reader.position,
      damage,
      result: machine.result,
    };
  }

  async #drive(
    reader: OpcodeReader,
    machine: PickleMachine,
    judge: AllowlistJudge,
    source: ByteSource,
    ledger: Ledger,
    candidates: Candidate[],
    depth: number,
  ): Promise<Damage | undefined> {
    for (;;) {
      const outcome = reader.next();
      if (outcome === 'more') {
        await reader.load();
        continue;
      }
      if (outcome === 'damage') return reader.damage;
      if (outcome === 'end') return { kind: 'truncated', problem: 'it ends without STOP' };
      if (this.#opcodes === 0) {
        return { kind: 'over-limit', problem: `it has more than ${this.limits.opcodes} opcodes` };
      }
      this.#opcodes -= 1;
      judge.at = reader.offset;
      if (reader.argument !== undefined && candidates.length <= this.limits.nested) {
        const candidate = candidateIn(reader.argument, reader.opcode?.name, reader.offset);
        if (candidate !== undefined) candidates.push(candidate);
      }
      const step = machine.step(reader);
      if (step === 'stopped') return undefined;
      if (step !== 'on') {
        reader.skipTo(reader.offset);
        return step;
      }
      const wrapper = wrapperIn(machine.built);
      if (wrapper === undefined) continue;
      const damage = await this.#stepOver(wrapper, reader, machine, source, ledger, depth);
      if (damage !== undefined) return damage;
    }
  }

  /** Moves past the array that joblib keeps behind `wrapper`. */
  async #stepOver(
    wrapper: Instance,
    reader: OpcodeReader,
    machine: PickleMachine,
    source: ByteSource,
    ledger: Ledger,
    depth: number,
  ): Promise<Damage | undefined> {
    const start = reader.position;
    if (machine.frameEnd > start) {
      ledger.add(
        'pickle.joblib',
        'fail',
        'the frame goes on behind an array wrapper, so that joblib runs other opcodes than it seems; save the model again with joblib.dump',
        reader.offset,
      );
    }
    const found = await behind(wrapper, source, start);
    if (found.is === 'flaw') {
      await this.#readAsOpcodes(source, start, ledger);
      return { kind: 'malformed', problem: `an array ${found.problem}` };
    }
    if (found.is === 'objects') {
      const inner = await this.run(source, start, ledger, PLAIN, depth + 1);
      if (inner.damage !== undefined) return inner.damage;
      reader.skipTo(inner.end);
    } else {
      if (!found.padded) await this.#readAsOpcodes(source, start, ledger);
      reader.skipTo(found.end);
    }
    machine.replaceTop({
      kind: 'instance',
      type: 'numpy ndarray',
      args: [],
      takesState: false,
      takesItems: false,
      state: undefined,
    });
    return undefined;
  }

  /**
   * Items without joblib's padding before them, as versions up to 1.1 wrote them, are opcodes to a
   * plain `pickle.load`: what they would do counts when it is a call.
   */
  async #readAsOpcodes(source: ByteSource, start: number, ledger: Ledger): Promise<void> {
    const hidden = new Ledger('');
    const reader = new OpcodeReader(source, this.limits, start);
    const judge = new AllowlistJudge(hidden, PLAIN, () => undefined);
    const machine = new PickleMachine(judge, this.limits);
    await this.#drive(reader, machine, judge, source, hidden, [], this.limits.nesting);
    if (hidden.findings.some(({ id }) => id === 'pickle.call')) ledger.absorb(hidden, start);
  }

  /** Scans bytes that a pickle holds, and reports them when they are one themselves. */
  async #look(
    { payload, at, loaded }: Candidate,
    source: ByteSource,
    ledger: Ledger,
    depth: number,
  ): Promise<void> {
    if (depth >= this.limits.nesting || this.#nested === 0) {
      const limit = 'pickles lie within pickles more deeply or more often than is looked into';
      ledger.add('pickle.limit', 'inconclusive', `${limit}; save the model again`, at);
      return;
    }
    this.#nested -= 1;
    const contents = await contentsOf(payload, source);
    if (contents === undefined) {
      ledger.add(
        'pickle.nested',
        'inconclusive',
        'a text starts like a pickle and cannot be read as one',
        at,
      );
      return;
    }
    const inner = new Ledger('');
    if (loaded) {
      await this.#scanLoaded(contents, inner);
      ledger.absorb(inner, at);
      return;
    }
    const { damage } = await this.run(contents, 0, inner, PLAIN, depth + 1);
    const [first] = payload.head;
    const isOne =
      first === 0x80 || payload.encoding === 'utf8'
        ? inner.globals.length > 0
        : inner.calls.length > 0;
    if (damage !== undefined && !(isOne && inner.failed)) return;
    if (damage === undefined && !isOne && first !== 0x80) return;
    ledger.absorb(inner, at);
    ledger.add(
      'pickle.nested',
      'inconclusive',
      `holds ${payload.length} bytes that are a pickle themselves; save the model without them`,
      at,
    );
  }
}

/** Whether both are the same argument, or a text and the bytes that it was encoded to. */
const sameBytes = ({ payload: a }: Candidate, { payload: b }: Candidate): boolean =>
  a === b ||
  (a.offset < 0 &&
    b.offset < 0 &&
    a.length === b.length &&
    a.head.every((byte, at) => byte === b.head[at]));
