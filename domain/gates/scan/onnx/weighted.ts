import type { ModelProto, NodeProto } from '#domain/registry/onnx/onnx_pb.ts';

/** Standard operators whose result rests on what was learned. */
const WEIGHTED_OPS: ReadonlySet<string> = new Set([
  ...['Conv', 'ConvTranspose', 'ConvInteger', 'QLinearConv', 'DeformConv'],
  ...['Gemm', 'MatMul', 'MatMulInteger', 'QLinearMatMul', 'Einsum', 'Attention'],
  ...['LSTM', 'GRU', 'RNN', 'BatchNormalization', 'LayerNormalization'],
  ...['InstanceNormalization', 'GroupNormalization', 'RMSNormalization'],
  ...['LinearClassifier', 'LinearRegressor', 'SVMClassifier', 'SVMRegressor'],
  ...['TreeEnsemble', 'TreeEnsembleClassifier', 'TreeEnsembleRegressor'],
]);
/** Opaque here: whether they use weights is not looked into. */
const OPAQUE_OPS: ReadonlySet<string> = new Set(['Loop', 'Scan', 'SequenceMap']);
const STANDARD = new Set(['', 'ai.onnx', 'ai.onnx.ml']);

/**
 * Whether a node's result counts as learned. In doubt it does: an operator that is not standard,
 * a function of the model, and a look-up in a table of weights.
 */
export function weightedBy(model: ModelProto): (node: NodeProto) => boolean {
  const weights = new Set(model.graph?.initializer.map(({ name }) => name));
  return ({ domain, opType, input }) =>
    !STANDARD.has(domain) ||
    WEIGHTED_OPS.has(opType) ||
    OPAQUE_OPS.has(opType) ||
    (opType === 'Gather' && weights.has(input[0] ?? ''));
}
