/** Bounds on reading one file; a file beyond them is refused, whatever it claims to be. */
export interface OnnxLimits {
  /** Protobuf fields walked; a tree ensemble writes each threshold as one: 50 M take about 1 s. */
  readonly fields: number;
  /** Fields kept; each becomes an object of up to 300 bytes: 1 M take 0.3 GB. */
  readonly keptFields: number;
  /** Bytes kept in all, without tensors. */
  readonly metadataBytes: number;
  /** Bytes of one kept string. */
  readonly fieldBytes: number;
  /** Messages within messages; a subgraph takes three levels, and C++ protobuf stops at 100. */
  readonly depth: number;
  readonly reads: number;
}

export const ONNX_LIMITS: OnnxLimits = {
  fields: 50_000_000,
  keptFields: 1_000_000,
  metadataBytes: 32 * 1024 * 1024,
  fieldBytes: 4 * 1024 * 1024,
  depth: 64,
  reads: 4096,
};
