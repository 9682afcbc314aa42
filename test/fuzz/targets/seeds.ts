import type { Seed } from '../target.ts';
import { seedOf } from '../target.ts';

/** Formats of which no small file lies in the repository. */

const layer = (class_name: string, config: object) => ({
  module: 'keras.layers',
  class_name,
  config,
  registered_name: null,
});

export const keras: readonly Seed[] = [
  seedOf(
    'config.json',
    JSON.stringify({
      module: 'keras',
      class_name: 'Sequential',
      config: {
        name: 'sequential',
        layers: [
          layer('InputLayer', { batch_shape: [null, 4], dtype: 'float32' }),
          layer('Dense', {
            units: 3,
            activation: 'relu',
            kernel_initializer: {
              module: 'keras.initializers',
              class_name: 'GlorotUniform',
              config: { seed: null },
              registered_name: null,
            },
          }),
          layer('Lambda', { function: { class_name: '__lambda__', config: { code: '4wEAAAA=' } } }),
        ],
      },
      registered_name: null,
      compile_config: { optimizer: 'adam', loss: 'mse', metrics: ['mae'] },
    }),
  ),
  seedOf(
    'model.json',
    JSON.stringify({
      class_name: 'Functional',
      keras_version: '2.13.1',
      backend: 'tensorflow',
      config: {
        layers: [{ class_name: 'TFOpLambda', config: { function: 'math.add' }, inbound_nodes: [] }],
      },
    }),
  ),
];

export const mlmodel: readonly Seed[] = [
  seedOf(
    'MLmodel',
    [
      'artifact_path: model',
      'flavors:',
      '  python_function:',
      '    env: {conda: conda.yaml, virtualenv: python_env.yaml}',
      '    loader_module: mlflow.sklearn',
      '    model_path: model.pkl',
      '    predict_fn: predict',
      '  sklearn:',
      '    code: null',
      '    pickled_model: model.pkl',
      '    serialization_format: cloudpickle',
      'mlflow_version: 2.9.2',
      'model_uuid: 0123456789abcdef0123456789abcdef',
      'signature:',
      '  inputs: \'[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 4]}}]\'',
      "utc_time_created: '2026-01-01 00:00:00.000000'",
      '',
    ].join('\n'),
  ),
];

const field = (number: number, ...parts: readonly (Uint8Array | string)[]): Uint8Array => {
  const content = parts.flatMap((each) => [
    ...(typeof each === 'string' ? new TextEncoder().encode(each) : each),
  ]);
  return Uint8Array.from([...varint(number * 8 + 2), ...varint(content.length), ...content]);
};
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))];

const node = (name: string, op: string): readonly [Uint8Array, Uint8Array, Uint8Array] => [
  field(1, name),
  field(2, op),
  field(3, 'input'),
];
const nodes = ['Placeholder', 'MatMul', 'RestoreV2', 'ReadFile'].map((op) =>
  field(1, ...node(`n/${op}`, op)),
);
const library = field(
  2,
  field(1, field(1, field(1, '__inference_f')), field(3, ...node('h', 'Add'))),
);

export const tensorFlow: readonly Seed[] = [
  seedOf(
    'm/saved_model.pb',
    Uint8Array.from([8, 1, ...field(2, field(1, field(4, 'serve')), field(2, ...nodes, library))]),
  ),
  seedOf(
    'm/keras_metadata.pb',
    field(
      1,
      field(3, 'root.layer-1'),
      field(4, '_tf_keras_layer'),
      field(5, JSON.stringify({ class_name: 'Dense', config: { units: 3 } })),
    ),
  ),
  seedOf('frozen.pb', Uint8Array.from(nodes.flatMap((each) => [...each]))),
];

export const conda: readonly Seed[] = [
  seedOf(
    'environment.yml',
    'name: model\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11.5\n  - numpy=1.26.4=py311h64a7726_0\n  - pip\n  - pip:\n      - onnxruntime==1.17.0\n      - --extra-index-url https://example.org/simple\nprefix: /opt/x\n',
  ),
];

