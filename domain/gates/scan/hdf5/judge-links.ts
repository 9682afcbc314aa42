import type { Findings } from '#domain/gates/scan/reading.ts';
import type { Link } from './link.ts';
import { type Hdf5Object, pathOf } from './objects.ts';

/** As the library has it: links that a path may go through. */
const MOST_HOPS = 16;

/** Links of a file by the path of their group, with what each leads to. */
export class Links {
  readonly #soft: { readonly path: string; readonly group: string; readonly target: string }[] = [];
  /** Groups by address are known under one path; this tells that path for the others. */
  readonly #targets = new Map<string, Link>();
  readonly #paths = new Map<number, string>();

  add({ path, links }: Hdf5Object, findings: Findings): void {
    for (const link of links) {
      const own = pathOf(path, link.name);
      const shown = JSON.stringify(own.slice(0, 200));
      if (link.name === '' || link.name.includes('/')) {
        findings.fail('hdf5.link', `a link has the name ${shown}; save the model again`);
        continue;
      }
      this.#targets.set(own, link);
      switch (link.kind) {
        case 'hard':
          if (!this.#paths.has(link.target)) this.#paths.set(link.target, own);
          break;
        case 'soft':
          this.#soft.push({ path: own, group: path, target: link.target });
          break;
        case 'external':
          findings.fail(
            'hdf5.external-link',
            `${shown} leads to ${JSON.stringify(link.target.slice(0, 80))} in the file ${JSON.stringify(link.file.slice(0, 80))}, which loading would read; save the model in one file`,
          );
          break;
        case 'own':
          findings.fail(
            'hdf5.link',
            `${shown} is a link of type ${link.type}, which a program must have registered code for; save the model again`,
          );
          break;
      }
    }
  }

  /** Once every object is known: soft links must lead to one of them. */
  addSoftFlaws(findings: Findings): void {
    for (const { path, group, target } of this.#soft) {
      if (this.#leads(group, target)) continue;
      findings.fail(
        'hdf5.soft-link',
        `${JSON.stringify(path.slice(0, 200))} leads to ${JSON.stringify(target.slice(0, 80))}, which is not in this file; save the model again`,
      );
    }
  }

  #leads(group: string, target: string): boolean {
    let at = group;
    let hops = 0;
    let rest = partsOf(target);
    if (target.startsWith('/')) at = '/';
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      const link = this.#targets.get(pathOf(at, name));
      if (link === undefined || link.kind === 'external' || link.kind === 'own') return false;
      if (link.kind === 'hard') {
        at = this.#paths.get(link.target) ?? '/';
        continue;
      }
      hops += 1;
      if (hops > MOST_HOPS) return false;
      if (link.target.startsWith('/')) at = '/';
      rest = [...partsOf(link.target), ...rest];
    }
    return true;
  }
}

const partsOf = (path: string): string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');
