import { allowedEntry, python3Name } from './allowed/allowed.ts';
import type { Entry } from './allowed/entry.ts';
import { dangerOf } from './dangerous.ts';
import type { CallKind, Judge } from './machine.ts';
import type { Payload } from './opcode-reader.ts';
import { latin1Bytes } from './python-text.ts';
import type { Ledger, TorchStorage } from './report.ts';
import {
  type Global,
  type Instance,
  isEntity,
  nameOf,
  opaque,
  shown,
  type Value,
} from './value.ts';

/** What a stream allows beyond names and calls. */
export interface Layout {
  /** What a persistent id stands for, a storage or a class, or what is wrong with it. */
  readonly persistentId: (id: Value) => TorchStorage | Global | string;
}

const REMEDY = 'save the model without it, or convert it to ONNX or safetensors';

/** Bytes that something in the pickle would itself unpickle. */
export type Unpickles = (bytes: Payload) => void;

/** Judges names against the allowlist, and calls and states by the rules of what is called. */
export class AllowlistJudge implements Judge {
  /** Of the opcode that runs, kept up to date by whoever drives the machine. */
  at = 0;
  readonly #ledger: Ledger;
  readonly #layout: Layout;
  readonly #unpickles: Unpickles;

  constructor(ledger: Ledger, layout: Layout, unpickles: Unpickles) {
    this.#ledger = ledger;
    this.#layout = layout;
    this.#unpickles = unpickles;
  }

  global(writtenModule: string, writtenName: string, protocol: number): Value {
    const [module, name] =
      protocol < 3 ? python3Name(writtenModule, writtenName) : [writtenModule, writtenName];
    const entry = allowedEntry(module, name);
    const written = { module: writtenModule, name: writtenName };
    this.#ledger.global(written, entry !== undefined, this.at);
    if (entry === undefined) this.#refuse({ module, name });
    return { kind: 'global', module, name, entry };
  }

  #refuse(global: Pick<Global, 'module' | 'name'>): void {
    const { module, name } = global;
    const shownName = nameOf(global);
    const danger = dangerOf(module, name);
    if (danger !== undefined) {
      this.#fail('pickle.dangerous-global', `names ${shownName}, which ${danger}; ${REMEDY}`);
    } else if (module === '?' || name === '?') {
      this.#fail('pickle.computed-global', `takes a global whose name it computes; ${REMEDY}`);
    } else if (name.includes('.') || /__.*__/.test(name)) {
      this.#fail(
        'pickle.dotted-global',
        `names ${shownName}, which reaches into an object by a dotted or double-underscore name; ${REMEDY}`,
      );
    } else {
      this.#fail(
        'pickle.unknown-global',
        `names ${shownName}, which is not on the allowlist of what models are made of; ${REMEDY}`,
      );
    }
  }

  call(callee: Value, args: Value, kwargs: Value | undefined, how: CallKind): Value {
    this.#ledger.call(callee, args, how, this.at);
    if (!isEntity(callee) || callee.kind !== 'global') {
      if (!isEntity(callee) || callee.kind !== 'opaque' || !callee.blamed) {
        this.#fail(
          'pickle.call',
          `calls ${shown(callee)}, which is no function or class by name; ${REMEDY}`,
        );
      }
      return opaque('result of a call');
    }
    if (callee.entry === undefined) {
      this.#fail(
        'pickle.call',
        `calls ${nameOf(callee)} with ${shown(args)} while it is loaded; ${REMEDY}`,
      );
      return opaque(`result of ${nameOf(callee)}`);
    }
    const problem =
      how === 'new' ? made(callee.entry, args, kwargs) : this.#called(callee, callee.entry, args);
    if (problem !== undefined) {
      this.#fail(
        'pickle.call',
        `calls ${nameOf(callee)} with ${shown(args)}, which ${problem}; ${REMEDY}`,
      );
      return opaque(`result of ${nameOf(callee)}`);
    }
    return resultOf(callee, callee.entry, args, how);
  }

  #called(callee: Global, entry: Entry, args: Value): string | undefined {
    if (entry.call === undefined) return 'may only be named';
    if (!isEntity(args) || args.kind !== 'tuple') return 'has no tuple of arguments';
    if (args.items.length < args.count) return `has ${args.count} arguments`;
    return entry.call({
      callee,
      args: args.items,
      unpickles: this.#unpickles,
      passedOn: (inner, innerArgs) => {
        if (!isEntity(inner) || inner.kind !== 'global' || inner.entry === undefined) {
          return `calls ${shown(inner)} in turn`;
        }
        return this.#called(inner, inner.entry, innerArgs);
      },
    });
  }

  build(target: Value, state: Value): void {
    if (!isEntity(target) || target.kind !== 'instance') {
      if (isEntity(target) && target.kind === 'opaque' && target.blamed) return;
      this.#fail(
        'pickle.build',
        `sets the state of ${shown(target)}, which is no object that it has just made; ${REMEDY}`,
      );
      return;
    }
    const dunder = dunderOf(state);
    if (!target.takesState) {
      this.#fail('pickle.build', `sets the state of ${shown(target)}, which takes none; ${REMEDY}`);
    } else if (target.state !== undefined) {
      this.#fail('pickle.build', `sets the state of ${shown(target)} twice; ${REMEDY}`);
    } else if (dunder !== undefined) {
      this.#fail(
        'pickle.build',
        `sets ${shown(dunder)} of ${shown(target)}, which reaches behind the object; ${REMEDY}`,
      );
    } else {
      const problem = target.stateRule?.(state);
      if (problem !== undefined) {
        this.#fail(
          'pickle.build',
          `sets the state of ${shown(target)}, which ${problem}; ${REMEDY}`,
        );
      }
    }
    target.state = state;
  }

  mutate(target: Value, items: readonly Value[]): void {
    if (isEntity(target) && target.kind === 'instance' && target.takesItems) return;
    if (isEntity(target) && target.kind === 'opaque' && target.blamed) return;
    this.#fail(
      'pickle.items',
      `puts ${items.length} items into ${shown(target)}, which is no list, dict or set; ${REMEDY}`,
    );
  }

  persistent(id: Value): Value {
    const meant = this.#layout.persistentId(id);
    if (typeof meant === 'string') {
      this.#fail('pickle.persistent-id', `refers to ${shown(id)} outside the pickle: ${meant}`);
    } else if ('kind' in meant) return meant;
    else this.#ledger.storages.set(meant.key, meant);
    return { kind: 'persistent', id };
  }

  extension(code: number): Value {
    this.#fail(
      'pickle.extension',
      `takes extension ${code} of the copyreg registry, which can stand for anything; ${REMEDY}`,
    );
    return opaque(`extension ${code}`);
  }

  odd(id: 'stack' | 'memo' | 'protocol' | 'buffer' | 'frame', problem: string): void {
    this.#ledger.add(
      `pickle.${id}`,
      'inconclusive',
      `${problem}, as no pickler writes it; save the model again`,
      this.at,
    );
  }

  ambiguous(problem: string): void {
    this.#fail(
      'pickle.ambiguous',
      `${problem}, so that each unpickler reads other opcodes; save the model again`,
    );
  }

  #fail(id: string, message: string): void {
    this.#ledger.add(id, 'fail', message, this.at);
  }
}

