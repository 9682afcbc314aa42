import { domainChange, shapeChanges } from './compatibility.ts';
import type { InputSpec, IoSchema, OutputSpec } from './io-schema.ts';
import type { Bump } from './versions.ts';

/** One difference of two I/O schemas, and the bump it calls for. */
export interface Change {
  readonly bump: Bump;
  readonly reason: string;
}

/** Every difference that callers of `parent` would notice, in the order of the schema. */
export function ioChanges(parent: IoSchema, candidate: IoSchema, fleetOpset: number): Change[] {
  return [
    ...inputChanges(parent.inputs, candidate.inputs),
    ...outputChanges(parent.outputs, candidate.outputs),
    ...wholeChanges(parent, candidate, fleetOpset),
  ];
}

function inputChanges(before: readonly InputSpec[], after: readonly InputSpec[]): Change[] {
  const added = after.filter(({ name }) => !named(before, name));
  const removed = before.filter(({ name }) => !named(after, name));
  const changes: Change[] = [];
  for (const old of removed) {
    const twin = added.find((candidate) => sameButName(old, candidate));
    changes.push(
      major(
        twin
          ? `input "${old.name}" was renamed to "${twin.name}"`
          : `input "${old.name}" was removed`,
      ),
    );
  }
  for (const { name, optional } of added) {
    changes.push(
      optional
        ? minor(`input "${name}" with a default was added`)
        : major(`required input "${name}" was added`),
    );
  }
  for (const old of before) {
    const now = named(after, old.name);
    if (now) changes.push(...inputChange(`input "${old.name}"`, old, now));
  }
  return changes;
}

function* inputChange(what: string, old: InputSpec, now: InputSpec): Generator<Change> {
  yield* typeChanges(what, old, now);
  yield* listChange(`features of ${what}`, old.features, now.features);
  if (old.optional && !now.optional) yield major(`${what} lost its default and is now required`);
  if (!old.optional && now.optional) yield minor(`${what} got a default`);
  const domain = domainChange(old.domain, now.domain);
  if (domain === 'narrowed') yield major(`the domain of ${what} was narrowed`);
  if (domain === 'widened') yield minor(`the domain of ${what} was widened`);
}

function outputChanges(before: readonly OutputSpec[], after: readonly OutputSpec[]): Change[] {
  const changes: Change[] = [];
  const kept = after.filter(({ name }) => named(before, name));
  for (const old of before) {
    const now = named(after, old.name);
    const what = `output "${old.name}"`;
    if (!now) {
      changes.push(major(`${what} was removed`));
      continue;
    }
    changes.push(
      ...typeChanges(what, old, now),
      ...listChange(`labels of ${what}`, old.labels, now.labels),
    );
    if (old.role !== undefined && old.role !== now.role) {
      changes.push(major(`the role of ${what} changed from ${old.role} to ${now.role ?? 'none'}`));
    }
  }
  const order = before.filter(({ name }) => named(after, name));
  if (order.some(({ name }, index) => kept[index]?.name !== name)) {
    changes.push(major('the order of the outputs changed'));
  }
  for (const [index, { name }] of after.entries()) {
    if (named(before, name)) continue;
    const appended = after.slice(index).every((later) => !named(before, later.name));
    changes.push(
      appended
        ? minor(`output "${name}" was appended`)
        : major(`output "${name}" was added before others, which it displaces`),
    );
  }
  return changes;
}

function* typeChanges(
  what: string,
  old: InputSpec | OutputSpec,
  now: InputSpec | OutputSpec,
): Generator<Change> {
  if (old.datatype !== now.datatype) {
    yield major(`${what} changed from ${old.datatype} to ${now.datatype}`);
  }
  for (const { change, detail } of shapeChanges(old.shape, now.shape)) {
    yield change === 'opened' ? minor(`${what}: ${detail}`) : major(`${what}: ${detail}`);
  }
}

function* listChange(
  what: string,
  old: readonly string[] | undefined,
  now: readonly string[] | undefined,
): Generator<Change> {
  if (old === undefined) return;
  if (now === undefined) yield major(`the ${what} are no longer declared`);
  else if (JSON.stringify(old) !== JSON.stringify(now)) {
    const sameSet = old.length === now.length && old.every((name) => now.includes(name));
    yield major(sameSet ? `the order of the ${what} changed` : `the ${what} changed`);
  }
}

function* wholeChanges(old: IoSchema, now: IoSchema, fleetOpset: number): Generator<Change> {
  if (old.semanticsHash !== undefined && old.semanticsHash !== now.semanticsHash) {
    yield major('the semantics or preprocessing changed (semanticsHash)');
  }
  const opset = now.opset ?? 0;
  if (opset > fleetOpset && opset > (old.opset ?? 0)) {
    yield major(`opset ${opset} is beyond the fleet's ${fleetOpset}`);
  }
}

const major = (reason: string): Change => ({ bump: 'major', reason });
const minor = (reason: string): Change => ({ bump: 'minor', reason });

const named = <T extends { readonly name: string }>(specs: readonly T[], name: string) =>
  specs.find((spec) => spec.name === name);

const sameButName = (a: InputSpec, b: InputSpec): boolean =>
  a.datatype === b.datatype && JSON.stringify(a.shape) === JSON.stringify(b.shape);
