/**
 * How an opcode's argument is written: fixed-size numbers (little-endian), lines up to `\n`, or
 * payloads behind a length.
 */
export type ArgumentKind =
  | 'none'
  | 'uint1'
  | 'uint2'
  | 'uint4'
  | 'uint8'
  | 'int4'
  | 'float8'
  | 'int-line'
  | 'long-line'
  | 'memo-line'
  | 'float-line'
  | 'string-line'
  | 'unicode-line'
  | 'text-line'
  | 'two-lines'
  | 'long1'
  | 'long4'
  | 'string1'
  | 'string4'
  | 'unicode1'
  | 'unicode4'
  | 'unicode8'
  | 'bytes1'
  | 'bytes4'
  | 'bytes8';

export interface Opcode {
  readonly code: number;
  readonly name: OpcodeName;
  readonly argument: ArgumentKind;
}

/** Every opcode of protocols 0 to 5, as CPython's `pickletools.opcodes` lists them. */
const TABLE = {
  MARK: [0x28, 'none'],
  EMPTY_TUPLE: [0x29, 'none'],
  STOP: [0x2e, 'none'],
  POP: [0x30, 'none'],
  POP_MARK: [0x31, 'none'],
  DUP: [0x32, 'none'],
  BINBYTES: [0x42, 'bytes4'],
  SHORT_BINBYTES: [0x43, 'bytes1'],
  FLOAT: [0x46, 'float-line'],
  BINFLOAT: [0x47, 'float8'],
  INT: [0x49, 'int-line'],
  BININT: [0x4a, 'int4'],
  BININT1: [0x4b, 'uint1'],
  LONG: [0x4c, 'long-line'],
  BININT2: [0x4d, 'uint2'],
  NONE: [0x4e, 'none'],
  PERSID: [0x50, 'text-line'],
  BINPERSID: [0x51, 'none'],
  REDUCE: [0x52, 'none'],
  STRING: [0x53, 'string-line'],
  BINSTRING: [0x54, 'string4'],
  SHORT_BINSTRING: [0x55, 'string1'],
  UNICODE: [0x56, 'unicode-line'],
  BINUNICODE: [0x58, 'unicode4'],
  EMPTY_LIST: [0x5d, 'none'],
  APPEND: [0x61, 'none'],
  BUILD: [0x62, 'none'],
  GLOBAL: [0x63, 'two-lines'],
  DICT: [0x64, 'none'],
  APPENDS: [0x65, 'none'],
  GET: [0x67, 'memo-line'],
  BINGET: [0x68, 'uint1'],
  INST: [0x69, 'two-lines'],
  LONG_BINGET: [0x6a, 'uint4'],
  LIST: [0x6c, 'none'],
  OBJ: [0x6f, 'none'],
  PUT: [0x70, 'memo-line'],
  BINPUT: [0x71, 'uint1'],
  LONG_BINPUT: [0x72, 'uint4'],
  SETITEM: [0x73, 'none'],
  TUPLE: [0x74, 'none'],
  SETITEMS: [0x75, 'none'],
  EMPTY_DICT: [0x7d, 'none'],
  PROTO: [0x80, 'uint1'],
  NEWOBJ: [0x81, 'none'],
  EXT1: [0x82, 'uint1'],
  EXT2: [0x83, 'uint2'],
  EXT4: [0x84, 'int4'],
  TUPLE1: [0x85, 'none'],
  TUPLE2: [0x86, 'none'],
  TUPLE3: [0x87, 'none'],
  NEWTRUE: [0x88, 'none'],
  NEWFALSE: [0x89, 'none'],
  LONG1: [0x8a, 'long1'],
  LONG4: [0x8b, 'long4'],
  SHORT_BINUNICODE: [0x8c, 'unicode1'],
  BINUNICODE8: [0x8d, 'unicode8'],
  BINBYTES8: [0x8e, 'bytes8'],
  EMPTY_SET: [0x8f, 'none'],
  ADDITEMS: [0x90, 'none'],
  FROZENSET: [0x91, 'none'],
  NEWOBJ_EX: [0x92, 'none'],
  STACK_GLOBAL: [0x93, 'none'],
  MEMOIZE: [0x94, 'none'],
  FRAME: [0x95, 'uint8'],
  BYTEARRAY8: [0x96, 'bytes8'],
  NEXT_BUFFER: [0x97, 'none'],
  READONLY_BUFFER: [0x98, 'none'],
} as const satisfies Readonly<Record<string, readonly [code: number, argument: ArgumentKind]>>;

export type OpcodeName = keyof typeof TABLE;

const OPCODES: readonly Opcode[] = Object.entries(TABLE).map(([name, [code, argument]]) => ({
  code,
  name: name as OpcodeName,
  argument,
}));

const BY_CODE: readonly (Opcode | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  OPCODES.find((opcode) => opcode.code === code),
);

export const opcodeOf = (code: number): Opcode | undefined => BY_CODE[code];
