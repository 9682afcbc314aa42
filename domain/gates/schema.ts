import { type ComputedBump, checkDeclared, FLEET_OPSET } from '#domain/registry/bump.ts';
import type { InputSpec, IoSchema, OutputSpec } from '#domain/registry/io-schema.ts';
import type { OnnxError } from '#domain/registry/onnx/onnx-error.ts';
import { problemText } from '#domain/registry/problem.ts';
import type { Check, Json, Verdict } from './verdict.ts';

export interface SchemaRules {
  /** Newest opset that the serving runtime opens. */
  readonly fleetOpset?: number;
  /** Names that must be an input or a feature of one. */
  readonly requiredFeatures?: readonly string[];
}

const REMEDY = 'declare in the manifest what the model itself says, or export the model again';

/**
 * Compares what a manifest declares with what the artifact itself says: names, datatypes,
 * shapes, defaults, feature and label counts, operator set. Every point is a check of its own.
 */
export function judgeSchema(
  declared: IoSchema,
  read: IoSchema,
  { fleetOpset = FLEET_OPSET, requiredFeatures = [] }: SchemaRules = {},
): Check[] {
  const inputs = pairs(declared.inputs, read.inputs, 'io.inputs');
  const outputs = pairs(declared.outputs, read.outputs, 'io.outputs');
  return [
    sameNames('input-names', declared.inputs, read.inputs, 'io.inputs'),
    sameNames('output-names', declared.outputs, read.outputs, 'io.outputs'),
    ...[...inputs, ...outputs].flatMap(({ mine, its, where }) => sameTensor(mine, its, where)),
    ...inputs.map(({ mine, its, where }) => sameOptional(mine, its, where)),
    ...inputs.flatMap(({ mine, its, where }) =>
      mine.features ? [countFits('feature-count', mine.features.length, its, where)] : [],
    ),
    ...outputs.flatMap(({ mine, its, where }) =>
      mine.labels && mine.role === 'probabilities'
        ? [countFits('label-count', mine.labels.length, its, where)]
        : [],
    ),
    sameOpset(declared.opset, read.opset),
    opsetWithinFleet(read.opset, fleetOpset),
    ...(requiredFeatures.length > 0 ? [featuresPresent(declared, requiredFeatures)] : []),
  ];
}

/** Whether the declared version is at least what the change of I/O calls for. */
export function judgeVersion(
  parent: string | undefined,
  declared: string,
  computed: ComputedBump,
): Check {
  const result = checkDeclared(parent, declared, computed);
  const reasons = computed.reasons.join('; ');
  return {
    id: 'semver',
    verdict: result.ok ? 'pass' : 'fail',
    observed: { parent: parent ?? null, declared },
    threshold: { bump: computed.bump, needsPerson: computed.needsPerson ?? false },
    message: result.ok ? `${declared} is high enough: ${reasons}` : problemText(result.problem),
    where: 'version',
  };
}

/** A file whose own schema cannot be had: what is beyond our limits is undecided, the rest fails. */
export const judgeUnreadable = (error: OnnxError, path: string): Check => ({
  id: 'readable',
  verdict: error.problem === 'over-limit' ? 'inconclusive' : 'fail',
  observed: error.problem,
  message: error.message,
  where: path,
});

interface Pair<T> {
  readonly mine: T;
  readonly its: T;
  readonly where: string;
}

function pairs<T extends { readonly name: string }>(
  declared: readonly T[],
  read: readonly T[],
  where: string,
): Pair<T>[] {
  const byName = new Map(read.map((spec) => [spec.name, spec]));
  return declared.flatMap((mine, index) => {
    const its = byName.get(mine.name);
    return its ? [{ mine, its, where: `${where}[${index}]` }] : [];
  });
}

