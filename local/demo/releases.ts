import { join, relative } from 'node:path';
import * as z from 'zod/mini';
import type { Cloud } from '../cloud.ts';
import type { Assay, Ran } from './assay.ts';
import { EXAMPLES, MODEL, OK, REFUSED } from './models.ts';
import { type Changes, spoiled } from './spoil.ts';
import type { Story } from './story.ts';
import { until } from './until.ts';

const Version = z.object({
  state: z.string(),
  gates: z.array(z.object({ gate: z.string(), verdict: z.string() })),
  approval: z.optional(z.object({ id: z.string() })),
});
const Rollout = z.object({ version: z.string() });
const Prediction = z.object({ model_version: z.string() });

/** What people of the story do with versions, and what is to come of it. */
export class Releases {
  readonly #cloud: Cloud;
  readonly #assay: Assay;
  readonly #story: Story;

  constructor(cloud: Cloud, assay: Assay, story: Story) {
    this.#cloud = cloud;
    this.#assay = assay;
    this.#story = story;
  }

  /** A copy of the better version under another number, with some files changed. */
  copyOfBetter(name: string, number: string, changes: Changes): string {
    return this.copy(`${EXAMPLES}/1.1.0-better`, name, number, changes);
  }

  copy(artifact: string, name: string, number: string, changes: Changes): string {
    const folder = relative(process.cwd(), join(this.#cloud.folder, 'demo', name));
    return spoiled(artifact, folder, number, changes);
  }

  async register(artifact: string, expected: number): Promise<void> {
    const { code } = await this.#assay.show('submitter', 'register', artifact);
    this.#story.expect('exit code', code, expected);
  }

  /** Registers an artifact that the gate named must fail. */
  async refuse(artifact: string, number: string, gate: string, model = MODEL): Promise<void> {
    await this.register(artifact, REFUSED);
    const { state, gates } = await this.version(number, model);
    this.#story.expect('stage', state, 'FAILED');
    const failed = gates.find((each) => each.gate === gate)?.verdict;
    this.#story.expect(`verdict of gate ${gate}`, failed, 'fail');
  }

  /** @returns once the version, which nothing serves before, is in production */
  async approve(number: string): Promise<void> {
    await this.#voteTwice(number);
    const active = await until(async () => (await this.version(number)).state === 'PRODUCTION');
    this.#story.expect(`${number} is in production`, active, true);
  }

  /** @returns once the rollout of the version has begun */
  async begin(number: string): Promise<void> {
    await this.#voteTwice(number);
    const begun = await until(async () => {
      const { json } = await this.#assay.ask('submitter', 'rollout', 'status', MODEL);
      return Rollout.safeParse(json).data?.version === number;
    });
    this.#story.expect(`the rollout of ${number} has begun`, begun, true);
  }

  async #voteTwice(number: string): Promise<void> {
    const approval = await this.approvalOf(number);
    await this.#assay.show('reviewer-1', 'approve', approval);
    await this.#assay.show('reviewer-2', 'approve', approval, '--comment', 'evidence read');
  }

  async approvalOf(number: string): Promise<string> {
    const { approval } = await this.version(number);
    if (!approval) throw new Error(`${MODEL}@${number} waits for no approval`);
    return approval.id;
  }

  async version(number: string, model = MODEL): Promise<z.infer<typeof Version>> {
    const { json } = await this.#assay.ask('submitter', 'status', `${model}@${number}`);
    return Version.parse(json);
  }

  predict(): Promise<Ran> {
    return this.#assay.ask('submitter', 'predict', MODEL, '--file', `${EXAMPLES}/predict.json`);
  }

  /** Routes are cached for two seconds, so a new version answers that much later. */
  async servedBy(number: string): Promise<void> {
    const served = await until(async () => {
      const { code, json } = await this.predict();
      return code === OK && Prediction.parse(json).model_version === number;
    });
    this.#story.expect(`${number} answers`, served, true);
  }
}
