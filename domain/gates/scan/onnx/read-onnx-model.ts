import { Cursor } from '#domain/gates/scan/cursor.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { fieldsOf } from '#domain/gates/scan/protobuf/fields.ts';
import { Findings, type Member, type Reading, type Scan } from '#domain/gates/scan/reading.ts';
import { codeIn } from '#domain/gates/scan/text/embedded-code.ts';
import type { ModelProto } from '#domain/registry/onnx/onnx_pb.ts';
import { OnnxError, quote } from '#domain/registry/onnx/onnx-error.ts';
import { customDomainsOf } from '#domain/registry/onnx/op-domains.ts';
import { type OnnxMetadata, readOnnxMetadata } from '#domain/registry/onnx/read-onnx.ts';
import { bypassesOf } from './bypass.ts';
import { addExternalFlaws } from './external-flaws.ts';

/** Domains whose operators a runtime brings itself: no model may define them anew. */
const RUNTIMES_OWN: ReadonlySet<string> = new Set([
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview.training',
  'com.microsoft',
]);

/** Of ModelProto in ONNX 1.23, read here or not: 20 is training, 26 where to run. */
const MODEL_FIELDS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26]);

/**
 * Judges an ONNX model by its graph, in a few range reads; undefined when the file is none.
 * @throws FormatError when the model is beyond the limits of reading.
 */
export async function readOnnxModel(member: Member, scan: Scan): Promise<Reading | undefined> {
  const metadata = await metadataOf(member);
  if (metadata === undefined) return undefined;
  const findings = new Findings(member);
  const claims = addExternalFlaws(metadata, member, scan, findings);
  addDomainFlaws(metadata, scan, findings);
  addShadowed(metadata.model, findings);
  for (const { opType, node, output } of bypassesOf(metadata.model)) {
    findings.fail(
      'onnx.weight-bypass',
      `node ${quote(node)} (${opType}) gives ${quote(output)} without the weights whenever the input equals given values; export the model again from its training code`,
    );
  }
  addMetadataFlaws(metadata.model, findings);
  const unknown = await addUnknownFields(member, findings);
  if (findings.checks.length === 0) {
    const nodes = metadata.model.graph?.node.length ?? 0;
    findings.pass('onnx.graph', `${nodes} nodes of known operators`);
  }
  const parsed = member.source.size - unknown;
  return { format: 'ONNX model', checks: findings.checks, parsed, claims };
}

/** Undefined for another format; a file that calls itself ONNX must be it. */
async function metadataOf({ name, source }: Member): Promise<OnnxMetadata | undefined> {
  try {
    return await readOnnxMetadata(source);
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    const { problem, message } = error;
    if (problem === 'over-limit') throw new FormatError('onnx.limit', 'inconclusive', message);
    if (name.endsWith('.onnx')) throw new FormatError(`onnx.${problem}`, 'fail', message);
    return undefined;
  }
}

function addDomainFlaws(metadata: OnnxMetadata, { policy }: Scan, findings: Findings): void {
  const allowed = policy.onnx.customDomains;
  for (const { domain, ops } of customDomainsOf(metadata)) {
    if (allowed.includes(domain)) continue;
    const used = ops.length === 0 ? 'imports' : `uses ${ops.slice(0, 5).join(', ')} of`;
    findings.fail(
      'onnx.custom-domain',
      `${used} the operator domain ${quote(domain)}, which needs a library beyond [${allowed.join(', ')}]; export with standard operators, or have the policy allow it`,
    );
  }
}

function addShadowed({ functions }: ModelProto, findings: Findings): void {
  const seen = new Set<string>();
  for (const { domain, name, overload } of functions) {
    if (RUNTIMES_OWN.has(domain)) {
      findings.fail(
        'onnx.shadowed-operator',
        `defines ${quote(name)} of the domain ${quote(domain)} anew, so that it does not do what its name says; export without functions of that domain`,
      );
    }
    const key = JSON.stringify([domain, name, overload]);
    if (seen.has(key)) {
      findings.fail(
        'onnx.duplicate-function',
        `defines the function ${quote(name)} twice; export the model again`,
      );
    }
    seen.add(key);
  }
}

/** Adds what lies beside the model's own fields, where every runtime steps over it; returns its bytes. */
async function addUnknownFields({ source }: Member, findings: Findings): Promise<number> {
  let unknown = 0;
  for await (const field of fieldsOf(new Cursor(source, 'onnx.truncated'))) {
    if (field === undefined || MODEL_FIELDS.has(field.number)) continue;
    unknown += field.end - field.at;
    findings.undecided(
      'onnx.unknown-field',
      `has ${field.end - field.at} bytes in field ${field.number}, which no ONNX model has; export the model again`,
      field.at,
    );
  }
  return unknown;
}

function addMetadataFlaws(model: ModelProto, findings: Findings): void {
  const texts = [
    ['doc_string', model.docString],
    ['producer_name', model.producerName],
    ['domain', model.domain],
    ...model.metadataProps.map(({ key, value }) => [key, value]),
  ] as [string, string][];
  for (const [key, value] of texts) {
    const what = codeIn(value);
    if (what === undefined) continue;
    findings.fail(
      'metadata.code',
      `metadata ${quote(key)} holds ${what}; save the model without it`,
    );
  }
}
