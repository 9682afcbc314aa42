import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Io } from '../io.ts';
import { readPrivateJson, writePrivateJson } from '../private-file.ts';
import { assayHome } from '../settings.ts';

const Entry = z.object({
  uploadId: z.string(),
  prefix: z.string(),
  /** Epoch milliseconds. */
  startedAtMs: z.number(),
  /** By path: uploaded, or a multipart upload that may have parts already. */
  files: z.record(
    z.string(),
    z.union([z.literal('done'), z.object({ multipartId: z.string(), partBytes: z.number() })]),
  ),
});
const Journal = z.record(z.string(), Entry);
type FileState = z.infer<typeof Entry>['files'][string];

/** S3 keeps parts until a lifecycle rule removes them; a week later nobody resumes. */
const FORGET_AFTER_MS = 7 * 86_400_000;
/** Many small files would otherwise have it written thousands of times. */
const SAVE_EVERY_MS = 500;

const journalPath = (io: Io): string => join(assayHome(io), 'uploads.json');

export const forgetUploads = (io: Io): Promise<void> => rm(journalPath(io), { force: true });

/**
 * What became of one upload so far, kept in `uploads.json` so that an interrupted one can go on.
 * An upload is known by API and digest: other bytes are another upload.
 */
export class UploadJournal {
  readonly #io: Io;
  readonly #id: string;
  readonly #journal: z.infer<typeof Journal>;
  #savedAtMs = 0;

  private constructor(io: Io, id: string, journal: z.infer<typeof Journal>) {
    this.#io = io;
    this.#id = id;
    this.#journal = journal;
  }

  static async open(io: Io, api: string, digest: string): Promise<UploadJournal> {
    const stored = await readPrivateJson(journalPath(io), Journal, 'remove it and upload again');
    const recent = Object.entries(stored ?? {}).filter(
      ([, { startedAtMs }]) => io.now() - startedAtMs < FORGET_AFTER_MS,
    );
    return new UploadJournal(io, `${api} ${digest}`, Object.fromEntries(recent));
  }

  get begun(): { readonly uploadId: string; readonly prefix: string } | undefined {
    return this.#journal[this.#id];
  }

  file = (path: string): FileState | undefined => this.#journal[this.#id]?.files[path];

  async begin(uploadId: string, prefix: string): Promise<void> {
    this.#journal[this.#id] = { uploadId, prefix, startedAtMs: this.#io.now(), files: {} };
    await this.save();
  }

  async record(path: string, state: FileState): Promise<void> {
    const entry = this.#journal[this.#id];
    if (entry) entry.files[path] = state;
    if (state !== 'done' || this.#io.now() - this.#savedAtMs > SAVE_EVERY_MS) await this.save();
  }

  async end(): Promise<void> {
    delete this.#journal[this.#id];
    await this.save();
  }

  async save(): Promise<void> {
    this.#savedAtMs = this.#io.now();
    await writePrivateJson(journalPath(this.#io), this.#journal);
  }
}