/** What is wrong with making an object by `cls.__new__(cls)`. */
function made(entry: Entry, args: Value, kwargs: Value | undefined): string | undefined {
  if (entry.make !== true) return 'is no class whose objects a model keeps';
  const without = (value: Value | undefined) =>
    value === undefined || (isEntity(value) && 'count' in value && value.count === 0);
  return without(args) && without(kwargs) ? undefined : 'takes arguments';
}

function resultOf({ module, name }: Global, entry: Entry, args: Value, how: CallKind): Value {
  const given = isEntity(args) && args.kind === 'tuple' ? args.items : [];
  if (how === 'call' && entry.returns === 'builtins bytes') return encoded(given[0] ?? null);
  const [cls] = given;
  const first = isEntity(cls) && cls.kind === 'global' ? cls : undefined;
  const type =
    how === 'new' || entry.returns === undefined
      ? `${module} ${name}`
      : entry.returns === 'first' && first !== undefined
        ? `${first.module} ${first.name}`
        : entry.returns;
  const made: Instance = {
    kind: 'instance',
    type,
    args: given,
    takesState: entry.make === true || entry.state === true,
    stateRule: entry.stateRule,
    takesItems:
      (entry.items ?? (how === 'call' && entry.returns === 'first' && first?.entry?.items)) ===
      true,
    state: undefined,
  };
  return made;
}

/** The bytes of an encoded text, as `_codecs.encode(text, 'latin1')` gives them. */
function encoded(text: Value): Value {
  if (typeof text !== 'string') return text;
  const bytes = latin1Bytes(text) ?? new Uint8Array(0);
  return { kind: 'payload', offset: -1, length: bytes.length, encoding: 'bytes', head: bytes };
}

/** A key such as `__class__` in a state, or in the part of it that fills slots. */
function dunderOf(state: Value): string | undefined {
  if (!isEntity(state)) return undefined;
  if (state.kind === 'dict') return state.dunder;
  if (state.kind !== 'tuple') return undefined;
  for (const part of state.items) {
    if (isEntity(part) && part.kind === 'dict' && part.dunder !== undefined) return part.dunder;
  }
  return undefined;
}
