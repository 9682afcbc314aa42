/** Why a request was not answered as asked; what log lines and alarms count. */
export type ErrorKind =
  | 'bad-request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'too-large'
  | 'unsupported-media-type'
  | 'bad-output'
  | 'model-failed'
  | 'integrity-mismatch'
  | 'unservable'
  | 'unavailable'
  | 'deadline'
  | 'internal';

/** An HTTP answer. */
export interface Reply {
  readonly status: number;
  /** JSON text, or bytes whose type the headers name. */
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly error?: ErrorKind;
}

export const json = (value: unknown): Reply => ({ status: 200, body: JSON.stringify(value) });

const STATUS: Readonly<Record<ErrorKind, number>> = {
  'bad-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'too-large': 413,
  'unsupported-media-type': 415,
  'bad-output': 500,
  'model-failed': 500,
  internal: 500,
  'integrity-mismatch': 503,
  unservable: 503,
  unavailable: 503,
  deadline: 503,
};

/** The protocol's error object. */
export const failure = (
  error: ErrorKind,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status: STATUS[error],
  body: JSON.stringify({ error: message }),
  headers,
  error,
});
