import { Hono } from 'hono';
import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import type { People } from '#aws/people.ts';
import type { UploadSessions } from '#aws/upload-sessions.ts';
import { ModelName } from '#domain/registry/subject.ts';
import { uploadPrefix } from '#domain/registry/upload-key.ts';
import { act } from '../act.ts';
import { type Api, allow } from './caller.ts';
import { readBody, UUID } from './input.ts';

const Body = z.strictObject({
  model: ModelName,
  /** Of an upload that was begun before, to go on with it under new credentials. */
  uploadId: z.optional(z.string().check(z.regex(UUID, { error: 'the uploadId of an upload' }))),
});

export interface UploadPorts {
  readonly people: Pick<People, 'map'>;
  readonly sessions: Pick<UploadSessions, 'open'>;
  /** Where uploads go. */
  readonly bucket: string;
  readonly region: string;
}

/** Vends credentials for one upload, and lets registration know whose session it is. */
export const uploadRoutes = ({ people, sessions, bucket, region }: UploadPorts) =>
  new Hono<Api>().post('/uploads', allow('register'), async (c) => {
    const { model, uploadId = uuid() } = await readBody(c.req, Body);
    const { caller } = c.var;
    const upload = { tenant: caller.tenant, model, uploadId };
    const { principal, credentials } = await sessions.open(caller, upload);
    if (!(await people.map(principal, caller, act(caller.id)))) {
      throw new Error(
        `upload session ${principal} of ${caller.tenant}/${caller.id} belongs to another person`,
      );
    }
    const prefix = uploadPrefix({ ...upload, principal });
    return c.json({ uploadId, bucket, prefix, region, credentials }, 201);
  });
