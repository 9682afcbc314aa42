import type { Payload } from './opcode-reader.ts';
import { type Global, isEntity, kindOf, type Value } from './value.ts';

/** What a rule may ask of the judge. */
interface Call {
  readonly callee: Global;
  readonly args: readonly Value[];
  /** Scans bytes that the callee itself unpickles. */
  readonly unpickles: (bytes: Payload) => void;
  /** What is wrong with a call that the callee makes in turn. */
  readonly passedOn: (callee: Value, args: Value) => string | undefined;
}

/** What is wrong with the arguments of a call to something allowed; nothing when all is well. */
export type Rule = (call: Call) => string | undefined;

/** What is wrong with the state given to an object; nothing when all is well. */
export type StateRule = (state: Value) => string | undefined;

const ok = undefined;
const fullName = ({ module, name }: Global): string => `${module} ${name}`;
const isGlobal = (value: Value | undefined): value is Global =>
  isEntity(value) && value.kind === 'global';

/** `module name` of a global or of an object's class. */
function typeOf(value: Value | undefined): string | undefined {
  if (isGlobal(value)) return fullName(value);
  return isEntity(value) && value.kind === 'instance' ? value.type : undefined;
}

/** Values looked at per call, so that shared lists of lists cost no more than they take to write. */
const LOOKED_AT = 512;
const TOO_MUCH = 'hands over more than can be looked through';

/** What may not be handed over as data: something callable, or a key that reaches behind an object. */
function fault(values: readonly Value[]): string | undefined {
  let level = values;
  let left = LOOKED_AT;
  for (let depth = 0; depth < 4 && level.length > 0; depth += 1) {
    const inside: Value[] = [];
    for (const value of level) {
      left -= 1;
      if (left < 0) return TOO_MUCH;
      const problem = ownFault(value);
      if (problem !== undefined) return problem;
      if (!isEntity(value)) continue;
      if (value.kind === 'dict') for (const pair of value.entries) inside.push(...pair);
      else if ('items' in value) inside.push(...value.items);
      if (inside.length > left) return TOO_MUCH;
    }
    level = inside;
  }
  return ok;
}

function ownFault(value: Value): string | undefined {
  if (!isEntity(value)) return ok;
  if (value.kind === 'opaque') return `hands over ${value.why}`;
  if (value.kind === 'dict' && value.dunder !== undefined) return `sets ${value.dunder}`;
  return value.kind === 'global' && value.entry?.call !== undefined
    ? `hands over ${value.module}.${value.name}, which can be called`
    : ok;
}

export const data: Rule = ({ args }) => fault(args);

/** Numbers, texts, bytes and nothing else. */
export const plain: Rule = ({ args }) => {
  const odd = args.find((arg) => isEntity(arg) && arg.kind !== 'payload');
  return odd === undefined ? ok : `takes a ${kindOf(odd)} where plain values are expected`;
};

export const nothing: Rule = ({ args }) =>
  args.length === 0 ? ok : `takes ${args.length} arguments, expected none`;

const COLLECTIONS = ['list', 'tuple', 'set', 'frozenset'];

export const oneCollection: Rule = ({ args }) =>
  args.length === 0 || (args.length === 1 && COLLECTIONS.includes(kindOf(args[0])))
    ? ok
    : 'does not take exactly one list or tuple';

/** What `bytes` and `bytearray` hold: never a bare number, which would be a size. */
export const contents: Rule = ({ args }) => {
  const [held, encoding = 'latin-1'] = args;
  const known =
    held === undefined || typeof held === 'string' || isBytes(held) || kindOf(held) === 'list';
  return known && isCodec(encoding) && args.length <= 2 ? ok : 'does not take bytes or a text';
};

const CODECS = [
  'ascii',
  'iso-8859-1',
  'iso8859-1',
  'latin-1',
  'latin1',
  'latin_1',
  'utf-8',
  'utf8',
  'utf_8',
];
const isCodec = (value: Value | undefined): boolean =>
  typeof value === 'string' && CODECS.includes(value.toLowerCase());

const isBytes = (value: Value | undefined): value is Payload =>
  isEntity(value) &&
  (value.kind === 'payload' ||
    typeOf(value) === 'builtins bytes' ||
    typeOf(value) === 'builtins bytearray');

export const encoding: Rule = ({ args: [text, codec = 'utf-8'] }) =>
  (typeof text === 'string' || kindOf(text) === 'payload') && isCodec(codec)
    ? ok
    : 'does not encode a text as Latin-1, ASCII or UTF-8';

const canBeMade = (value: Value | undefined): value is Global =>
  isGlobal(value) && value.entry?.make === true;

const BASES = [
  'object',
  'int',
  'float',
  'str',
  'bytes',
  'list',
  'dict',
  'tuple',
  'set',
  'frozenset',
];

export const reconstructor: Rule = ({ args: [cls, base, state, ...more] }) => {
  if (!canBeMade(cls)) return 'makes an object of a class that is not on the allowlist';
  if (!isGlobal(base) || base.module !== 'builtins' || !BASES.includes(base.name)) {
    return 'starts from a base that is no built-in type';
  }
  return more.length > 0
    ? 'takes more than three arguments'
    : state === undefined
      ? ok
      : fault([state]);
};

export const newObject: Rule = ({ args: [cls, ...rest] }) =>
  canBeMade(cls) && rest.length === 0
    ? ok
    : 'makes an object of a class that is not on the allowlist, or with arguments';

const FACTORIES = ['builtins', 'collections'];

