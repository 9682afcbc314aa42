/** What people may be; the names are those of the Cognito groups. */
export const ROLES = [
  'analyst',
  'engineer',
  'data_scientist',
  'ml_engineer',
  'senior_engineer',
  'rollback_operator',
  'auditor',
  'tenant_admin',
] as const;
export type Role = (typeof ROLES)[number];

/** Whoever a principal belongs to. Two principals of one person have one id, hence one vote. */
export interface Person {
  readonly id: string;
  readonly tenant: string;
  readonly roles: readonly Role[];
}

/** How a Cognito user is named as a principal; the subject never changes, the name may. */
export const cognitoPrincipal = (sub: string): string => `cognito:${sub}`;

/** What may be done. Anything that no role grants is refused. */
export type Action =
  | 'read'
  | 'register'
  | 'vote'
  | 'predict'
  | 'set-policy'
  /** Pausing, resuming and aborting a rollout; asking for a rollback. */
  | 'roll'
  /** Beginning and ending experiments. */
  | 'experiment'
  /** Asking for a check of what runs, out of turn. */
  | 'check'
  /** Seeing what counts the requests of all tenants together. */
  | 'read-shared';

const GRANTS: Readonly<Record<Role, readonly Action[]>> = {
  analyst: ['read', 'predict'],
  engineer: ['read', 'predict'],
  data_scientist: ['read', 'predict', 'register', 'experiment', 'check'],
  ml_engineer: ['read', 'predict', 'register', 'vote', 'roll', 'experiment', 'check'],
  senior_engineer: ['read', 'predict', 'vote', 'roll', 'experiment'],
  rollback_operator: ['read', 'roll'],
  auditor: ['read'],
  tenant_admin: ['read', 'set-policy', 'read-shared'],
};

export const may = (roles: readonly Role[], action: Action): boolean =>
  roles.some((role) => GRANTS[role].includes(action));

/** The roles that allow an action, for the message that refuses it. */
export const rolesFor = (action: Action): readonly Role[] =>
  ROLES.filter((role) => GRANTS[role].includes(action));

export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

/** `cognito:groups` comes as an array from some authorizers and as `"[a b]"` from API Gateway. */
export function parseGroups(claim: unknown): Role[] {
  const names = Array.isArray(claim)
    ? claim.map(String)
    : String(claim ?? '')
        .replace(/^\[|\]$/g, '')
        .split(/[\s,]+/);
  return names.filter(isRole);
}
