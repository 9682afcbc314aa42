import type { Findings } from '#domain/gates/scan/reading.ts';
import {
  isObject,
  type JsonObject,
  type JsonValue,
  textAt,
  walkJson,
} from '#domain/gates/scan/text/json.ts';

/** Modules whose classes skops itself trusts: they hold numbers, not code. */
const TRUSTED_MODULES =
  /^(?:sklearn|scipy\.(?:sparse|special|spatial|interpolate|stats)|xgboost|lightgbm|catboost)(?:\.\w+)*$|^numpy(?:\.(?:random|ma|core|_core)(?:\.\w+)*)?$/;
const TRUSTED_TYPES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'builtins',
    new Set(
      'bool bytearray bytes complex dict float frozenset int list set slice str tuple type NoneType'.split(
        ' ',
      ),
    ),
  ],
  ['collections', new Set(['OrderedDict', 'defaultdict', 'Counter'])],
  ['operator', new Set(['itemgetter', 'attrgetter'])],
  ['datetime', new Set(['date', 'datetime', 'timedelta'])],
]);
/** Element-wise functions of numpy and scipy.special; both hold others that read files. */
const TRUSTED_FUNCTIONS: ReadonlySet<string> = new Set(
  'abs absolute add cbrt ceil clip cos divide equal erf erfc exp exp2 expit expm1 floor gammaln isfinite isinf isnan log log10 log1p log2 logit maximum mean median minimum multiply negative power ptp reciprocal rint sign sin sqrt square std subtract sum tan tanh'.split(
    ' ',
  ),
);

/** Whether a JSON document is the schema of a skops file. */
export const isSkopsSchema = (value: JsonValue): value is JsonObject =>
  isObject(value) && value.has('_skops_version') && value.has('__loader__');

/** Adds every type in a skops schema that only code beyond the usual libraries provides. */
export function addSkopsFlaws(schema: JsonObject, findings: Findings): void {
  const seen = new Set<string>();
  for (const [value, path] of walkJson(schema)) {
    if (!isObject(value)) continue;
    const loader = textAt(value, '__loader__');
    if (loader === undefined) continue;
    const flaw = flawOf(value, loader);
    if (flaw === undefined || seen.has(flaw)) continue;
    seen.add(flaw);
    findings.fail(
      'skops.type',
      `${path || '(top)'} ${flaw}; save the model with types of scikit-learn, numpy and scipy only`,
    );
  }
}

function flawOf(value: JsonObject, loader: string): string | undefined {
  const [module, type] = [textAt(value, '__module__') ?? '', textAt(value, '__class__') ?? ''];
  const shown = JSON.stringify(`${module}.${type}`.slice(0, 120));
  // Loaders differ in which of the two names they use, so both must be harmless (CVE-2025-54412).
  if (loader === 'FunctionNode' || loader === 'UfuncNode') {
    const names = [[module, type] as const, ...contentNames(value)];
    const foreign = names.find(([from, name]) => !isTrustedFunction(from, name));
    return foreign && `calls the function ${JSON.stringify(foreign.join('.').slice(0, 120))}`;
  }
  if (loader === 'MethodNode') return `binds a method of ${shown}, which can be any`;
  if (loader === 'OperatorFuncNode' && module !== 'operator') {
    return `names ${shown} as a function of "operator"`;
  }
  if (type.includes('.') || (type.startsWith('_') && module === 'builtins')) {
    return `is of the type ${shown}`;
  }
  const trusted = TRUSTED_MODULES.test(module) || TRUSTED_TYPES.get(module)?.has(type) === true;
  return trusted ? undefined : `is of the type ${shown}`;
}

/** skops before 0.13 named a function a second time, and called that one. */
function contentNames(value: JsonObject): (readonly [string, string])[] {
  const content = value.get('content');
  if (!isObject(content)) return [];
  return [[textAt(content, 'module_path') ?? '', textAt(content, 'function') ?? '']];
}

const isTrustedFunction = (module: string, name: string): boolean =>
  /^(?:numpy|scipy\.special)(?:\.\w+)*$/.test(module) && TRUSTED_FUNCTIONS.has(name);
