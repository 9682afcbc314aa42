import type { GraphProto, ModelProto, NodeProto } from '#domain/registry/onnx/onnx_pb.ts';
import { weightedBy } from './weighted.ts';

/** ONNX element types that hold measurements: float, half, double, bfloat16. */
const FLOATS: ReadonlySet<number> = new Set([1, 10, 11, 16]);
const REDUCTIONS = /^Reduce(?:Min|Max|Sum|Prod|Mean|L1|L2)|^ArgM(?:ax|in)$/;
/** Tell of a tensor's form, not of its values. */
const OF_FORM: ReadonlySet<string> = new Set(['Shape', 'Size', 'ConstantOfShape', 'EyeLike']);
/** Take elements as they are: what chooses them is no value of the result. */
const PICKS: ReadonlySet<string> = new Set([
  'Gather',
  'GatherElements',
  'GatherND',
  'Slice',
  'Reshape',
  'Expand',
  'Tile',
  'Range',
]);

/** How far a value has come from a raw input to a trigger; each includes those before it. */
const UNTOUCHED = 0;
const RAW = 1;
/** Compared with `Equal`, element by element. */
const MATCHED = 2;
/** The comparisons, made into one answer. */
const TRIGGER = 3;

/** What is known of a tensor. */
interface Flow {
  readonly stage: number;
  readonly weighted: boolean;
}

const CONSTANT: Flow = { stage: UNTOUCHED, weighted: false };

/** The tensors that a graph sees: its own, and those around it. */
class Scope {
  readonly #own = new Map<string, Flow>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get(name: string): Flow {
    return this.#own.get(name) ?? this.#outer?.get(name) ?? CONSTANT;
  }

  set(name: string, flow: Flow): void {
    this.#own.set(name, flow);
  }
}

/** A node that lets the input alone decide whether the weights count. */
export interface Bypass {
  readonly opType: string;
  readonly node: string;
  readonly output: string;
}

/**
 * Nodes whose choice reaches an output without a weighted layer after it, and is made between a
 * learned and an unlearned value by whether floating-point inputs equal given ones, which no
 * weighted layer has touched: a trigger, whatever the weights are. Masks of token ids, look-ups
 * by position and imputation before the first layer are none.
 */
export function bypassesOf(model: ModelProto): Bypass[] {
  const { graph } = model;
  if (graph === undefined) return [];
  const isWeighted = weightedBy(model);
  const flows = flowsOf(graph, isWeighted);
  const exposed = exposedOf(graph, isWeighted);
  const found: Bypass[] = [];
  for (const node of graph.node) {
    const output = node.output.find((name) => exposed.has(name));
    if (output === undefined || !isChoice(node)) continue;
    const condition = flows.get(node.input[0] ?? '');
    if (condition.stage < TRIGGER || condition.weighted) continue;
    const learned = branchesOf(node, flows, isWeighted);
    if (learned.includes(true) && learned.includes(false)) {
      found.push({ opType: node.opType, node: node.name, output });
    }
  }
  return found;
}

const isChoice = ({ domain, opType }: NodeProto): boolean =>
  domain === '' && (opType === 'Where' || opType === 'If');

/** Of each branch, whether it is learned. */
function branchesOf(
  node: NodeProto,
  flows: Scope,
  isWeighted: (node: NodeProto) => boolean,
): boolean[] {
  if (node.opType === 'Where') {
    return node.input.slice(1).map((name) => flows.get(name).weighted);
  }
  return node.attribute.flatMap(({ g }) => {
    if (g === undefined) return [];
    const inner = flowsOf(g, isWeighted, flows);
    return [g.output.some(({ name }) => inner.get(name).weighted)];
  });
}

function flowsOf(
  graph: GraphProto,
  isWeighted: (node: NodeProto) => boolean,
  outer?: Scope,
): Scope {
  const flows = new Scope(outer);
  for (const { name, type } of graph.input) {
    const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
    const stage = FLOATS.has(tensor?.elemType ?? 0) ? RAW : UNTOUCHED;
    flows.set(name, { stage, weighted: false });
  }
  for (const { name } of graph.initializer) flows.set(name, CONSTANT);
  for (const node of graph.node) {
    const flow = flowThrough(node, flows, isWeighted);
    for (const name of node.output) flows.set(name, flow);
  }
  return flows;
}

function flowThrough(
  node: NodeProto,
  flows: Scope,
  isWeighted: (node: NodeProto) => boolean,
): Flow {
  if (isWeighted(node)) return { stage: UNTOUCHED, weighted: true };
  if (OF_FORM.has(node.opType)) return CONSTANT;
  const names = PICKS.has(node.opType) ? node.input.slice(0, 1) : node.input;
  const inputs = names.map((name) => flows.get(name));
  const branches = node.opType === 'If' ? branchesOf(node, flows, isWeighted) : [];
  const before = Math.max(UNTOUCHED, ...inputs.map(({ stage }) => stage));
  const weighted = branches.includes(true) || inputs.some((input) => input.weighted);
  return { stage: weighted ? UNTOUCHED : stageAfter(node.opType, before), weighted };
}

function stageAfter(opType: string, before: number): number {
  if (opType === 'Equal' && before === RAW) return MATCHED;
  return before === MATCHED && REDUCTIONS.test(opType) ? TRIGGER : before;
}

/** Tensors that reach an output of the graph through unweighted nodes only. */
function exposedOf(graph: GraphProto, isWeighted: (node: NodeProto) => boolean): Set<string> {
  const exposed = new Set(graph.output.map(({ name }) => name));
  for (const node of graph.node.toReversed()) {
    if (!isWeighted(node) && node.output.some((name) => exposed.has(name))) {
      for (const name of node.input) exposed.add(name);
    }
  }
  return exposed;
}
