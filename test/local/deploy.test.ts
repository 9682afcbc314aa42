import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assemblyDigest, reachable, readOutputs } from '../../local/deploy.ts';
import { type Home, homeAt, makeHome } from '../../local/home.ts';

let home: Home;
beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'assay-deploy-')));
});
afterEach(() => {
  rmSync(home.folder, { recursive: true });
});

describe('reachable', () => {
  const endpoint = 'http://127.0.0.1:4701';

  it('puts an HTTP API under the endpoint, since not every resolver knows *.localhost', () => {
    expect(reachable('http://faac729b.execute-api.localhost:4701/v1', endpoint)).toBe(
      'http://127.0.0.1:4701/_aws/execute-api/faac729b/v1',
    );
  });

  it("gives queue URLs the endpoint's address", () => {
    expect(reachable('http://localhost:4701/000000000000/q', endpoint)).toBe(
      'http://127.0.0.1:4701/000000000000/q',
    );
  });

  it.each(['arn:aws:sns:us-east-1:000000000000:t', 'https://example.org/localhost:1/', ''])(
    'leaves %j as it is',
    (value) => {
      expect(reachable(value, endpoint)).toBe(value);
    },
  );
});

describe('assemblyDigest', () => {
  const write = (name: string, text: string): void =>
    writeFileSync(join(home.cloudAssembly, name), text);

  beforeEach(async () => {
    makeHome({ ...home, temporary: home.cloudAssembly });
    write('A.template.json', '{}');
  });

  it('changes with a template and with its name, and with nothing else', () => {
    const before = assemblyDigest(home);
    write('manifest.json', '{"time": 1}');
    expect(assemblyDigest(home)).toBe(before);
    write('A.template.json', '{"Resources":{}}');
    const changed = assemblyDigest(home);
    expect(changed).not.toBe(before);
    write('B.template.json', '{}');
    expect(assemblyDigest(home)).not.toBe(changed);
  });
});

it('refuses outputs of another shape', () => {
  writeFileSync(home.outputs, '{"Stack":{"Name":1}}');
  expect(() => readOutputs(home, 'http://127.0.0.1:1')).toThrow();
});