export const boms: readonly Seed[] = [
  seedOf(
    'bom.cdx.json',
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      version: 1,
      components: [
        {
          type: 'library',
          name: 'numpy',
          version: '1.26.4',
          purl: 'pkg:pypi/numpy@1.26.4',
          hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }],
          components: [{ type: 'library', name: 'inner', purl: 'pkg:pypi/inner@1.0' }],
        },
        { type: 'machine-learning-model', name: 'model' },
      ],
    }),
  ),
  seedOf(
    'bom.spdx.json',
    JSON.stringify({
      spdxVersion: 'SPDX-2.3',
      SPDXID: 'SPDXRef-DOCUMENT',
      packages: [
        {
          SPDXID: 'SPDXRef-1',
          name: 'scikit-learn',
          versionInfo: '1.4.2',
          checksums: [{ algorithm: 'SHA256', checksumValue: 'b'.repeat(64) }],
          externalRefs: [
            {
              referenceCategory: 'PACKAGE-MANAGER',
              referenceType: 'purl',
              referenceLocator: 'pkg:pypi/scikit-learn@1.4.2',
            },
          ],
        },
      ],
    }),
  ),
];

export const inferRequests: readonly Seed[] = [
  seedOf(
    'infer.json',
    JSON.stringify({
      id: '42',
      parameters: { content_type: 'np', binary_data_output: false },
      inputs: [
        { name: 'x', shape: [2, 3], datatype: 'FP32', data: [1, 2.5, -3, 4, 5, 1e-3] },
        { name: 'text', shape: [2, 1], datatype: 'BYTES', data: ['a', 'b'] },
        { name: 'count', shape: [1, 2], datatype: 'INT64', data: [[1, 9007199254740991]] },
        { name: 'flag', shape: [1], datatype: 'BOOL', data: [true], parameters: { a: 1 } },
      ],
      outputs: [{ name: 'y', parameters: { binary_data: false } }],
    }),
  ),
];

const binaryInput = (name: string, datatype: string, shape: number[], bytes: Uint8Array) => ({
  tensor: { name, shape, datatype, parameters: { binary_data_size: bytes.length } },
  bytes,
});

const binaryInputs = [
  binaryInput('x', 'FP32', [1, 3], new Uint8Array(Float32Array.of(1, -2.5, 1e-3).buffer)),
  binaryInput('text', 'BYTES', [2, 1], Uint8Array.of(1, 0, 0, 0, 97, 2, 0, 0, 0, 0xc3, 0xa9)),
  binaryInput('count', 'INT64', [1, 2], new Uint8Array(BigInt64Array.of(1n, -1n).buffer)),
  binaryInput('flag', 'BOOL', [1], Uint8Array.of(1)),
];

/** JSON in one line, its line feed, and the tensors. */
export const binaryRequests: readonly Seed[] = [
  seedOf(
    'infer.bin',
    Buffer.concat([
      Buffer.from(
        `${JSON.stringify({
          inputs: binaryInputs.map(({ tensor }) => tensor),
          parameters: { binary_data_output: true },
        })}\n`,
      ),
      ...binaryInputs.map(({ bytes }) => bytes),
    ]),
  ),
];

export const csvRequests: readonly Seed[] = [
  seedOf('rows.csv', '1,2.5,-3\r\n4,nan,1e-3\n0, -0 ,7\n'),
];

export const overlays: readonly Seed[] = [
  seedOf(
    'overlay.json',
    JSON.stringify({
      gates: { required: ['security', 'schema'] },
      performance: { accuracyMin: 0.9, p95RatioMax: 1.2 },
      dependencies: { exceptions: [], indexes: ['https://pypi.org/simple'], requireHashes: true },
      approvals: { quorum: 3, roles: ['ml_engineer'], expireHours: 24 },
      privacy: { allowed: [] },
    }),
  ),
];

export const contracts: readonly Seed[] = [
  seedOf(
    'contract.json',
    JSON.stringify({
      schema: 'assay.dataset/v1',
      columns: [
        { name: 'id', type: 'integer', nullable: false },
        { name: 'seen', type: 'timestamp', nullable: false },
        { name: 'load', type: 'number', nullable: true, domain: { min: 0, max: 100 } },
        { name: 'region', type: 'category', nullable: true, domain: { values: ['eu', 7] } },
        { name: 'failed', type: 'boolean', nullable: false },
      ],
      label: { column: 'failed', task: 'binary-classification' },
      timestamp: 'seen',
      identifiers: ['id'],
      ignored: ['comment'],
      missingValues: ['NA'],
    }),
  ),
];
