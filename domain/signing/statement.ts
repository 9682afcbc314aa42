import canonicalize from 'canonicalize';
import * as z from 'zod/mini';
import { type Digest, parseDigest } from '#domain/registry/digest.ts';
import { fromUtf8, toUtf8 } from './encoding.ts';
import { conform, type Parsed, parseJson, refused } from './parsed.ts';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

export const Sha256 = z.pipe(
  z.string().check(z.regex(/^[0-9a-f]{64}$/, { error: '64 lowercase hex digits' })),
  z.transform(parseDigest),
);

/** Fields that in-toto allows and we do not know are left out, as its parsing rules ask. */
const Schema = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(
      z.object({
        name: z.string().check(z.minLength(1)),
        digest: z.object({ sha256: Sha256 }),
      }),
    )
    .check(z.length(1)),
  predicateType: z.string(),
  predicate: z.looseObject({}),
});

/** An in-toto Statement v1 about one thing. */
export interface Statement {
  readonly name: string;
  /** Root digest of the artifact that the statement is about. */
  readonly digest: Digest;
  readonly predicateType: string;
  readonly predicate: Readonly<Record<string, unknown>>;
}

/** The bytes that get signed: canonical JSON (RFC 8785), the same for the same statement. */
export function statementBytes({ name, digest, predicateType, predicate }: Statement): Uint8Array {
  const subject = [{ name, digest: { sha256: digest } }];
  const text = canonicalize({ _type: STATEMENT_TYPE, subject, predicateType, predicate });
  return toUtf8(text ?? '');
}

export function parseStatement(payload: Uint8Array): Parsed<Statement> {
  const text = fromUtf8(payload);
  if (text === undefined) return refused('the statement is not UTF-8');
  const json = parseJson(text, 'statement');
  if (!json.ok) return json;
  const parsed = conform(Schema, json.value, 'statement');
  if (!parsed.ok) return parsed;
  const { subject, predicateType, predicate } = parsed.value;
  const [about] = subject;
  if (!about) return refused('the statement has no subject');
  return {
    ok: true,
    value: { name: about.name, digest: about.digest.sha256, predicateType, predicate },
  };
}
