import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from './onnx_pb.ts';

/** Every node: of the graph, of its subgraphs at any depth, and of the model's own functions. */
export function* nodesOf(model: ModelProto): Generator<NodeProto> {
  if (model.graph) yield* graphNodes(model.graph);
  for (const fn of model.functions) yield* nodesWithin(fn.node, fn.attributeProto);
}

/** Every tensor that carries data: initializers and attributes, wherever they are nested. */
export function* tensorsOf(model: ModelProto): Generator<TensorProto> {
  const { graph, functions } = model;
  if (graph) yield* graphTensors(graph);
  for (const fn of functions) yield* attributeTensors(fn.attributeProto);
  for (const node of nodesOf(model)) yield* attributeTensors(node.attribute);
}

function* graphNodes(graph: GraphProto): Generator<NodeProto> {
  yield* nodesWithin(graph.node, []);
}

function* nodesWithin(
  nodes: readonly NodeProto[],
  defaults: readonly AttributeProto[],
): Generator<NodeProto> {
  for (const graph of subgraphs(defaults)) yield* graphNodes(graph);
  for (const node of nodes) {
    yield node;
    for (const graph of subgraphs(node.attribute)) yield* graphNodes(graph);
  }
}

function* subgraphs(attributes: readonly AttributeProto[]): Generator<GraphProto> {
  for (const { g, graphs } of attributes) {
    if (g) yield g;
    yield* graphs;
  }
}

/** Not those of subgraphs' nodes, which `nodesOf` reaches by itself. */
function* attributeTensors(attributes: readonly AttributeProto[]): Generator<TensorProto> {
  for (const { t, tensors, sparseTensor, sparseTensors } of attributes) {
    if (t) yield t;
    yield* tensors;
    for (const sparse of sparseTensor ? [sparseTensor, ...sparseTensors] : sparseTensors) {
      if (sparse.values) yield sparse.values;
      if (sparse.indices) yield sparse.indices;
    }
  }
  for (const graph of subgraphs(attributes)) yield* graphTensors(graph);
}

function* graphTensors(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const { values, indices } of graph.sparseInitializer) {
    if (values) yield values;
    if (indices) yield indices;
  }
}
