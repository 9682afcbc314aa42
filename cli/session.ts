import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { parseGroups, type Role } from '#domain/access/person.ts';
import { refresh, type TokenSet } from './cognito.ts';
import { Failure, messageOf } from './failure.ts';
import type { Io } from './io.ts';
import { readPrivateJson, writePrivateJson } from './private-file.ts';
import { assayHome, type Settings } from './settings.ts';

const Stored = z.object({
  idToken: z.string(),
  refreshToken: z.optional(z.string()),
  /** Epoch milliseconds. */
  expiresAtMs: z.number(),
});

/** Seconds left below which a token is renewed: a request may take half of them. */
const RENEW_BELOW_SECONDS = 60;

/** What the ID token says about its owner. The API verifies it; this only reads it out. */
export interface Identity {
  readonly user: string;
  readonly tenant: string | undefined;
  readonly roles: readonly Role[];
}

/** The stored login: hands out an ID token that is still good, renewing it when needed. */
export class Session {
  readonly #io: Io;
  readonly #settings: Settings;

  constructor(io: Io, settings: Settings) {
    this.#io = io;
    this.#settings = settings;
  }

  async store({ idToken, refreshToken, expiresInSeconds }: TokenSet): Promise<void> {
    const expiresAtMs = this.#io.now() + expiresInSeconds * 1000;
    await writePrivateJson(tokenPath(this.#io), { idToken, refreshToken, expiresAtMs });
  }

  /** @throws Failure when nobody is logged in, or the login has ended. */
  async idToken(): Promise<string> {
    const stored = await readPrivateJson(tokenPath(this.#io), Stored, 'run "assay login" again');
    if (!stored) throw notLoggedIn('nobody is logged in');
    if (stored.expiresAtMs - this.#io.now() >= RENEW_BELOW_SECONDS * 1000) return stored.idToken;
    if (!stored.refreshToken) throw notLoggedIn('the login has expired');
    const renewed = await refresh(this.#io, this.#settings, stored.refreshToken).catch(
      (cause: unknown) => {
        throw notLoggedIn(`the login could not be renewed (${messageOf(cause)})`, cause);
      },
    );
    await this.store({ ...renewed, refreshToken: renewed.refreshToken ?? stored.refreshToken });
    return renewed.idToken;
  }

  identity = async (): Promise<Identity> => identityOf(await this.idToken());
}

const tokenPath = (io: Io): string => join(assayHome(io), 'token.json');

export const forgetTokens = (io: Io): Promise<void> => rm(tokenPath(io), { force: true });

export const notLoggedIn = (what: string, cause?: unknown): Failure =>
  new Failure(`${what}, expected a login; run "assay login --user NAME"`, { cause });

const Claims = z.object({
  sub: z.optional(z.string()),
  'cognito:username': z.optional(z.string()),
  'custom:tenant': z.optional(z.string()),
  'cognito:groups': z.optional(z.unknown()),
});

function identityOf(idToken: string): Identity {
  const payload = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8');
  try {
    const claims = Claims.parse(JSON.parse(payload));
    return {
      user: claims['cognito:username'] ?? claims.sub ?? '(unnamed)',
      tenant: claims['custom:tenant'],
      roles: parseGroups(claims['cognito:groups']),
    };
  } catch (cause) {
    throw notLoggedIn('the stored ID token is not a JWT', cause);
  }
}
