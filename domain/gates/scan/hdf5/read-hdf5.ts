import { type ByteSource, sourceOf, stretchOf } from '#domain/gates/scan/byte-source.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { within } from '#domain/gates/scan/member-name.ts';
import {
  Findings,
  type Member,
  type MemberReport,
  type Reading,
  type Scan,
} from '#domain/gates/scan/reading.ts';
import type { Check } from '#domain/gates/verdict.ts';
import { addAttributeFlaws, addValueFlaws } from './attribute-text.ts';
import { broken, unread } from './broken.ts';
import { type Content, contentsOf, Heaped, isByte } from './contents.ts';
import type { Dataset } from './dataset.ts';
import { elementsOf } from './dataspace.ts';
import { readEmbedded } from './embedded.ts';
import { Fields, textIn } from './fields.ts';
import type { Hdf5File } from './file.ts';
import { GlobalHeap } from './global-heap.ts';
import { usedHoles } from './holes.ts';
import { dataOf, declaredBytes, isBelievable } from './judge-dataset.ts';
import { Links } from './judge-links.ts';
import { addSuperblockFlaws } from './judge-superblock.ts';
import { type Hdf5Object, readObjects } from './objects.ts';
import { readSuperblock, type Superblock } from './superblock.ts';

/**
 * Judges an HDF5 file (https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html): it
 * reads no other file, needs no code beside the library's own, its data are those that its shapes
 * call for, and no attribute builds a model that runs code. Only metadata, texts and bytes are read.
 * @throws FormatError where there is no superblock to begin with.
 */
export async function readHdf5(member: Member, scan: Scan): Promise<Reading> {
  const superblock = await readSuperblock(member.source);
  return new Judge(member, scan, superblock).read();
}

class Judge {
  readonly #member: Member;
  readonly #scan: Scan;
  readonly #superblock: Superblock;
  readonly #file: Hdf5File;
  readonly #findings: Findings;
  readonly #checks: Check[] = [];
  readonly #members: MemberReport[] = [];
  readonly #links = new Links();
  readonly #heaped: Heaped;
  #declared = 0;
  #objects = 0;
  #isWhole = true;

  constructor(member: Member, scan: Scan, superblock: Superblock) {
    this.#member = member;
    this.#scan = scan;
    this.#superblock = superblock;
    this.#file = superblock.file;
    this.#findings = new Findings(member);
    this.#heaped = new Heaped(new GlobalHeap(superblock.file));
  }

