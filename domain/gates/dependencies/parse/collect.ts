import {
  type Component,
  type DependencyDocument,
  type Finding,
  type Format,
  finding,
  type PackageIndex,
  type Place,
  wellFormed,
} from '#domain/gates/dependencies/component.ts';

/** Gathers what a parser meets, up to limits that no honest document reaches. */
export class Collector {
  readonly file: string;
  readonly #format: Format;
  readonly #components: Component[] = [];
  readonly #findings: Finding[] = [];
  readonly #indexes = new Map<string, PackageIndex>();
  readonly #notes: string[] = [];
  #full = false;

  constructor(file: string, format: Format) {
    this.file = file;
    this.#format = format;
  }

  place(line: number | undefined): Place {
    return line === undefined ? { file: this.file } : { file: this.file, line };
  }

  component(component: Component): void {
    if (this.#components.length < MAX_COMPONENTS) this.#components.push(component);
    else if (!this.#full) {
      this.#full = true;
      this.finding(
        component.source.line,
        `more than ${MAX_COMPONENTS} packages`,
        `at most ${MAX_COMPONENTS}`,
        'declare only what the model needs',
      );
    }
  }

  finding(line: number | undefined, got: string, expected: string, remedy: string): void {
    if (this.#findings.length < MAX_FINDINGS) {
      this.#findings.push(finding(this.place(line), got, expected, remedy));
    }
  }

  index(url: string, line: number | undefined): void {
    const known = withoutCredentials(url);
    if (this.#indexes.has(known)) return;
    this.#indexes.set(known, line === undefined ? { url: known } : { url: known, line });
  }

  note(text: string): void {
    if (this.#notes.length < MAX_FINDINGS) this.#notes.push(wellFormed(text));
  }

  document(): DependencyDocument {
    return {
      file: this.file,
      format: this.#format,
      components: this.#components,
      findings: this.#findings,
      indexes: [...this.#indexes.values()],
      notes: this.#notes,
    };
  }
}

/** The largest environments in use hold some thousand packages. */
const MAX_COMPONENTS = 10_000;
/** One finding is enough to leave a document undecided; people read no more than these. */
const MAX_FINDINGS = 200;

/** URLs are shown and stored; what stands before the `@` of a host is nobody else's business. */
const withoutCredentials = (url: string): string =>
  wellFormed(url.slice(0, MAX_URL)).replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, '$1');

const MAX_URL = 2000;
