import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeS3 } from './fake-s3.ts';

export interface Request {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}
type Route = (request: Request) => Answer | Promise<Answer>;

/** An ID token as Cognito writes it, unsigned: the CLI only reads it. */
export const idToken = (serial: number): string => {
  const claims = {
    sub: 'u-1',
    'cognito:username': 'dora',
    'custom:tenant': 'default',
    'cognito:groups': ['ml_engineer'],
    serial,
  };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
};

/** One HTTP server that plays the API, Cognito (`/cognito`) and S3 (`/artifacts/…`). */
export class FakeCloud {
  readonly s3 = new FakeS3();
  readonly requests: Request[] = [];
  readonly #routes = new Map<string, Route>();
  readonly #server: Server;
  /** Lifetime of the tokens that it gives. */
  tokenSeconds = 3600;
  #tokens = 0;

  constructor() {
    this.#server = createServer((incoming, response) => {
      void bodyOf(incoming).then(async (raw) => {
        const { method = 'GET', url = '/' } = incoming;
        if (url.startsWith('/artifacts/')) {
          const checksum = incoming.headers['x-amz-checksum-sha256'];
          const reply = this.s3.answer(method, new URL(url, this.url), raw, String(checksum));
          response.writeHead(reply.status, reply.headers).end(reply.body);
          return;
        }
        const body = raw.length > 0 ? JSON.parse(raw.toString('utf8')) : undefined;
        const request = { method, path: url, headers: incoming.headers, body };
        this.requests.push(request);
        const route =
          this.#routes.get(`${method} ${url}`) ?? this.#routes.get(method + pathOf(url));
        const answer = (await route?.(request)) ?? {
          status: 404,
          body: { title: 'Not Found', detail: `nothing at ${url}` },
        };
        const bytes = Buffer.isBuffer(answer.body) ? answer.body : JSON.stringify(answer.body);
        response.writeHead(answer.status ?? 200).end(bytes);
      });
    });
    this.on('POST /cognito', ({ body }) => this.#signIn(body as SignInBody));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `GET /path`, with the query where it matters; a fixed body or a function of the request. */
  on(what: string, answer: Route | Record<string, unknown>): this {
    const route = typeof answer === 'function' ? answer : (): Answer => ({ body: answer });
    const [method = '', path = ''] = what.split(' ');
    this.#routes.set(path.includes('?') ? what : method + path, route);
    return this;
  }

  sent = (method: string, path: string): Request[] =>
    this.requests.filter((request) => request.method === method && pathOf(request.path) === path);

  #signIn({ AuthFlow, AuthParameters, ChallengeResponses }: SignInBody): Answer {
    const password = AuthParameters?.PASSWORD;
    if (password === 'temporary') {
      return { body: { ChallengeName: 'NEW_PASSWORD_REQUIRED', Session: 's-1' } };
    }
    const good =
      password === 'secret' ||
      AuthParameters?.REFRESH_TOKEN === 'refresh' ||
      ChallengeResponses?.NEW_PASSWORD === 'better';
    if (!good) {
      return {
        status: 400,
        body: { __type: 'NotAuthorizedException', message: 'Incorrect username or password.' },
      };
    }
    this.#tokens += 1;
    return {
      body: {
        AuthenticationResult: {
          IdToken: idToken(this.#tokens),
          ExpiresIn: this.tokenSeconds,
          ...(AuthFlow === 'REFRESH_TOKEN_AUTH' ? {} : { RefreshToken: 'refresh' }),
        },
      },
    };
  }
}

interface SignInBody {
  readonly AuthFlow?: string;
  readonly AuthParameters?: Readonly<Record<string, string>>;
  readonly ChallengeResponses?: Readonly<Record<string, string>>;
}

const pathOf = (url: string): string => url.split('?')[0] ?? url;

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
