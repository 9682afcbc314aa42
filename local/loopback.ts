const LOOPBACK =
  /^http:\/\/(?:localhost|127(?:\.(?:0|[1-9]\d{0,2})){3}|\[::1\])(?::[1-9]\d{0,4})?\/?$/;

/**
 * The endpoint, when it can only be this machine: a spelled-out 127.x.y.z, [::1] or localhost,
 * with nothing but a port behind it. Names, short forms of addresses, user names and paths are
 * refused even where a parser would make them loopback, as another parser may not.
 *
 * @throws RangeError for every other endpoint, so that nothing local ever reaches an AWS account.
 */
export function requireLoopback(endpoint: string): string {
  if (!LOOPBACK.test(endpoint) || !URL.canParse(endpoint)) {
    throw new RangeError(
      `the local cloud's endpoint is '${endpoint}', expected http:// on 127.0.0.0/8, [::1] or ` +
        'localhost with a port; this command never speaks to an AWS account',
    );
  }
  return endpoint.replace(/\/$/, '');
}
