import { nodesOf } from './graph-contents.ts';
import type { OnnxMetadata } from './read-onnx.ts';

/** Operators that every ONNX runtime must know, and no others. */
const STANDARD_DOMAINS: ReadonlySet<string> = new Set([
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'ai.onnx.preview.training',
  'ai.onnx.training',
]);

/** Operators a runtime needs from a library beyond ONNX itself. */
export interface CustomDomain {
  readonly domain: string;
  /** Operator types used, sorted; none when the domain is only imported. */
  readonly ops: readonly string[];
}

/** Domains beyond the standard that the model imports or uses, without its own functions' operators. */
export function customDomainsOf({ model }: OnnxMetadata): CustomDomain[] {
  const own = new Set(model.functions.map(({ domain, name }) => operator(domain, name)));
  const ownDomains = new Set(model.functions.map(({ domain }) => domain));
  const used = new Map<string, Set<string>>();
  const imports = [model, ...model.functions].flatMap(({ opsetImport }) => opsetImport);
  for (const { domain } of imports) {
    if (!STANDARD_DOMAINS.has(domain) && !ownDomains.has(domain)) used.set(domain, new Set());
  }
  for (const { domain, opType } of nodesOf(model)) {
    if (STANDARD_DOMAINS.has(domain) || own.has(operator(domain, opType))) continue;
    used.set(domain, (used.get(domain) ?? new Set()).add(opType));
  }
  return [...used]
    .map(([domain, ops]) => ({ domain, ops: [...ops].sort() }))
    .sort((a, b) => (a.domain < b.domain ? -1 : 1));
}

const operator = (domain: string, name: string): string => JSON.stringify([domain, name]);
