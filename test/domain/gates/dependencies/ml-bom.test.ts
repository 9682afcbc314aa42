import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Component } from '#domain/gates/dependencies/component.ts';
import { type BomSubject, mlBom } from '#domain/gates/dependencies/ml-bom.ts';
import { parseCycloneDx } from '#domain/gates/dependencies/parse/cyclonedx.ts';
import { parseRequirements } from '#domain/gates/dependencies/parse/requirements.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { lockFile } from './fixture.ts';

const about = (more: Partial<BomSubject> = {}): BomSubject => ({
  subject: { tenant: 'acme', model: 'fraud', version: '1.2.0' },
  digest: parseDigest('ab'.repeat(32)),
  registeredAt: '2026-03-01T12:00:00Z',
  description: 'Scores card payments',
  toolVersion: '0.1.0',
  components: parseRequirements('requirements.txt', lockFile('requirements.txt')).components,
  card: {
    approach: 'supervised',
    task: 'binary-classification',
    architecture: 'random forest',
    format: 'onnx',
    datasets: [{ name: 'payments', version: '7', sha256: 'cd'.repeat(32), use: 'training' }],
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
    outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 2] }],
    metrics: [
      { type: 'accuracy', value: 0.95, interval: { low: 0.93, high: 0.97 } },
      { type: 'accuracy', value: 0.9, slice: 'country=DE' },
    ],
    considerations: {
      users: ['payment operations'],
      useCases: ['stop fraud'],
      technicalLimitations: ['cards only'],
      performanceTradeoffs: ['recall before precision'],
      ethicalConsiderations: [{ name: 'wrong refusals', mitigationStrategy: 'a person decides' }],
    },
    risk: 'high',
  },
  ...more,
});

let complaints: (document: unknown) => unknown[];

/** The official schema, as the CycloneDX project ships it. */
beforeAll(() => {
  const require = createRequire(import.meta.url);
  const library = require.resolve('@cyclonedx/cyclonedx-library/package.json');
  const schema = (name: string) =>
    JSON.parse(readFileSync(join(dirname(library), 'res/schema', name), 'utf8'));
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default(ajv);
  ajv.addFormat('iri-reference', true);
  ajv.addFormat('idn-email', true);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) {
    const file = `${name}.SNAPSHOT.schema.json`;
    ajv.addSchema({ ...schema(file), $id: `http://cyclonedx.org/schema/${file}` });
  }
  const validate = ajv.compile(schema('bom-1.6.SNAPSHOT.schema.json'));
  complaints = (document) => (validate(document) ? [] : (validate.errors ?? []));
});

describe('mlBom', () => {
  it('is valid by the official schema of CycloneDX 1.6', () => {
    expect(complaints(mlBom(about()))).toEqual([]);
  });

  it('is valid when next to nothing is known', () => {
    const { description: _, ...rest } = about({ components: [] });
    const bare = { format: 'onnx', datasets: [], inputs: [], outputs: [], metrics: [] };
    expect(complaints(mlBom({ ...rest, card: bare }))).toEqual([]);
  });

  it('is told apart from a document that is not valid', () => {
    const document = mlBom(about()) as Record<string, unknown>;
    expect(complaints({ ...document, specVersion: 7 })).not.toEqual([]);
    expect(complaints({ ...document, components: [{ type: 'model', name: 'x' }] })).not.toEqual([]);
  });

  it('names the model by its digest, with its card', () => {
    expect(mlBom(about())).toMatchObject({
      metadata: {
        component: {
          type: 'machine-learning-model',
          name: 'fraud',
          version: '1.2.0',
          hashes: [{ alg: 'SHA-256', content: 'ab'.repeat(32) }],
          modelCard: {
            modelParameters: { task: 'binary-classification' },
            quantitativeAnalysis: {
              performanceMetrics: [{ value: '0.95' }, { slice: 'country=DE' }],
            },
          },
        },
      },
    });
  });

  it('is the same document whatever the order in which packages are listed', () => {
    const { components } = about();
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...components, ...components], { minLength: 8 }),
        (order) => {
          expect(hashOf(mlBom(about({ components: order })))).toBe(hashOf(mlBom(about())));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has a serial number of its own for each artifact', () => {
    const serial = (digest: string) =>
      (mlBom(about({ digest: parseDigest(digest.repeat(32)) })) as { serialNumber: string })
        .serialNumber;
    expect(serial('00')).not.toBe(serial('01'));
    expect(serial('00')).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('lists packages that its own reader finds again', () => {
    const { components } = about();
    const read = parseCycloneDx('bom.json', mlBom(about()));
    const names = (list: readonly Component[]) => list.map(({ purl }) => purl).sort();
    expect(names(read.components)).toEqual(names(components));
    expect(read.findings).toEqual([]);
  });
});
