import { ModelName } from '#domain/registry/subject.ts';
import { normaliseVersion } from '#domain/registry/versions.ts';
import { failed } from './failure.ts';

export interface VersionRef {
  readonly model: string;
  /** Normalised semver. */
  readonly version: string;
}

export interface ModelRef {
  readonly model: string;
  readonly version?: string;
}

/** Reads `MODEL` or `MODEL@VERSION`. */
export function parseModelRef(text: string): ModelRef {
  const at = text.indexOf('@');
  const model = at < 0 ? text : text.slice(0, at);
  if (!ModelName.safeParse(model).success) {
    throw failed({
      field: 'model',
      got: JSON.stringify(model),
      expected: 'MODEL or MODEL@VERSION, where MODEL is 1 to 63 of a-z, 0-9, dot, _ and -',
      remedy: 'see "assay list" for the names',
    });
  }
  if (at < 0) return { model };
  const version = normaliseVersion(text.slice(at + 1));
  if (!version.ok) throw failed(version.problem);
  return { model, version: version.version };
}

/** Reads `MODEL@VERSION`. */
export function parseVersionRef(text: string): VersionRef {
  const { model, version } = parseModelRef(text);
  if (version !== undefined) return { model, version };
  throw failed({
    field: 'version',
    got: JSON.stringify(text),
    expected: 'MODEL@VERSION',
    remedy: `see "assay status ${model}" for its latest version`,
  });
}
