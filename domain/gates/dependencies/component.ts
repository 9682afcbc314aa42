import { PackageURL } from 'packageurl-js';
import type { Problem } from '#domain/registry/problem.ts';

export type Ecosystem = 'pypi' | 'conda';

/** Where a component was declared: a file of the artifact and, where it has lines, the line. */
export interface Place {
  readonly file: string;
  readonly line?: number;
}

/** One package that a model declares it needs. */
export interface Component {
  readonly ecosystem: Ecosystem;
  /** Normalised by PEP 503; conda's is only lowercase. */
  readonly name: string;
  /** The one release that will be installed; absent when the declaration leaves a choice. */
  readonly version?: string;
  readonly pinned: boolean;
  /** What was declared about the version, as written: `>=1.2,<2`. */
  readonly specifier?: string;
  readonly extras: readonly string[];
  /** PEP 508 environment marker, as written. */
  readonly marker?: string;
  /** `sha256:hex`, also sha384 and sha512, of each file that may be installed. */
  readonly hashes: readonly string[];
  readonly source: Place;
  readonly purl: string;
}

/** Something in a document that leaves what will be installed unknown. */
export interface Finding extends Problem {
  readonly line?: number;
}

export type Format =
  | 'requirements'
  | 'poetry-lock'
  | 'uv-lock'
  | 'conda-environment'
  | 'cyclonedx'
  | 'spdx';

/** A package index that a document installs from. */
export interface PackageIndex {
  readonly url: string;
  readonly line?: number;
}

/** What one file declares. Each statement of it is a component, a finding, an index or a note. */
export interface DependencyDocument {
  readonly file: string;
  readonly format: Format | 'unknown';
  readonly components: readonly Component[];
  readonly findings: readonly Finding[];
  readonly indexes: readonly PackageIndex[];
  /** What was left out on purpose, and why: the project itself, options without effect. */
  readonly notes: readonly string[];
}

/** PEP 503: runs of `-`, `_` and `.` are one `-`, and case does not count. */
export const normalName = (name: string): string => name.replace(/[-_.]+/g, '-').toLowerCase();

/** The form of names that PEP 508 allows. */
export const isName = (name: string): boolean =>
  name.length <= MAX_NAME && /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(name);

const MAX_NAME = 200;

export const purlOf = (
  type: Ecosystem,
  name: string,
  version?: string,
  qualifiers?: Readonly<Record<string, string>>,
): string =>
  new PackageURL(
    type,
    undefined,
    name,
    version === undefined ? undefined : wellFormed(version),
    qualifiers && { ...qualifiers },
  ).toString();

const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

/** `SHA-256:AB…` as `sha256:ab…`; undefined when it is no hash that is still trusted. */
export function normalHash(text: string): string | undefined {
  const [, name = '', hex = ''] = /^([a-z]{3}-?\d{3}):([0-9a-f]{64,128})$/i.exec(text) ?? [];
  const algorithm = name.toLowerCase().replace('-', '');
  return hex !== '' && HEX_DIGITS.get(algorithm) === hex.length
    ? `${algorithm}:${hex.toLowerCase()}`
    : undefined;
}

/** Names that conda gives to packages which are called otherwise on PyPI. */
const CONDA_NAMES: ReadonlyMap<string, string> = new Map([
  ['pytorch', 'torch'],
  ['pytorch-cpu', 'torch'],
  ['pytorch-gpu', 'torch'],
  ['tensorflow-base', 'tensorflow'],
  ['py-xgboost', 'xgboost'],
  ['py-opencv', 'opencv-python'],
]);

/** The name that PyPI, and hence its advisories, know a package by. */
export const pypiName = ({ ecosystem, name }: Pick<Component, 'ecosystem' | 'name'>): string =>
  ecosystem === 'conda' ? (CONDA_NAMES.get(name) ?? normalName(name)) : name;

/** Halves of characters, which escapes and cuts leave behind, can be neither hashed nor stored. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');

export const placeText = ({ file, line }: Place): string =>
  line === undefined ? file : `${file}:${line}`;

/** A finding at a line of a file; long texts of a submitter are cut. */
export const finding = (
  { file, line }: Place,
  got: string,
  expected: string,
  remedy: string,
): Finding => ({
  field: placeText({ file, ...(line === undefined ? {} : { line }) }),
  got: wellFormed(got.length > 120 ? `${got.slice(0, 117)}...` : got),
  expected: wellFormed(expected),
  remedy,
  ...(line === undefined ? {} : { line }),
});