function sameNames(
  id: string,
  declared: readonly { readonly name: string }[],
  read: readonly { readonly name: string }[],
  where: string,
): Check {
  const mine = declared.map(({ name }) => name);
  const its = read.map(({ name }) => name);
  const [has, says] = [new Set(its), new Set(mine)];
  const absent = mine.filter((name) => !has.has(name));
  const undeclared = its.filter((name) => !says.has(name));
  const same = absent.length + undeclared.length === 0;
  const message = same
    ? `the model and the manifest name the same ${mine.length}`
    : `the model lacks [${absent.join(', ')}] and has undeclared [${undeclared.join(', ')}]; ${REMEDY}`;
  return { id, verdict: passIf(same), observed: its, threshold: mine, message, where };
}

function sameTensor(mine: InputSpec | OutputSpec, its: InputSpec | OutputSpec, where: string) {
  return [
    equal('datatype', mine.name, its.datatype, mine.datatype, `${where}.datatype`),
    equal('shape', mine.name, its.shape, mine.shape, `${where}.shape`),
  ];
}

const sameOptional = (mine: InputSpec, its: InputSpec, where: string): Check =>
  equal(
    'optional-input',
    mine.name,
    its.optional ?? false,
    mine.optional ?? false,
    `${where}.optional`,
  );

function equal(id: string, name: string, observed: Json, threshold: Json, where: string): Check {
  const [its, mine] = [JSON.stringify(observed), JSON.stringify(threshold)];
  const same = its === mine;
  const message = same
    ? `"${name}" is ${its} in both`
    : `"${name}" is ${its} in the model, the manifest declares ${mine}; ${REMEDY}`;
  return { id, verdict: passIf(same), observed, threshold, message, where };
}

/** The last dimension of a table or of scores has a column for each name. */
function countFits(
  id: 'feature-count' | 'label-count',
  count: number,
  { name, shape }: InputSpec | OutputSpec,
  where: string,
): Check {
  const last = shape.at(-1) ?? 1;
  const list = id === 'feature-count' ? 'features' : 'labels';
  const found = `"${name}" has ${last === -1 ? 'a dynamic number of' : last} columns`;
  const remedy =
    last === -1
      ? 'export the model with a fixed last dimension'
      : `list exactly ${last} ${list} in the manifest, in the order of training`;
  return {
    id,
    verdict: last === -1 ? 'inconclusive' : passIf(last === count),
    observed: last,
    threshold: count,
    message: `${found} for ${count} ${list}${last === count ? '' : `; ${remedy}`}`,
    where: `${where}.${list}`,
  };
}

function sameOpset(declared: number | undefined, read: number | undefined): Check {
  const same = declared === undefined || declared === read;
  return {
    id: 'opset',
    verdict: passIf(same),
    observed: read ?? null,
    threshold: declared ?? null,
    message: same
      ? `the model uses opset ${read ?? 'none'}, the manifest declares ${declared ?? 'none'}`
      : `the model uses opset ${read ?? 'none'}, the manifest declares ${declared}; ${REMEDY}`,
    where: 'io.opset',
  };
}

function opsetWithinFleet(read: number | undefined, fleetOpset: number): Check {
  const within = (read ?? 0) <= fleetOpset;
  const found = `the model uses opset ${read ?? 'none'}, serving opens up to ${fleetOpset}`;
  return {
    id: 'fleet-opset',
    verdict: passIf(within),
    observed: read ?? null,
    threshold: fleetOpset,
    message: within ? found : `${found}; export with opset_version=${fleetOpset} or lower`,
    where: 'io.opset',
  };
}

function featuresPresent({ inputs }: IoSchema, required: readonly string[]): Check {
  const present = new Set(inputs.flatMap(({ name, features = [] }) => [name, ...features]));
  const missing = required.filter((name) => !present.has(name));
  return {
    id: 'required-features',
    verdict: passIf(missing.length === 0),
    observed: required.filter((name) => present.has(name)),
    threshold: required,
    message:
      missing.length === 0
        ? `all ${required.length} required features are inputs`
        : `required features [${missing.join(', ')}] are no inputs; train with them, or list them in "features"`,
    where: 'io.inputs',
  };
}

const passIf = (holds: boolean): Verdict => (holds ? 'pass' : 'fail');
