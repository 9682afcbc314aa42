import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import { scanArtifact } from '#domain/gates/scan/scan-artifact.ts';
import {
  findingsOf,
  fixture,
  SparseSource,
  scanBytes,
  scanFixture,
  scanSource,
  utf8,
} from './fixture.ts';

const FIXTURES = readdirSync(new URL('fixtures', import.meta.url));
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const ids = async (path: string, bytes: Uint8Array): Promise<string[]> =>
  (await scanBytes(path, bytes)).checks.map(({ id, verdict }) => `${verdict} ${id}`);

describe('models that their own libraries wrote', () => {
  it.each([
    ['good-lightgbm.txt', 'LightGBM model'],
    ['good-xgboost.json', 'XGBoost model'],
    ['good-xgboost.ubj', 'XGBoost model (UBJSON)'],
    ['good-model.gguf', 'GGUF model'],
    ['good-q4-k.gguf', 'GGUF model'],
    ['schema-good-pipeline.skops', 'ZIP archive'],
    ['schema-good-forest.skops', 'ZIP archive'],
  ])('pass: %s is a %s', async (name, format) => {
    const report = await scanFixture(name);
    expect(findingsOf(report)).toEqual([]);
    expect(report.members[0]?.format).toBe(format);
    expect(report.coverage.parsed).toBe(report.coverage.present);
  });

  it('finds the schema inside a skops archive', async () => {
    const { members } = await scanFixture('schema-good-forest.skops');
    expect(members.map(({ format }) => format)).toContain('skops schema');
  });
});

describe('models that were tampered with', () => {
  it.each([
    ['bad-lightgbm-cut.txt', 'fail lightgbm.truncated'],
    ['bad-xgboost-trailing.ubj', 'fail ubjson.malformed'],
    ['bad-template.gguf', 'fail template.escape'],
    ['bad-cut.gguf', 'fail gguf.bounds'],
    ['bad-cut-header.gguf', 'fail gguf.truncated'],
    ['bad-appended.gguf', 'fail gguf.hole'],
    ['bad-overlap.gguf', 'fail gguf.overlap'],
    ['bad-bounds.gguf', 'fail gguf.bounds'],
    ['odd-version.gguf', 'inconclusive gguf.version'],
    ['schema-bad-function.skops', 'fail skops.type'],
    ['schema-bad-operator.skops', 'fail skops.type'],
  ])('do not pass: %s is a %s', async (name, finding) => {
    expect(findingsOf(await scanFixture(name)).join('\n')).toContain(finding);
  });
});

describe('a Keras configuration', () => {
  const layer = (more: object) => ({
    module: 'keras.layers',
    class_name: 'Dense',
    config: { name: 'd', units: 3, activation: 'relu' },
    registered_name: null,
    ...more,
  });
  const model = (...layers: object[]) =>
    json({ module: 'keras', class_name: 'Sequential', config: { layers }, registered_name: null });

  it('of usual layers passes', async () => {
    const initializer = {
      module: 'keras.initializers',
      class_name: 'GlorotUniform',
      config: { seed: null },
      registered_name: null,
    };
    const dense = layer({ config: { units: 3, kernel_initializer: initializer } });
    const input = layer({ class_name: 'InputLayer', config: { batch_shape: [null, 4] } });
    expect(await ids('config.json', model(input, dense))).toEqual(['pass text']);
    const dtype = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' } };
    const tensor = { class_name: '__keras_tensor__', config: { shape: [null, 4] } };
    const functional = layer({ config: { dtype }, inbound_nodes: [{ args: [tensor] }] });
    expect(await ids('config.json', model(functional))).toEqual(['pass text']);
    const { members } = await scanBytes('config.json', model(input, dense));
    expect(members[0]?.format).toBe('Keras configuration');
  });

  it.each([
    ['a Lambda', { class_name: 'Lambda' }, 'fail keras.unsafe-layer'],
    ['a Lambda by its package', { class_name: 'keras>Lambda' }, 'fail keras.unsafe-layer'],
    ['a SavedModel from a path', { class_name: 'TFSMLayer' }, 'fail keras.unsafe-layer'],
    [
      'code in an argument',
      { config: { function: { class_name: '__lambda__', config: { code: '4wEAAA' } } } },
      'fail keras.unsafe-layer',
    ],
    [
      'a foreign module (CVE-2025-1550)',
      { module: 'subprocess', class_name: 'run' },
      'fail keras.module',
    ],
    [
      'a loader of Keras itself',
      { module: 'keras.models', class_name: 'load_model' },
      'fail keras.module',
    ],
    [
      'a download of Keras itself',
      { module: 'keras.utils', class_name: 'get_file' },
      'fail keras.module',
    ],
    ['a module that only begins like Keras', { module: 'keras_evil.layers' }, 'fail keras.module'],
    [
      'a file of the machine (CVE-2025-12058)',
      { class_name: 'StringLookup', config: { vocabulary: '/etc/passwd' } },
      'fail keras.file-reference',
    ],
    [
      'a file of another machine',
      { class_name: 'StringLookup', config: { vocabulary: 'https://example.com/v.txt' } },
      'fail keras.file-reference',
    ],
    [
      'a shape that nothing holds',
      { class_name: 'InputLayer', config: { batch_shape: [null, 1e6, 1e6] } },
      'fail keras.shape',
    ],
    [
      'a function of Python itself',
      { module: 'builtins', class_name: 'function', config: 'eval' },
      'fail keras.module',
    ],
    [
      'a custom function',
      { module: 'builtins', class_name: 'function', config: 'my_loss' },
      'inconclusive keras.custom-object',
    ],
    ['a custom class', { registered_name: 'mine>Thing' }, 'inconclusive keras.custom-object'],
  ])('does not pass with %s', async (_, more, finding) => {
    expect(await ids('config.json', model(layer(more)))).toContain(finding);
  });
});

