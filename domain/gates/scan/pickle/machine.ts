import type { PickleLimits } from './limits.ts';
import type { Damage, OpcodeReader } from './opcode-reader.ts';
import { add, collection, dict, isEntity, opaque, put, type Value } from './value.ts';

/** How a call comes about; `new` calls `cls.__new__` only, the others run the whole constructor. */
export type CallKind = 'call' | 'new';

/** Decides what names, calls and changes mean; told of each one, in order. */
export interface Judge {
  global(module: string, name: string, protocol: number): Value;
  call(callee: Value, args: Value, kwargs: Value | undefined, how: CallKind): Value;
  build(target: Value, state: Value): void;
  /** Items put into something that is no plain list, dict or set. */
  mutate(target: Value, items: readonly Value[]): void;
  persistent(id: Value): Value;
  extension(code: number): Value;
  /** Something a pickler never writes, or that makes loading fail. */
  odd(id: 'stack' | 'memo' | 'protocol' | 'buffer' | 'frame', problem: string): void;
  /** Something that CPython's unpicklers read in different ways, so that opcodes can hide in it. */
  ambiguous(problem: string): void;
}

/** Where a step leaves the machine; `built` names the object that a BUILD has just finished. */
export type Step = 'on' | 'stopped' | Damage;

/**
 * Runs a pickle's opcodes on symbols instead of objects, as CPython's `pickle.Unpickler` would run
 * them on objects. Nothing is imported and nothing is called.
 */
export class PickleMachine {
  protocol = 0;
  /** The object that the latest opcode built, when that opcode was BUILD. */
  built: Value | undefined;
  /** End of the latest frame. */
  frameEnd = 0;
  readonly #judge: Judge;
  readonly #limits: PickleLimits;
  readonly #memo = new Map<number, Value>();
  #stack: Value[] = [];
  readonly #below: Value[][] = [];
  #depth = 0;
  #protocolSeen = false;

  constructor(judge: Judge, limits: PickleLimits) {
    this.#judge = judge;
    this.#limits = limits;
  }

  /** What STOP returned. */
  result: Value | undefined;

  /** Replaces the top of the stack, as joblib does with an array wrapper. */
  replaceTop(value: Value): void {
    this.#stack[this.#stack.length - 1] = value;
  }

  step({ opcode, argument, position, offset, end }: OpcodeReader): Step {
    this.built = undefined;
    const value = argument as Value;
    if (offset < this.frameEnd && position > this.frameEnd) {
      this.#judge.ambiguous('an opcode lies across the end of a frame');
    }
    switch (opcode?.name) {
      case undefined:
        break;
      case 'PROTO':
        if (Number(value) > 5) {
          return { kind: 'malformed', problem: `protocol ${value} does not exist` };
        }
        if (this.#protocolSeen) this.#judge.odd('protocol', 'PROTO is repeated');
        this.#protocolSeen = true;
        this.protocol = Number(value);
        break;
      case 'FRAME':
        this.#frame(offset, position + Number(value), end);
        break;
      case 'STOP':
        this.result = this.#pop();
        if (this.#stack.length > 0 || this.#below.length > 0) {
          this.#judge.odd('stack', 'objects are left on the stack at STOP');
        }
        return 'stopped';
      case 'MARK':
        this.#below.push(this.#stack);
        this.#stack = [];
        this.#depth += 1;
        break;
      case 'POP':
        if (this.#stack.length > 0) this.#pop();
        else this.#popMark();
        break;
      case 'POP_MARK':
        this.#popMark();
        break;
      case 'DUP':
        this.#push(this.#top());
        break;
      case 'NONE':
        this.#push(null);
        break;
      case 'NEWTRUE':
        this.#push(true);
        break;
      case 'NEWFALSE':
        this.#push(false);
        break;
      case 'PERSID':
        this.#push(this.#judge.persistent(value));
        break;
      case 'BINPERSID':
        this.#push(this.#judge.persistent(this.#pop()));
        break;
      case 'EXT1':
      case 'EXT2':
      case 'EXT4':
        this.#push(this.#judge.extension(Number(value)));
        break;
      case 'NEXT_BUFFER':
        this.#judge.odd('buffer', 'an out-of-band buffer is asked for, which no file carries');
        this.#push(opaque('out-of-band buffer'));
        break;
      case 'READONLY_BUFFER':
        this.#top();
        break;
      case 'EMPTY_TUPLE':
        this.#push(collection('tuple', []));
        break;
      case 'EMPTY_LIST':
        this.#push(collection('list', []));
        break;
      case 'EMPTY_SET':
        this.#push(collection('set', []));
        break;
      case 'EMPTY_DICT':
        this.#push(dict());
        break;
      case 'TUPLE1':
        this.#tuple(1);
        break;
      case 'TUPLE2':
        this.#tuple(2);
        break;
      case 'TUPLE3':
        this.#tuple(3);
        break;
      case 'TUPLE':
        this.#push(collection('tuple', this.#popMark()));
        break;
      case 'LIST':
        this.#push(collection('list', this.#popMark()));
        break;
      case 'FROZENSET':
        this.#push(collection('frozenset', this.#popMark()));
        break;
      case 'DICT': {
        const made = dict();
        this.#putAll(made, this.#popMark());
        this.#push(made);
        break;
      }
      case 'APPEND':
        this.#extend([this.#pop()], 'list');
        break;
      case 'APPENDS':
        this.#extend(this.#popMark(), 'list');
        break;
      case 'ADDITEMS':
        this.#extend(this.#popMark(), 'set');
        break;
      case 'SETITEM': {
        const item = this.#pop();
        this.#putAll(undefined, [this.#pop(), item]);
        break;
      }
      case 'SETITEMS':
        this.#putAll(undefined, this.#popMark());
        break;
      case 'PUT':
      case 'BINPUT':
      case 'LONG_BINPUT':
        return this.#memoise(Number(value));
      case 'MEMOIZE':
        return this.#memoise(this.#memo.size);
      case 'GET':
      case 'BINGET':
      case 'LONG_BINGET':
        this.#recall(Number(value));
        break;
      case 'GLOBAL': {
        const [module, name] = argument as readonly [string, string];
        this.#push(this.#judge.global(module, name, this.protocol));
        break;
      }
      case 'STACK_GLOBAL': {
        const name = this.#pop();
        const module = this.#pop();
        this.#push(this.#named(module, name));
        break;
      }
      case 'REDUCE': {
        const args = this.#pop();
        this.#push(this.#judge.call(this.#pop(), args, undefined, 'call'));
        break;
      }
      case 'NEWOBJ': {
        const args = this.#pop();
        this.#push(this.#judge.call(this.#pop(), args, undefined, 'new'));
        break;
      }
      case 'NEWOBJ_EX': {
        const kwargs = this.#pop();
        const args = this.#pop();
        this.#push(this.#judge.call(this.#pop(), args, kwargs, 'new'));
        break;
      }
      case 'INST': {
        const [module, name] = argument as readonly [string, string];
        const callee = this.#judge.global(module, name, this.protocol);
        this.#push(this.#instantiate(callee, this.#popMark()));
        break;
      }
      case 'OBJ': {
        const [callee = opaque('nothing'), ...args] = this.#popMark();
        this.#push(this.#instantiate(callee, args));
        break;
      }
      case 'BUILD': {
        const state = this.#pop();
        this.built = this.#top();
        this.#judge.build(this.built, state);
        break;
      }
      default:
        this.#push(value);
    }
    if (this.#depth > this.#limits.stackDepth) {
      return { kind: 'over-limit', problem: `the stack is deeper than ${this.#limits.stackDepth}` };
    }
    return 'on';
  }

  /**
   * CPython's unpickler in C drops what is left of a frame when it has to read beyond its end, the
   * one in Python refuses, and `pickle.loads` reads on: only whole opcodes in frames side by side
   * mean the same to all.
   */
  #frame(offset: number, frameEnd: number, end: number): void {
    if (offset < this.frameEnd && frameEnd > this.frameEnd) {
      this.#judge.ambiguous('a frame begins within another and ends behind it');
    } else if (offset < this.frameEnd) this.#judge.odd('frame', 'a frame lies within another');
    if (frameEnd > end) this.#judge.odd('frame', 'a frame is longer than the file');
    this.frameEnd = frameEnd;
  }

  /** A class without arguments is only allocated; anything else is called. */
  #instantiate(callee: Value, args: readonly Value[]): Value {
    const how = args.length === 0 ? 'new' : 'call';
    return this.#judge.call(callee, collection('tuple', args), undefined, how);
  }

