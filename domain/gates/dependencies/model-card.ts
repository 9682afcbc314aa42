import type { Json } from '#domain/gates/verdict.ts';

/** What is known about a model; whatever is absent stays out of the document. */
export interface ModelCard {
  readonly approach?:
    | 'supervised'
    | 'unsupervised'
    | 'reinforcement-learning'
    | 'semi-supervised'
    | 'self-supervised';
  /** `binary-classification`, `regression`, … */
  readonly task?: string;
  /** Algorithm or architecture, as the submitter named it. */
  readonly architecture?: string;
  /** Manifest format of the artifact: `onnx`. */
  readonly format: string;
  readonly datasets: readonly ModelDataset[];
  readonly inputs: readonly ModelTensor[];
  readonly outputs: readonly ModelTensor[];
  readonly metrics: readonly ModelMetric[];
  readonly considerations?: Considerations;
  /** `minimal`, `limited`, `high`. */
  readonly risk?: string;
}

interface ModelDataset {
  readonly name: string;
  readonly version?: string;
  readonly sha256?: string;
  /** What it was used for. */
  readonly use: 'training' | 'evaluation';
}

interface ModelTensor {
  readonly name: string;
  readonly datatype: string;
  /** -1 stands for a dynamic dimension. */
  readonly shape: readonly number[];
}

interface ModelMetric {
  /** `accuracy`, `ece`, … */
  readonly type: string;
  readonly value: number;
  /** Part of the data that it was measured on; absent: all of it. */
  readonly slice?: string;
  readonly interval?: { readonly low: number; readonly high: number };
}

interface Considerations {
  readonly users?: readonly string[];
  readonly useCases?: readonly string[];
  readonly technicalLimitations?: readonly string[];
  readonly performanceTradeoffs?: readonly string[];
  readonly ethicalConsiderations?: readonly {
    readonly name: string;
    readonly mitigationStrategy: string;
  }[];
}

/** The `modelCard` of a CycloneDX 1.6 component. */
export function modelCardOf(card: ModelCard): Json {
  const { approach, task, architecture, datasets, inputs, outputs, metrics } = card;
  return {
    modelParameters: {
      ...(approach ? { approach: { type: approach } } : {}),
      ...(task ? { task } : {}),
      ...(architecture ? { modelArchitecture: architecture } : {}),
      datasets: datasets.map(datasetOf),
      inputs: inputs.map(tensorOf),
      outputs: outputs.map(tensorOf),
    },
    quantitativeAnalysis: { performanceMetrics: metrics.map(metricOf) },
    ...(card.considerations ? { considerations: considerationsOf(card.considerations) } : {}),
    properties: [
      { name: 'assay:format', value: card.format },
      ...(card.risk ? [{ name: 'assay:risk', value: card.risk }] : []),
    ],
  };
}

const datasetOf = ({ name, version, sha256, use }: ModelDataset): Json => ({
  type: 'dataset',
  name: version ? `${name} ${version}` : name,
  contents: {
    properties: [
      { name: 'assay:use', value: use },
      ...(sha256 ? [{ name: 'assay:sha256', value: sha256 }] : []),
    ],
  },
});

const tensorOf = ({ name, datatype, shape }: ModelTensor): Json => ({
  format: `${name}: ${datatype}[${shape.map((size) => (size === -1 ? '?' : size)).join(', ')}]`,
});

const metricOf = ({ type, value, slice, interval }: ModelMetric): Json => ({
  type,
  value: String(value),
  ...(slice ? { slice } : {}),
  ...(interval
    ? {
        confidenceInterval: {
          lowerBound: String(interval.low),
          upperBound: String(interval.high),
        },
      }
    : {}),
});

const considerationsOf = (given: Considerations): Json => ({
  ...(given.users ? { users: given.users } : {}),
  ...(given.useCases ? { useCases: given.useCases } : {}),
  ...(given.technicalLimitations ? { technicalLimitations: given.technicalLimitations } : {}),
  ...(given.performanceTradeoffs ? { performanceTradeoffs: given.performanceTradeoffs } : {}),
  ...(given.ethicalConsiderations
    ? { ethicalConsiderations: given.ethicalConsiderations.map((each) => ({ ...each })) }
    : {}),
});
