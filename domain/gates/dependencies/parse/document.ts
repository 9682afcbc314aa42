import {
  type DependencyDocument,
  type Finding,
  finding,
  wellFormed,
} from '#domain/gates/dependencies/component.ts';
import { parseCondaEnvironment } from './conda-environment.ts';
import { parseCycloneDx } from './cyclonedx.ts';
import { parsePoetryLock } from './poetry-lock.ts';
import { parseRequirements } from './requirements.ts';
import { parseSpdx } from './spdx.ts';
import { parseUvLock } from './uv-lock.ts';

/** Characters; the lock files of large projects stay below a tenth of it. */
const MAX_LENGTH = 8_000_000;
/**
 * The parser of YAML compares each key with all before it: 100,000 characters take 2 s at worst,
 * a million half a minute and more. An environment of 500 packages has 25,000.
 */
const MAX_YAML_LENGTH = 100_000;

const EXPECTED =
  'requirements.txt, poetry.lock, uv.lock, environment.yml, or CycloneDX or SPDX as JSON';

/**
 * Reads what a file declares. The format follows from the name of the file and, for JSON, from
 * what the document calls itself; whatever cannot be read is a finding, never left out.
 */
export function parseDependencies(file: string, raw: string): DependencyDocument {
  const text = wellFormed(raw);
  const name = (file.split('/').at(-1) ?? file).toLowerCase();
  const isYaml = /\.ya?ml$/.test(name);
  const most = isYaml ? MAX_YAML_LENGTH : MAX_LENGTH;
  if (text.length > most) {
    const got = `${text.length} characters`;
    const remedy = 'declare only what the model needs';
    return unread(finding({ file }, got, `at most ${most}`, remedy));
  }
  if (name === 'poetry.lock') return parsePoetryLock(file, text);
  if (name === 'uv.lock') return parseUvLock(file, text);
  if (isYaml) return parseCondaEnvironment(file, text);
  if (/\.(?:txt|in)$/.test(name)) return parseRequirements(file, text);
  if (name.endsWith('.json')) return parseJson(file, text);
  return unread(finding({ file }, `"${name}"`, EXPECTED, 'name the file as its tool does'));
}

function parseJson(file: string, text: string): DependencyDocument {
  let json: unknown;
  try {
    json = JSON.parse(text);
    // A lone half of a character, which escapes can make, has no place in what is hashed later.
    if (/\\ud[89a-f]/.test(JSON.stringify(json))) throw new Error('half a character');
  } catch (error) {
    const got = error instanceof Error ? error.message : 'unreadable text';
    return unread(finding({ file }, got, 'a JSON document', 'make the file again'));
  }
  const fields = json !== null && typeof json === 'object' ? Object.keys(json) : [];
  if (fields.includes('bomFormat')) return parseCycloneDx(file, json);
  if (fields.includes('spdxVersion')) return parseSpdx(file, json);
  const got = 'JSON without "bomFormat" and "spdxVersion"';
  return unread(finding({ file }, got, EXPECTED, 'make the file with a tool for SBOMs'));
}

const unread = (problem: Finding): DependencyDocument => ({
  file: problem.field,
  format: 'unknown',
  components: [],
  findings: [problem],
  indexes: [],
  notes: [],
});