  #named(module: Value, name: Value): Value {
    if (typeof module === 'string' && typeof name === 'string') {
      return this.#judge.global(module, name, this.protocol);
    }
    const said = (part: Value) => (typeof part === 'string' ? part : '?');
    return this.#judge.global(said(module), said(name), this.protocol);
  }

  #push(value: Value): void {
    this.#stack.push(value);
    this.#depth += 1;
  }

  #pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined) return this.#underflow();
    this.#depth -= 1;
    return value;
  }

  #top(): Value {
    const value = this.#stack.at(-1);
    return value === undefined ? this.#underflow() : value;
  }

  #underflow(): Value {
    this.#judge.odd('stack', 'an opcode takes more from the stack than is there');
    return opaque('nothing');
  }

  #popMark(): readonly Value[] {
    const items = this.#stack;
    const below = this.#below.pop();
    if (below === undefined) {
      this.#judge.odd('stack', 'an opcode looks for a mark that is not there');
      return [];
    }
    this.#depth -= items.length + 1;
    this.#stack = below;
    return items;
  }

  #tuple(size: number): void {
    const items: Value[] = [];
    for (let at = 0; at < size; at += 1) items.unshift(this.#pop());
    this.#push(collection('tuple', items));
  }

  #extend(items: readonly Value[], kind: 'list' | 'set'): void {
    const target = this.#top();
    if (isEntity(target) && target.kind === kind) add(target, items);
    else this.#judge.mutate(target, items);
  }

  #putAll(into: ReturnType<typeof dict> | undefined, items: readonly Value[]): void {
    const target = into ?? this.#top();
    if (items.length % 2 === 1) this.#judge.odd('stack', 'a key has no value');
    if (!isEntity(target) || target.kind !== 'dict') {
      this.#judge.mutate(target, items);
      return;
    }
    for (let at = 0; at + 1 < items.length; at += 2) {
      put(target, items[at] as Value, items[at + 1] as Value);
    }
  }

  #memoise(key: number): Step {
    if (this.#memo.size >= this.#limits.memoEntries) {
      return {
        kind: 'over-limit',
        problem: `the memo has more than ${this.#limits.memoEntries} entries`,
      };
    }
    this.#memo.set(key, this.#top());
    return 'on';
  }

  #recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) this.#judge.odd('memo', `memo entry ${key} was never put`);
    this.#push(value === undefined ? opaque(`memo entry ${key}`) : value);
  }
}
