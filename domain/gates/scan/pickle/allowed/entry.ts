import type { Rule, StateRule } from '#domain/gates/scan/pickle/rules.ts';

/** Space-separated names by module; each name is exact. */
export type Names = Readonly<Record<string, string>>;

/** What a pickle may do with something it names. Without any of these it may only refer to it. */
export interface Entry {
  /** May be made by `cls.__new__(cls)`, without its constructor, and then be given a state. */
  readonly make?: true;
  /** May be called with arguments in which the rule finds no fault. */
  readonly call?: Rule;
  /** Class of what a call returns, when it is not the callee itself; `first` means the first argument. */
  readonly returns?: string;
  /** What a call returned may be given a state by BUILD. */
  readonly state?: true;
  /** What a state must be beyond having no double-underscore keys. */
  readonly stateRule?: StateRule;
  /** Takes items, as dicts and lists do. */
  readonly items?: true;
}

export type Allowed = Readonly<Record<string, Entry>>;

/** The same entry for every name. */
export const each = (names: Names, entry: Entry): Allowed =>
  Object.fromEntries(
    Object.entries(names).flatMap(([module, list]) =>
      list.split(' ').map((name) => [`${module} ${name}`, entry]),
    ),
  );
