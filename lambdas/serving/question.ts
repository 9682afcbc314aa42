import type { IoSchema } from '#domain/registry/io-schema.ts';
import type { Problem } from '#domain/registry/problem.ts';
import { parseCsvRequest } from '#domain/serving/csv-request.ts';
import { type InferBody, readInferBody } from '#domain/serving/infer-body.ts';
import { checkInferRequest, type InferRequestResult } from '#domain/serving/infer-request.ts';
import { shown } from '#domain/serving/shown.ts';
import type { Asker } from './locate.ts';
import type { RequestBody } from './request-body.ts';

/** A request that was read once, to be checked against the schema of whichever version is asked. */
export interface Question {
  readonly asker: Asker;
  /** As it came, for whoever is to get a copy. */
  readonly body: RequestBody;
  /** What this version is asked; or why the request, or its body at all, is not for it. */
  fit(io: IoSchema): InferRequestResult;
}

const MAX_USER_ID_LENGTH = 128;

/** @param gatewayId names the request where its client does not. */
export function questionOf(body: RequestBody, gatewayId: string): Question {
  const unknown: Asker = { requestId: gatewayId, attributes: {} };
  if (body.kind === 'csv') {
    return { asker: unknown, body, fit: (io) => parseCsvRequest(body.text, io) };
  }
  const read = readInferBody(body.text);
  const problems = read.ok ? userProblems(read.value) : read.problems;
  if (!read.ok || problems.length > 0) {
    return { asker: unknown, body, fit: () => ({ ok: false, problems }) };
  }
  return {
    asker: askerOf(read.value, gatewayId),
    body,
    fit: (io) => checkInferRequest(read.value, io, body.binary),
  };
}

function askerOf({ id, parameters = {} }: InferBody, gatewayId: string): Asker {
  const { user_id: userId, ...attributes } = parameters;
  return {
    requestId: id || gatewayId,
    ...(typeof userId === 'string' && { userId }),
    attributes,
  };
}

function userProblems({ parameters }: InferBody): readonly Problem[] {
  const userId = parameters?.user_id;
  const fine = typeof userId === 'string' && userId !== '' && userId.length <= MAX_USER_ID_LENGTH;
  if (userId === undefined || fine) return [];
  return [
    {
      field: 'parameters.user_id',
      got: typeof userId === 'string' ? `${userId.length} characters` : shown(userId),
      expected: `text of 1 to ${MAX_USER_ID_LENGTH} characters`,
      remedy: 'name the user by a short id, the same each time, or leave it out',
    },
  ];
}
