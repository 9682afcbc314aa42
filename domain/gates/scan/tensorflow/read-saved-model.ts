import { Cursor } from '#domain/gates/scan/cursor.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { addKerasFlaws } from '#domain/gates/scan/keras/config.ts';
import { fieldsOf } from '#domain/gates/scan/protobuf/fields.ts';
import { Findings, type Member, type Reading, type Scan } from '#domain/gates/scan/reading.ts';
import { parseJson } from '#domain/gates/scan/text/json.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';
import { UNSAFE_OPS } from './unsafe-ops.ts';

/**
 * The way down to nodes: which field of which message holds which message. Field numbers of
 * tensorflow/core/protobuf/{saved_model,meta_graph}.proto and framework/{graph,function}.proto,
 * and of Keras's saved_metadata.proto.
 */
const MESSAGES = {
  SavedModel: { 2: 'MetaGraph' },
  MetaGraph: { 1: 'MetaInfo', 2: 'Graph' },
  MetaInfo: {},
  Graph: { 1: 'Node', 2: 'Library' },
  Library: { 1: 'Function' },
  Function: { 3: 'Node' },
  Node: {},
  KerasMetadata: { 1: 'KerasObject' },
  KerasObject: {},
} as const satisfies Readonly<Record<string, Readonly<Record<number, string>>>>;
type Message = keyof typeof MESSAGES;

/** Fields of every version of these messages; others hide something from this reading. */
const KNOWN_FIELDS: Readonly<Partial<Record<Message, number>>> = {
  SavedModel: 2,
  MetaGraph: 7,
  Graph: 5,
  Node: 7,
  KerasMetadata: 1,
};
const OP = 2;
const NODE_NAME = 1;
const KERAS_IDENTIFIER = 4;
const KERAS_METADATA = 5;
const MOST_NAME_BYTES = 4096;
const MOST_NODES = 5_000_000;

interface Walk {
  readonly cursor: Cursor;
  readonly findings: Findings;
  readonly scan: Scan;
  nodes: number;
  kerasObjects: number;
}

/**
 * Judges a TensorFlow SavedModel, a frozen graph or Keras's metadata by the operators and layers
 * they name; undefined when the bytes are none of these. What fits several is judged as each.
 */
export async function readTensorFlow(member: Member, scan: Scan): Promise<Reading | undefined> {
  const fitting: (readonly [Kind, Walk])[] = [];
  for (const kind of KINDS) {
    const findings = new Findings(member);
    const cursor = new Cursor(member.source, 'tensorflow.truncated');
    const walk: Walk = { cursor, findings, scan, nodes: 0, kerasObjects: 0 };
    const fits = await message(kind, cursor.end, walk);
    if (fits && walk.nodes + walk.kerasObjects > 0) fitting.push([kind, walk]);
  }
  const [first] = fitting;
  if (first === undefined) return undefined;
  const [kind, { nodes }] = first;
  const findings = new Findings(member);
  if (fitting.every(([, walk]) => walk.findings.checks.length === 0)) {
    findings.pass('tensorflow.graph', `${nodes} nodes, none of which leaves the graph`);
  }
  const checks = [...findings.checks, ...fitting.flatMap(([, walk]) => walk.findings.checks)];
  const claims = kind === 'SavedModel' ? variablesOf(member, scan) : [];
  return { format: FORMATS[kind], checks, parsed: member.source.size, claims };
}

const KINDS = ['SavedModel', 'Graph', 'KerasMetadata'] as const;
type Kind = (typeof KINDS)[number];

const FORMATS = {
  SavedModel: 'TensorFlow SavedModel',
  Graph: 'TensorFlow graph',
  KerasMetadata: 'Keras metadata of a SavedModel',
} as const;

/** Whether the bytes are such a message, as far as can be told without all its fields. */
async function message(kind: Message, end: number, walk: Walk): Promise<boolean> {
  const { cursor } = walk;
  const inside: Readonly<Record<number, Message>> = MESSAGES[kind];
  let [name, op, identifier, metadata] = ['', '', '', ''];
  for await (const field of fieldsOf(cursor, end)) {
    if (field === undefined || field.number > (KNOWN_FIELDS[kind] ?? field.number)) return false;
    const { number, start, wire } = field;
    const kindInside = inside[number];
    if (kindInside !== undefined) {
      if (wire !== 2 || !(await message(kindInside, field.end, walk))) return false;
    } else if (kind === 'Node' && (number === OP || number === NODE_NAME)) {
      const text =
        wire === 2 ? await textOf(cursor, field.end - start, MOST_NAME_BYTES) : undefined;
      if (text === undefined) return false;
      if (number === OP) op = text;
      else name = text;
    } else if (
      kind === 'KerasObject' &&
      (number === KERAS_IDENTIFIER || number === KERAS_METADATA)
    ) {
      const text = await textOf(cursor, field.end - start, walk.scan.limits.textBytes);
      if (text === undefined) return false;
      if (number === KERAS_IDENTIFIER) identifier = text;
      else metadata = text;
    }
  }
  if (kind === 'Node') {
    if (op === '') return false;
    addNode(name, op, walk);
  }
  return kind !== 'KerasObject' || addKerasObject(identifier, metadata, walk);
}

async function textOf(cursor: Cursor, length: number, most: number): Promise<string | undefined> {
  return length > most ? undefined : fromUtf8(await cursor.take(length));
}

function addNode(name: string, op: string, walk: Walk): void {
  walk.nodes += 1;
  if (walk.nodes > MOST_NODES) {
    throw new FormatError(
      'tensorflow.limit',
      'inconclusive',
      `has more than ${MOST_NODES} nodes, which are not read; export the model to ONNX`,
    );
  }
  const what = UNSAFE_OPS.get(op);
  if (what === undefined) return;
  walk.findings.fail(
    'tensorflow.operator',
    `node ${JSON.stringify(name.slice(0, 80))} is ${op}, which can ${what}; export the model without it`,
    walk.cursor.at,
  );
}

/** Keras before 3 keeps its layers' configuration beside the graph, as JSON. */
function addKerasObject(identifier: string, metadata: string, walk: Walk): boolean {
  if (!identifier.startsWith('_tf_keras')) return false;
  walk.kerasObjects += 1;
  const parsed = metadata === '' ? undefined : parseJson(metadata);
  if (parsed?.ok === false) {
    walk.findings.undecided('keras.metadata', 'describes a layer in broken JSON; save it again');
  } else if (parsed !== undefined) addKerasFlaws(parsed.value, walk.findings);
  return true;
}

/** A SavedModel's tensors lie in `variables/`, in files that nothing but their names tells of. */
function variablesOf({ name, depth }: Member, { files }: Scan): string[] {
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const known = /^(?:variables\/variables\.(?:index|data-\d{5}-of-\d{5})|fingerprint\.pb)$/;
  if (depth > 0) return [];
  return [...files.keys()].filter(
    (file) => file.startsWith(folder) && known.test(file.slice(folder.length)),
  );
}
