import type { Command } from 'commander';
import { Api } from './api.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import { Output } from './output.ts';
import { notLoggedIn, Session } from './session.ts';
import { readSettings, type Settings } from './settings.ts';

/** What a command works with; the network is reached only by those that ask for it. */
export interface Context {
  readonly io: Io;
  readonly out: Output;
  /** @throws Failure when nobody has logged in yet. */
  readonly settings: () => Promise<Settings>;
  readonly session: () => Promise<Session>;
  readonly api: () => Promise<Api>;
}

export function contextOf(io: Io, json: boolean): Context {
  const settings = async (): Promise<Settings> => {
    const stored = await readSettings(io);
    if (!stored) throw notLoggedIn('nobody has logged in on this machine');
    return stored;
  };
  const session = async (): Promise<Session> => new Session(io, await settings());
  const api = async (): Promise<Api> => {
    const login = await session();
    return new Api(io, (await settings()).api, () => login.idToken());
  };
  return { io, out: new Output(io, json), settings, session, api };
}

/** Turns a command's code into what commander calls: it adds the context and keeps the exit code. */
export type Act = <Args extends unknown[]>(
  run: (context: Context, ...args: Args) => Promise<ExitCode>,
) => (...args: [...Args, Command]) => Promise<void>;
