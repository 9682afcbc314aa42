import * as z from 'zod/mini';
import type { Draft } from '#domain/experiments/draft-plan.ts';
import type { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { Drawing } from '#domain/monitoring/dashboard/drawing.ts';
import type { Severity } from '#domain/rollout/record.ts';
import { ApiFailure, accepted, checked, exitOf } from './api-answer.ts';
import {
  Approval,
  DescriptionAnswer,
  Download,
  InferAnswer,
  Keys,
  ModelSummary,
  OutcomesAnswer,
  PolicyAnswer,
  Release,
  UploadGrant,
  VersionDetail,
  VersionSummary,
  VoteAnswer,
} from './api-schemas.ts';
import { Experiment, ExperimentBrief } from './experiment-schemas.ts';
import { type HttpAnswer, sendJson } from './http.ts';
import type { Io } from './io.ts';
import type { ModelRef, VersionRef } from './model-ref.ts';
import { CheckAsked, Dashboard, Headline, Monitored, Report } from './monitoring-schemas.ts';
import {
  Rollback,
  RollbackAsked,
  Rollout,
  RolloutBrief,
  RolloutStarted,
} from './rollout-schemas.ts';

interface Ballot {
  readonly decision: 'approve' | 'refuse';
  readonly comment?: string;
  /** What the voter was shown. */
  readonly digest: string;
  readonly policyHash: string;
}

interface Because {
  readonly reason?: string | undefined;
}

export interface RollbackOrder {
  readonly to?: string | undefined;
  readonly severity: Severity;
  readonly reason: string;
}

/** Assay's HTTP API as functions; answers are checked before anybody relies on them. */
export class Api {
  readonly #io: Pick<Io, 'sleep'>;
  readonly #base: string;
  readonly #token: () => Promise<string>;

  constructor(io: Pick<Io, 'sleep'>, base: string, token: () => Promise<string>) {
    this.#io = io;
    this.#base = base.replace(/\/+$/, '');
    this.#token = token;
  }

  /** `uploadId` asks for new credentials for an upload that was begun before. */
  openUpload(model: string, uploadId?: string): Promise<UploadGrant> {
    return this.#post(UploadGrant, '/governance/uploads', { model, uploadId });
  }

  /** Undefined until the platform has noticed the manifest. */
  async release(key: string, versionId: string): Promise<Release | undefined> {
    const query = new URLSearchParams({ key, versionId });
    const answer = await this.#send('GET', `/governance/releases?${query}`);
    return answer.status === 404 ? undefined : checked(Release, accepted(answer), 'release');
  }

  models = (): Promise<ModelSummary[]> => this.#all(ModelSummary, '/governance/models');

  versions = (model: string): Promise<VersionSummary[]> =>
    this.#all(VersionSummary, `${modelPath(model)}/versions`);

  version = (ref: VersionRef): Promise<VersionDetail> => this.#get(VersionDetail, versionPath(ref));

  /** All files of a version, with addresses that are good for minutes. */
  async download(ref: VersionRef): Promise<Download> {
    const first = await this.#get(Download, `${versionPath(ref)}/download`);
    const files = [...first.files];
    for (let { cursor } = first; cursor; ) {
      const page = await this.#get(Download, `${versionPath(ref)}/download?cursor=${part(cursor)}`);
      files.push(...page.files);
      cursor = page.cursor === cursor ? undefined : page.cursor;
    }
    return { ...first, files };
  }

  openApprovals = (): Promise<Approval[]> =>
    this.#all(Approval, '/governance/approvals?status=OPEN');

  approval = (id: string): Promise<Approval> =>
    this.#get(Approval, `/governance/approvals/${part(id)}`);

  vote = (id: string, ballot: Ballot): Promise<z.infer<typeof VoteAnswer>> =>
    this.#post(VoteAnswer, `/governance/approvals/${part(id)}/votes`, ballot);

  policy = (model: string | undefined): Promise<PolicyAnswer> =>
    this.#get(PolicyAnswer, policyPath(model));

  async setPolicy(
    model: string | undefined,
    change: { readonly revision: number; readonly overlay: PolicyOverlay },
  ): Promise<PolicyAnswer> {
    const path = policyPath(model);
    return checked(PolicyAnswer, accepted(await this.#send('PUT', path, change)), path);
  }

  description = (ref: VersionRef): Promise<DescriptionAnswer> =>
    this.#get(DescriptionAnswer, `${versionPath(ref)}/description`);

  rollout = (model: string): Promise<Rollout> => this.#get(Rollout, `${modelPath(model)}/rollout`);

  rollouts = (model: string): Promise<RolloutBrief[]> =>
    this.#all(RolloutBrief, `${modelPath(model)}/rollouts`);

  pauseRollout = (model: string, because: Because): Promise<Rollout> =>
    this.#post(Rollout, `${modelPath(model)}/rollout/pause`, because);

  resumeRollout = (
    model: string,
    how: Because & { readonly allowStep?: true; readonly despite?: string },
  ): Promise<Rollout> => this.#post(Rollout, `${modelPath(model)}/rollout/resume`, how);

  abortRollout = (model: string, because: Because): Promise<RollbackAsked> =>
    this.#post(RollbackAsked, `${modelPath(model)}/rollout/abort`, because);

  startRollout = (ref: VersionRef): Promise<RolloutStarted> =>
    this.#post(RolloutStarted, `${versionPath(ref)}/rollout`, {});

  experiments = (model: string): Promise<ExperimentBrief[]> =>
    this.#all(ExperimentBrief, `${modelPath(model)}/experiments`);

  experiment = (model: string, id: string): Promise<Experiment> =>
    this.#get(Experiment, `${modelPath(model)}/experiments/${part(id)}`);

  createExperiment = (model: string, draft: Draft): Promise<Experiment> =>
    this.#post(Experiment, `${modelPath(model)}/experiments`, draft);

  stopExperiment = (model: string, id: string, because: Because): Promise<Experiment> =>
    this.#post(Experiment, `${modelPath(model)}/experiments/${part(id)}/stop`, because);

  rollback = (model: string, asked: RollbackOrder): Promise<RollbackAsked> =>
    this.#post(RollbackAsked, `${modelPath(model)}/rollback`, asked);

  rollbacks = (model: string): Promise<Rollback[]> =>
    this.#all(Rollback, `${modelPath(model)}/rollbacks`);

  monitored = (model: string): Promise<Monitored> =>
    this.#get(Monitored, `${modelPath(model)}/monitoring`);

  /** Every model in production. */
  fleet = (): Promise<Monitored[]> => this.#all(Monitored, FLEET);

  /** The same, and where their metrics are drawn. */
  async drawnFleet(): Promise<{ models: Monitored[]; dashboard: Dashboard }> {
    const models: Monitored[] = [];
    let dashboard: Dashboard = { region: '', name: '' };
    for await (const page of this.#pages(DrawnPage, FLEET)) {
      models.push(...page.items);
      dashboard = page.dashboard;
    }
    return { models, dashboard };
  }

  /** Of the deployed dashboard, with its numbers. */
  drawing = (): Promise<Drawing> => this.#get(Drawing, '/governance/dashboard');

  /** The newest reports of a model's checks, the newest first. */
  async headlines(model: string, most: number): Promise<Headline[]> {
    return (await this.#all(Headline, `${modelPath(model)}/drift-reports`, most)).slice(0, most);
  }

  report = (model: string, id: string): Promise<Report> =>
    this.#get(Report, `${modelPath(model)}/drift-reports/${part(id)}`);

  reportPage = (model: string, id: string): Promise<string> =>
    this.#get(z.string(), `${modelPath(model)}/drift-reports/${part(id)}?format=html`);

  askCheck = (model: string, kinds: readonly string[] | undefined): Promise<CheckAsked> =>
    this.#post(CheckAsked, `${modelPath(model)}/checks`, { ...(kinds && { kinds }) });

  keys = (): Promise<z.infer<typeof Keys>> => this.#get(Keys, '/governance/keys');

  async infer({ model, version }: ModelRef, body: unknown): Promise<InferAnswer> {
    const of = version === undefined ? part(model) : `${part(model)}/versions/${part(version)}`;
    return checked(InferAnswer, await this.#ask(`/v2/models/${of}/infer`, body), 'prediction');
  }

  /** The same ones may be sent again: each counts once. */
  async recordOutcomes(model: string, outcomes: readonly unknown[]): Promise<OutcomesAnswer> {
    const path = `/v2/models/${part(model)}/outcomes`;
    return checked(OutcomesAnswer, await this.#ask(path, { outcomes }), 'outcomes');
  }

  /** Of the inference protocol, whose refusals have a form of their own. */
  async #ask(path: string, body: unknown): Promise<unknown> {
    const answer = await this.#send('POST', path, body);
    const refusal = z.object({ error: z.string() }).safeParse(answer.body);
    if (answer.status >= 400 && refusal.success) {
      throw new ApiFailure(answer.status, refusal.data.error, { exit: exitOf(answer.status) });
    }
    return accepted(answer);
  }

  async #get<T>(schema: z.ZodMiniType<T>, path: string): Promise<T> {
    return checked(schema, accepted(await this.#send('GET', path)), path);
  }

  async #post<T>(schema: z.ZodMiniType<T>, path: string, body: unknown): Promise<T> {
    return checked(schema, accepted(await this.#send('POST', path, body)), path);
  }

  /** Of further pages none is asked for once there are `enough`. */
  async #all<T>(
    schema: z.ZodMiniType<T>,
    path: string,
    enough = Number.POSITIVE_INFINITY,
  ): Promise<T[]> {
    const items: T[] = [];
    for await (const page of this.#pages(z.object({ items: z.array(schema), ...Cursor }), path)) {
      items.push(...page.items);
      if (items.length >= enough) break;
    }
    return items;
  }

  async *#pages<T extends { readonly cursor?: string | null | undefined }>(
    schema: z.ZodMiniType<T>,
    path: string,
  ): AsyncGenerator<T> {
    const seen = new Set<string>();
    for (let query = ''; ; ) {
      const page = await this.#get(schema, path + query);
      yield page;
      if (!page.cursor || seen.has(page.cursor)) return;
      seen.add(page.cursor);
      query = `${path.includes('?') ? '&' : '?'}cursor=${part(page.cursor)}`;
    }
  }

  async #send(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<HttpAnswer> {
    const headers = { authorization: `Bearer ${await this.#token()}` };
    return sendJson(this.#io, { method, url: this.#base + path, headers, body });
  }
}

const part = encodeURIComponent;
const Cursor = { cursor: z.optional(z.nullable(z.string())) };
const DrawnPage = z.object({ items: z.array(Monitored), dashboard: Dashboard, ...Cursor });
const FLEET = '/governance/monitoring';
/** Without a model, the policy of the whole tenant. */
const policyPath = (model: string | undefined): string =>
  model === undefined ? '/governance/policy' : `${modelPath(model)}/policy`;
const modelPath = (model: string): string => `/governance/models/${part(model)}`;
const versionPath = ({ model, version }: VersionRef): string =>
  `${modelPath(model)}/versions/${part(version)}`;