  async read(): Promise<Reading> {
    const report = (error: FormatError, path: string): void => this.#report(error, path);
    try {
      await addSuperblockFlaws(this.#superblock, this.#member.source, this.#findings);
      for await (const object of readObjects(this.#file, this.#superblock.root, report)) {
        if (this.#scan.outOfTime()) throw outOfTime(this.#objects);
        this.#objects += 1;
        await this.#addObjectFlaws(object).catch((error: unknown) => {
          if (!(error instanceof FormatError) || error.id === 'scan.time') throw error;
          report(error, object.path);
        });
        if (!isBelievable(this.#declared, this.#file.source.size)) {
          throw broken('shape', `its datasets call for ${this.#declared} bytes of memory in all`);
        }
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report(error, '/');
    }
    if (this.#isWhole) this.#links.addSoftFlaws(this.#findings);
    const parsed = await this.#account();
    const checks = [...this.#findings.checks, ...this.#checks];
    if (checks.every(({ verdict }) => verdict === 'pass')) {
      const pass = new Findings(this.#member);
      pass.pass('hdf5.structure', `${this.#objects} objects within the file, none that is run`);
      checks.unshift(...pass.checks);
    }
    return { format: 'HDF5 file', checks, parsed, members: this.#members };
  }

  #report(error: FormatError, path: string): void {
    this.#isWhole = false;
    const at = error.at === undefined ? undefined : error.at + this.#superblock.base;
    const findings = new Findings(path === '/' ? this.#member : { where: this.#at(path) });
    findings.add(error.id, error.verdict, error.message, at);
    this.#checks.push(...findings.checks);
  }

  #at(path: string): string {
    return within(this.#member.where, path.slice(0, 200));
  }

  async #addObjectFlaws(object: Hdf5Object): Promise<void> {
    const { path, attributes, dataset } = object;
    this.#links.add(object, this.#findings);
    for (const { name, type, shape, data } of attributes) {
      const where = this.#at(`${path}@${name.slice(0, 80)}`);
      const findings = new Findings({ where });
      for await (const content of contentsOf(type, data, elementsOf(shape), this.#heaped)) {
        await this.#addContentFlaws(content, where, (text) =>
          addAttributeFlaws(name, text, findings),
        );
      }
      this.#checks.push(...findings.checks);
    }
    if (dataset !== undefined) await this.#addDatasetFlaws(path, dataset);
  }

  async #addDatasetFlaws(path: string, dataset: Dataset): Promise<void> {
    const where = this.#at(path);
    const findings = new Findings({ where });
    const { type } = dataset;
    for await (const data of dataOf(this.#file, dataset, findings, this.#scan)) {
      if (isByte(type) || (type.class === 'opaque' && data.size === type.size)) {
        await this.#addEmbedded(data, where);
        continue;
      }
      if (data.size > this.#scan.limits.textBytes) {
        throw unread('limit', `has ${data.size} bytes of texts in one piece`);
      }
      const bytes = await data.read(0, data.size);
      const values = new Fields(bytes, 0, this.#file.widths);
      const count = Math.floor(data.size / type.size);
      for await (const content of contentsOf(type, values, count, this.#heaped)) {
        await this.#addContentFlaws(content, where, (text) => addValueFlaws(text, findings));
      }
    }
    this.#declared += declaredBytes(dataset);
    this.#checks.push(...findings.checks);
  }

  async #addContentFlaws(
    { is, bytes }: Content,
    where: string,
    judge: (text: string) => void,
  ): Promise<void> {
    if (is === 'text') judge(textIn(bytes).replace(/\0+$/, ''));
    await this.#addEmbedded(sourceOf(bytes), where);
  }

  async #addEmbedded(source: ByteSource, where: string): Promise<void> {
    const { depth } = this.#member;
    const inner = { where, name: where, source, depth: depth + 1 };
    const reading = await readEmbedded(inner, this.#scan);
    if (reading === undefined) return;
    this.#checks.push(...reading.checks);
    this.#members.push(...(reading.members ?? []));
  }

  /** Bytes whose meaning is known, and those of no object that are not free. */
  async #account(): Promise<number> {
    const { base } = this.#superblock;
    const { holes, overlap } = this.#file.space.layOut();
    if (overlap !== undefined) this.#report(overlap, '/');
    if (!this.#isWhole) {
      const unknown = holes.reduce((sum, { start, end }) => sum + end - start, 0);
      return overlap === undefined ? this.#file.source.size - unknown : 0;
    }
    const used = await usedHoles(this.#file.source, holes, this.#scan.outOfTime);
    for (const { start, end } of used) {
      await this.#addEmbedded(
        stretchOf(this.#file.source, start, end - start),
        this.#at(`(free)@${start}`),
      );
    }
    const unknown = used.reduce((sum, { start, end }) => sum + end - start, 0);
    if (unknown > 0) {
      this.#findings.undecided(
        'hdf5.hole',
        `${unknown} bytes that are not zero belong to no object, as remains of a changed file do and what is hidden; copy the file with h5repack, or save the model again`,
        base + (used[0]?.start ?? 0),
      );
    }
    return this.#member.source.size - unknown;
  }
}

const outOfTime = (objects: number): FormatError =>
  new FormatError(
    'scan.time',
    'inconclusive',
    `the time for scanning was over after ${objects} objects; scan the file again`,
  );
