import * as z from 'zod/mini';
import type { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { problemsOf } from '#domain/registry/problem.ts';
import {
  Approval,
  DescriptionAnswer,
  Download,
  InferAnswer,
  Keys,
  ModelSummary,
  PolicyAnswer,
  ProblemDocument,
  Release,
  UploadGrant,
  VersionDetail,
  VersionSummary,
  VoteAnswer,
} from './api-schemas.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { type HttpAnswer, sendJson } from './http.ts';
import type { Io } from './io.ts';
import type { ModelRef, VersionRef } from './model-ref.ts';

/** A refusal by the API; `status` tells callers which refusals they may expect. */
export class ApiFailure extends Failure {
  readonly status: number;

  constructor(status: number, message: string, options: ConstructorParameters<typeof Failure>[1]) {
    super(message, options);
    this.status = status;
  }
}

interface Ballot {
  readonly decision: 'approve' | 'refuse';
  readonly comment?: string;
  /** What the voter was shown. */
  readonly digest: string;
  readonly policyHash: string;
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
    this.#all(VersionSummary, `/governance/models/${part(model)}/versions`);

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

  keys = (): Promise<z.infer<typeof Keys>> => this.#get(Keys, '/governance/keys');

  async infer({ model, version }: ModelRef, body: unknown): Promise<InferAnswer> {
    const of = version === undefined ? part(model) : `${part(model)}/versions/${part(version)}`;
    const answer = await this.#send('POST', `/v2/models/${of}/infer`, body);
    const refusal = z.object({ error: z.string() }).safeParse(answer.body);
    if (answer.status >= 400 && refusal.success) {
      throw new ApiFailure(answer.status, refusal.data.error, { exit: exitOf(answer.status) });
    }
    return checked(InferAnswer, accepted(answer), 'prediction');
  }

  async #get<T>(schema: z.ZodMiniType<T>, path: string): Promise<T> {
    return checked(schema, accepted(await this.#send('GET', path)), path);
  }

  async #post<T>(schema: z.ZodMiniType<T>, path: string, body: unknown): Promise<T> {
    return checked(schema, accepted(await this.#send('POST', path, body)), path);
  }

  async #all<T>(schema: z.ZodMiniType<T>, path: string): Promise<T[]> {
    const Page = z.object({ items: z.array(schema), cursor: z.optional(z.nullable(z.string())) });
    const items: T[] = [];
    const seen = new Set<string>();
    for (let query = ''; ; ) {
      const page = await this.#get(Page, path + query);
      items.push(...page.items);
      if (!page.cursor || seen.has(page.cursor)) return items;
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
/** Without a model, the policy of the whole tenant. */
const policyPath = (model: string | undefined): string =>
  model === undefined ? '/governance/policy' : `/governance/models/${part(model)}/policy`;
const versionPath = ({ model, version }: VersionRef): string =>
  `/governance/models/${part(model)}/versions/${part(version)}`;

/** 403, 409 and the like are answers to the question; the rest means it was not understood. */
const exitOf = (status: number): ExitCode =>
  status < 500 && status !== 401 && status !== 404 && status !== 429 ? EXIT.refused : EXIT.error;

function accepted({ status, body }: HttpAnswer): unknown {
  if (status < 300) return body;
  const parsed = ProblemDocument.safeParse(body);
  const document = parsed.success ? parsed.data : {};
  const said = document.detail ?? document.message ?? document.title;
  const remedy = status === 401 ? '; run "assay login"' : '';
  throw new ApiFailure(
    status,
    `${said ?? `the API answered with status ${status} and no reason`}${remedy}`,
    { exit: exitOf(status), problems: document.problems ?? [] },
  );
}

function checked<T>(schema: z.ZodMiniType<T>, body: unknown, what: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Failure(`${what}: the API's answer is not of the documented form`, {
    problems: problemsOf(
      parsed.error,
      body,
      'check that --api of "assay login" names an Assay API',
    ),
  });
}
