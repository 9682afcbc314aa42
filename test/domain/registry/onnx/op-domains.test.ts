import { expect, it } from 'vitest';
import { customDomainsOf } from '#domain/registry/onnx/op-domains.ts';
import { metadataOf } from './fixture.ts';

it.each(['linear', 'forest', 'zipmap', 'external-data'])(
  'finds none in %s, which uses standard operators only',
  async (name) => {
    expect(customDomainsOf(await metadataOf(name))).toEqual([]);
  },
);

it("finds a custom operator in a branch, and leaves out the model's own functions", async () => {
  expect(customDomainsOf(await metadataOf('nested'))).toEqual([
    { domain: 'com.example', ops: ['Spy'] },
  ]);
});

it('finds an operator in the domain of a function that does not define it', async () => {
  const metadata = await metadataOf('nested');
  for (const node of metadata.model.graph?.node ?? []) {
    if (node.opType === 'Double') node.opType = 'Treble';
  }
  expect(customDomainsOf(metadata)).toContainEqual({ domain: 'assay.local', ops: ['Treble'] });
});

it('lists a domain that is only imported, without operators', async () => {
  const metadata = await metadataOf('linear');
  const [standard] = metadata.model.opsetImport;
  if (standard) metadata.model.opsetImport.push({ ...standard, domain: 'com.microsoft' });
  expect(customDomainsOf(metadata)).toEqual([{ domain: 'com.microsoft', ops: [] }]);
});
