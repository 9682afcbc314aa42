import type { Person } from '#domain/access/person.ts';
import { personKey } from '#domain/registry/keys.ts';
import type { RegistryTable } from './registry-table.ts';
import type { Act } from './version-changes.ts';
import { put } from './writes.ts';

/** Which person each principal belongs to. A principal that nobody mapped is nobody. */
export class People {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  async of(principal: string): Promise<Person | undefined> {
    const item = await this.#table.get<Person>(personKey(principal));
    return item && { id: item.id, tenant: item.tenant, roles: item.roles };
  }

  /** Maps a principal; false when it belongs to somebody else already and `replace` is not given. */
  async map(principal: string, person: Person, act: Act, replace = false): Promise<boolean> {
    const condition = replace
      ? 'attribute_exists(PK) OR attribute_not_exists(PK)'
      : 'attribute_not_exists(PK) OR (id = :id AND tenant = :tenant)';
    const written = await this.#table.transact(
      {
        ...act,
        type: 'person.mapped',
        tenant: person.tenant,
        subject: person.id,
        data: { principal, roles: person.roles },
      },
      [
        put(
          'person',
          personKey(principal),
          { ...person, principal },
          {
            condition,
            ...(!replace && { values: { ':id': person.id, ':tenant': person.tenant } }),
          },
        ),
      ],
    );
    return written.ok;
  }
}
