import * as z from 'zod/mini';
import { failed } from './failure.ts';
import { sendJson } from './http.ts';
import type { Io } from './io.ts';

interface Pool {
  /** Endpoint of Cognito. */
  readonly cognito: string;
  readonly clientId: string;
}

const Tokens = z.object({
  IdToken: z.string(),
  RefreshToken: z.optional(z.string()),
  /** Seconds. */
  ExpiresIn: z.number(),
});
const Answer = z.object({
  AuthenticationResult: z.optional(Tokens),
  ChallengeName: z.optional(z.string()),
  Session: z.optional(z.string()),
});
const Refusal = z.object({ __type: z.optional(z.string()), message: z.optional(z.string()) });

export interface TokenSet {
  readonly idToken: string;
  /** Absent when tokens were refreshed: the old one stays good. */
  readonly refreshToken?: string | undefined;
  readonly expiresInSeconds: number;
}

/** What Cognito says to a password: tokens, or that it must be replaced first. */
export type SignIn =
  | { readonly kind: 'tokens'; readonly tokens: TokenSet }
  | { readonly kind: 'new-password'; readonly session: string };

/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html */
export async function signIn(io: Io, pool: Pool, user: string, password: string): Promise<SignIn> {
  const answer = await call(io, pool, 'InitiateAuth', {
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: user, PASSWORD: password },
  });
  if (answer.ChallengeName === 'NEW_PASSWORD_REQUIRED' && answer.Session) {
    return { kind: 'new-password', session: answer.Session };
  }
  return { kind: 'tokens', tokens: tokensOf(answer) };
}

export const replacePassword = async (
  io: Io,
  pool: Pool,
  { user, password, session }: Readonly<Record<'user' | 'password' | 'session', string>>,
): Promise<TokenSet> =>
  tokensOf(
    await call(io, pool, 'RespondToAuthChallenge', {
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session: session,
      ChallengeResponses: { USERNAME: user, NEW_PASSWORD: password },
    }),
  );

export const refresh = async (io: Io, pool: Pool, refreshToken: string): Promise<TokenSet> =>
  tokensOf(
    await call(io, pool, 'InitiateAuth', {
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: refreshToken },
    }),
  );

async function call(
  io: Io,
  { cognito, clientId }: Pool,
  action: 'InitiateAuth' | 'RespondToAuthChallenge',
  parameters: Readonly<Record<string, unknown>>,
): Promise<z.infer<typeof Answer>> {
  const { status, body } = await sendJson(io, {
    method: 'POST',
    url: cognito,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${action}`,
    },
    body: { ClientId: clientId, ...parameters },
  });
  const answer = Answer.safeParse(body);
  if (status === 200 && answer.success) return answer.data;
  const refusal = Refusal.safeParse(body);
  const { __type, message } = refusal.success ? refusal.data : {};
  throw failed({
    field: 'login',
    got: [`status ${status}`, __type?.split('#').at(-1), message].filter(Boolean).join(', '),
    expected: 'Cognito to accept the user',
    remedy: 'check user, password, --client-id and --cognito, then run "assay login" again',
  });
}

function tokensOf({ AuthenticationResult: got, ChallengeName }: z.infer<typeof Answer>): TokenSet {
  if (got) {
    return {
      idToken: got.IdToken,
      refreshToken: got.RefreshToken,
      expiresInSeconds: got.ExpiresIn,
    };
  }
  throw failed({
    field: 'login',
    got: `the challenge ${ChallengeName ?? '(none)'}`,
    expected: 'tokens, or NEW_PASSWORD_REQUIRED',
    remedy: 'this challenge is not supported here: ask for a user without it',
  });
}