/** Protobuf, of wire type 2 only. */
const field = (number: number, ...parts: (Uint8Array | string)[]): Uint8Array => {
  const content = parts.flatMap((part) => [...(typeof part === 'string' ? utf8(part) : part)]);
  return Uint8Array.from([...varint(number * 8 + 2), ...varint(content.length), ...content]);
};
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))];
const join = (...parts: Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

describe('a TensorFlow SavedModel', () => {
  const node = (name: string, op: string) => [field(1, name), field(2, op), field(3, 'x')] as const;
  const graph = (...ops: string[]) => ops.map((op) => field(1, ...node(`n/${op}`, op)));
  const savedModel = (...content: Uint8Array[]) =>
    join(Uint8Array.from([8, 1]), field(2, field(2, ...content)));
  const usual = ['Placeholder', 'MatMul', 'SaveV2', 'RestoreV2', 'StatefulPartitionedCall'];

  it('of tensor operators passes, with its variables', async () => {
    const report = await scanArtifact([
      { path: 'm/saved_model.pb', source: sourceOf(savedModel(...graph(...usual))) },
      {
        path: 'm/variables/variables.data-00000-of-00001',
        source: sourceOf(Uint8Array.from([0, 1, 2, 0xff])),
      },
    ]);
    expect(findingsOf(report)).toEqual([]);
    expect(report.members.map(({ format }) => format)).toEqual([
      'TensorFlow SavedModel',
      'tensor data',
    ]);
  });

  it.each(['ReadFile', 'WriteFile', 'PyFunc', 'EagerPyFunc', 'MatchingFiles', 'PrintV2'])(
    'fails with %s, in the graph or in a function',
    async (op) => {
      expect(await ids('saved_model.pb', savedModel(...graph('MatMul', op)))).toEqual([
        'fail tensorflow.operator',
      ]);
      const inFunction = field(2, field(1, field(3, ...node('hidden', op))));
      expect(await ids('x', savedModel(...graph('MatMul'), inFunction))).toEqual([
        'fail tensorflow.operator',
      ]);
      expect(await ids('frozen.pb', join(...graph('MatMul', op)))).toEqual([
        'fail tensorflow.operator',
      ]);
    },
  );

  it('fails with a Lambda in the metadata that Keras wrote beside it', async () => {
    const object = field(
      1,
      field(3, 'root.layer-1'),
      field(4, '_tf_keras_layer'),
      field(5, JSON.stringify({ class_name: 'Lambda', config: {} })),
    );
    expect(await ids('keras_metadata.pb', object)).toEqual(['fail keras.unsafe-layer']);
  });

  it('is judged without its constants', async () => {
    const head = savedModel(...graph('MatMul'));
    const bytes = 5 * 1024 ** 3;
    // meta_graphs again, with a node whose attribute holds the tensor.
    const attribute = [...varint(5 * 8 + 2), ...varint(bytes)];
    const named = [...field(1, 'c'), ...field(2, 'Const'), ...attribute];
    const inNode = [...varint(1 * 8 + 2), ...varint(named.length + bytes), ...named];
    const inGraph = [...varint(2 * 8 + 2), ...varint(inNode.length + bytes), ...inNode];
    const tail = [...varint(2 * 8 + 2), ...varint(inGraph.length + bytes), ...inGraph];
    const start = Uint8Array.from([...head, ...tail]);
    const source = new SparseSource(start.length + bytes, [[0, start]]);
    const report = await scanSource('saved_model.pb', source);
    expect(report.verdict).toBe('pass');
    expect(source.bytesRead).toBeLessThan(3_000_000);
  });
});

describe('documents beside a model', () => {
  const mlmodel = (loader: string, more = '') =>
    utf8(
      `artifact_path: model\nflavors:\n  python_function:\n    loader_module: ${loader}\n    env:\n      conda: conda.yaml\n${more}mlflow_version: 2.9.2\n`,
    );

  it.each([
    ['MLmodel', mlmodel('mlflow.sklearn'), ['pass text']],
    ['MLmodel', mlmodel('mlflow.pyfunc.model'), ['fail mlflow.code']],
    ['MLmodel', mlmodel('mlflow.sklearn', '    code: code\n'), ['fail mlflow.code']],
    ['MLmodel', mlmodel('"evil.loader"'), ['fail mlflow.code']],
    ['MLmodel', mlmodel('mlflow.sklearn', '  other: {code: x}\n'), ['inconclusive mlflow.yaml']],
    ['model_config.yaml', utf8('_target_: nemo.collections.asr.models.EncDec\n'), ['pass text']],
    ['model_config.yaml', utf8('a:\n  _target_: os.system\n'), ['fail yaml.target']],
    ['x.yaml', utf8('a: !!python/object/apply:os.system ["id"]\n'), ['fail yaml.python-tag']],
    ['config.json', json({ auto_map: { AutoModel: 'evil.M' } }), ['inconclusive code.remote']],
    ['t.json', json({ chat_template: '{{ x.__globals__ }}' }), ['fail template.escape']],
    ['t.json', json({ chat_template: "{{ m['content'] }}" }), ['pass text']],
    ['vocab.json', json({ 'exec (': 1, __init__: 2 }), ['pass text']],
    ['chat.jinja', utf8('{{ cycler.__init__ }}'), ['fail template.escape']],
    ['README.md', utf8('# A model\n\nUse `{{ x.__init__ }}`.\n'), ['pass text']],
    ['a.json', utf8('{"a": 1, "a": 2}'), ['inconclusive json.malformed']],
    ['a.json', utf8('{"a": }'), ['inconclusive json.malformed']],
    ['rows.csv', utf8('a,b\n1,2\n'), ['pass text']],
  ])('%s #%# is judged: %3$j', async (path, bytes, expected) => {
    expect(await ids(path, bytes)).toEqual(expected);
  });
});

it('noise behind a magic number is judged without a fault, and never passes', async () => {
  const magics = [
    ...['504b0304', '504b0506', '934e554d5059', '47475546', '1f8b', '785e', '8004', '8002'],
    ...['894844460d0a1a0a', '04224d18', '425a68', '0812', '0a0a', '7b4c', '10000000000000007b'],
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...magics),
      fc.uint8Array({ minLength: 40, maxLength: 900 }),
      async (magic, noise) => {
        const head = magic.match(/../g)?.map((hex) => Number.parseInt(hex, 16)) ?? [];
        const bytes = Uint8Array.from([...head, ...noise]);
        expect((await scanBytes('model.bin', bytes)).verdict).not.toBe('pass');
      },
    ),
    { numRuns: 1500 },
  );
});

describe('HDF5', () => {
  const magic = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0];

  it('that ends after its signature fails', async () => {
    expect(await ids('w.h5', Uint8Array.from(magic))).toEqual(['inconclusive hdf5.version']);
  });

  it('is found behind a user block', async () => {
    const bytes = new Uint8Array(600);
    bytes.set(magic, 512);
    expect(await ids('w.bin', bytes)).toEqual(['inconclusive hdf5.version']);
    bytes.set(fixture('good-stored.zip').subarray(0, 400));
    expect(await ids('w.bin', bytes)).toEqual(['fail format.polyglot']);
  });
});

it.each(FIXTURES.filter((name) => /^(?:good|schema).*\.(?:gguf|ubj|skops|json|txt)$/.test(name)))(
  'a changed %s is judged without a fault, with bounded reads',
  async (name) => {
    const good = fixture(name);
    const change = fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const changed = good.slice();
        for (const { at, to } of changes) changed[at] = to;
        const source = new SparseSource(changed.length, [[0, changed]]);
        expect((await scanSource(name, source)).checks.length).toBeGreaterThan(0);
        expect(source.bytesRead).toBeLessThan(12 * good.length + 1024);
      }),
      { numRuns: 60 },
    );
  },
);
