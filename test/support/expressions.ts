export type Item = Record<string, unknown>;

export interface Names {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

/** Whether DynamoDB would find that a condition holds on an item. @throws Error for what it refuses. */
export function holds(condition: string, item: Item | undefined, names: Names): boolean {
  const tokens = tokensOf(condition);
  const reader = new ConditionReader(tokens, item ?? {}, names);
  const truth = reader.either();
  if (reader.left.length > 0) throw new Error(`${condition}: did not expect ${reader.left[0]}`);
  return truth;
}

/** The item after an update. @throws Error for an expression that DynamoDB would refuse. */
export function updated(expression: string, item: Item, names: Names): Item {
  const next = { ...item };
  const clauses = expression.split(/\b(SET|REMOVE|ADD)\b/).slice(1);
  for (let i = 0; i < clauses.length; i += 2) {
    const parts = (clauses[i + 1] ?? '').split(',').map((part) => part.trim());
    for (const part of parts) {
      const [path = '', value = ''] = part.split(/\s*=\s*|\s+/);
      const name = named(path, names);
      if (clauses[i] === 'REMOVE') delete next[name];
      else if (clauses[i] === 'SET') next[name] = valued(value, names);
      else next[name] = added(next[name], valued(value, names));
    }
  }
  return next;
}

function added(one: unknown, other: unknown): unknown {
  if (other instanceof Set) return new Set([...((one as Set<unknown>) ?? []), ...other]);
  if (typeof other === 'bigint') return BigInt((one as bigint | number) ?? 0) + other;
  return Number(one ?? 0) + Number(other);
}

class ConditionReader {
  readonly left: string[];
  readonly #item: Item;
  readonly #names: Names;

  constructor(tokens: readonly string[], item: Item, names: Names) {
    this.left = [...tokens];
    this.#item = item;
    this.#names = names;
  }

  either(): boolean {
    let truth = this.#all();
    while (this.#took('OR')) truth = this.#all() || truth;
    return truth;
  }

  #all(): boolean {
    let truth = this.#one();
    while (this.#took('AND')) truth = this.#one() && truth;
    return truth;
  }

  #one(): boolean {
    if (this.#took('NOT')) return !this.#one();
    if (this.#took('(')) {
      const truth = this.either();
      this.#expect(')');
      return truth;
    }
    const first = this.left.shift() ?? '';
    if (/^attribute_(not_)?exists$/.test(first)) {
      this.#expect('(');
      const there = named(this.left.shift() ?? '', this.#names) in this.#item;
      this.#expect(')');
      return first === 'attribute_exists' ? there : !there;
    }
    if (first === 'contains') {
      this.#expect('(');
      const [set, name] = [this.#operand(this.left.shift()), this.#operand(this.left.shift())];
      this.#expect(')');
      return set instanceof Set && set.has(name);
    }
    return compared(
      this.#operand(first),
      this.left.shift() ?? '',
      this.#operand(this.left.shift()),
    );
  }

  #operand(token = ''): unknown {
    if (token === 'size') {
      this.#expect('(');
      const of = this.#operand(this.left.shift());
      this.#expect(')');
      return of instanceof Set ? of.size : undefined;
    }
    return token.startsWith(':')
      ? valued(token, this.#names)
      : this.#item[named(token, this.#names)];
  }

  #took(token: string): boolean {
    if (this.left[0] !== token) return false;
    this.left.shift();
    return true;
  }

  #expect(token: string): void {
    const got = this.left.shift();
    if (got !== token) throw new Error(`got ${got}, expected ${token}`);
  }
}

const tokensOf = (text: string): string[] => text.match(/\(|\)|<>|<=|>=|=|<|>|[#:]?\w+/g) ?? [];

function named(path: string, { ExpressionAttributeNames = {} }: Names): string {
  const name = path.startsWith('#') ? ExpressionAttributeNames[path] : path;
  if (!name) throw new Error(`${path} has no name, only ${Object.keys(ExpressionAttributeNames)}`);
  return name;
}

function valued(token: string, { ExpressionAttributeValues = {} }: Names): unknown {
  if (!(token in ExpressionAttributeValues)) throw new Error(`${token} has no value`);
  return ExpressionAttributeValues[token];
}

/** An attribute that is not there compares with nothing. */
function compared(one: unknown, operator: string, other: unknown): boolean {
  if (one === undefined || other === undefined) return false;
  if (operator === '=') return one === other;
  if (operator === '<>') return one !== other;
  if (typeof one !== typeof other) return false;
  const [a, b] = [one as number, other as number];
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  if (operator === '>') return a > b;
  if (operator === '>=') return a >= b;
  throw new Error(`${operator} is no comparison`);
}