export const factory: Rule = ({ args: [make = null, ...rest] }) =>
  make === null || (isGlobal(make) && FACTORIES.includes(make.module))
    ? fault(rest)
    : 'fills in missing keys by something else than a built-in type';

/** A function of scikit-learn that a pickle may name and not call. */
const isNamedFunction = (value: Value | undefined): boolean =>
  isGlobal(value) &&
  value.module.startsWith('sklearn.') &&
  value.entry?.call === undefined &&
  value.entry?.make === undefined &&
  value.entry !== undefined;

const PREPARED = 'prepares a call of something else than a function of scikit-learn';

/** `functools.partial(function)`, whose arguments come with its state. */
export const preparedCall: Rule = ({ args }) =>
  args.length === 1 && isNamedFunction(args[0]) ? ok : PREPARED;

/** `(function, arguments, keywords, attributes)` */
export const preparedState: StateRule = (state) => {
  if (!isEntity(state) || state.kind !== 'tuple' || state.count !== 4) return 'is none of its own';
  const [called, ...rest] = state.items;
  return isNamedFunction(called) ? fault(rest) : PREPARED;
};

export const arrayItems: Rule = ({ args: [type, ...rest] }) =>
  typeOf(type) === 'array array' ? fault(rest) : 'does not make an array.array';

const ARRAYS = [
  'numpy ndarray',
  'numpy.matrixlib.defmatrix matrix',
  'numpy.ma.core MaskedArray',
  'numpy.ma MaskedArray',
];

/** `_reconstruct(ndarray, (0,), b'b')`, as NumPy always writes it: anything else allocates memory. */
export const emptyArray: Rule = ({ args: [type, shape] }) => emptyOf(type, shape);

function emptyOf(type: Value | undefined, shape: Value | undefined): string | undefined {
  if (!ARRAYS.includes(typeOf(type) ?? '')) return 'does not make a numpy.ndarray';
  const size = isEntity(shape) && shape.kind === 'tuple' && shape.count === 1 ? shape.items[0] : 1;
  return size === 0 ? ok : 'does not start from shape (0,)';
}

export const maskedArray: Rule = ({ args: [type, base, shape] }) =>
  ARRAYS.includes(typeOf(base) ?? '') ? emptyOf(type, shape) : 'does not make a numpy.ndarray';

const DTYPE = /^[<>|=]?[A-Za-z?]\d*(\[\d*[a-zA-Z]+\])?$/;

export const dtype: Rule = ({ args: [code, ...rest] }) => {
  const named = isGlobal(code) && code.entry?.call === undefined;
  return named || (typeof code === 'string' && DTYPE.test(code))
    ? fault(rest)
    : 'does not name a single NumPy type';
};

export const scalar: Rule = ({ args: [type, ...rest] }) =>
  typeOf(type) === 'numpy dtype' ? fault(rest) : 'has no numpy.dtype';

export const buffer: Rule = ({ args: [bytes, type, ...rest] }) => {
  if (typeOf(type) !== 'numpy dtype') return 'has no numpy.dtype';
  return isBytes(bytes) ? fault(rest) : 'does not read its array from bytes';
};

const BIT_GENERATOR = /^(MT19937|PCG64|PCG64DXSM|Philox|SFC64)$/;
const MAKES_BIT_GENERATOR = 'numpy.random._pickle __bit_generator_ctor';

/** The second argument is called with the first one. */
export const randomState: Rule = ({ args }) => {
  const known = args.every((arg) => {
    if (typeof arg === 'string') return BIT_GENERATOR.test(arg);
    const type = typeOf(arg) ?? '';
    return type === MAKES_BIT_GENERATOR || BIT_GENERATOR.test(type.split(' ')[1] ?? '');
  });
  return known ? ok : 'does not make one of NumPy’s bit generators';
};

/** Made by `cls.__new__(cls)`, of a class in the same module. */
export const ownClass: Rule = ({ callee, args: [cls, ...rest] }) =>
  isGlobal(cls) && cls.module === callee.module
    ? fault(rest)
    : `makes an object of a class outside ${callee.module}`;

export const compiled: Rule = (call) =>
  call.callee.name === 'newObj' || call.callee.name.startsWith('__pyx_')
    ? ownClass(call)
    : data(call);

const PANDAS_INDEX = /^pandas(\.core\.indexes\.\w+)? \w*Index$/;

export const pandasIndex: Rule = ({ args: [cls, ...rest] }) =>
  PANDAS_INDEX.test(typeOf(cls) ?? '') ? fault(rest) : 'does not make a pandas index';

export const pandasArray: Rule = ({ args: [cls, ...rest] }) =>
  canBeMade(cls) && /^pandas(\.(core\.)?arrays(\.|$)|$)/.test(cls.module)
    ? fault(rest)
    : 'does not make a pandas array';

/** Hooks run when gradients do, so that they must be data, which is to say empty. */
export const tensor: Rule = ({ args }) => fault(args);

const TENSOR_TYPES = [
  'torch Tensor',
  'torch._tensor Tensor',
  'torch.nn.parameter Buffer',
  'torch.nn.parameter Parameter',
];

export const tensorOfType: Rule = ({
  args: [make = null, type, rest = null, state = null],
  passedOn,
}) =>
  TENSOR_TYPES.includes(typeOf(type) ?? '')
    ? (passedOn(make, rest) ?? fault([state]))
    : 'does not make a torch.Tensor';

export const torchBytes: Rule = ({ args: [bytes], unpickles }) => {
  if (!isEntity(bytes) || bytes.kind !== 'payload') return 'does not load from bytes';
  unpickles(bytes);
  return ok;
};
