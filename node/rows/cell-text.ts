/** A value as a table would say it; what is absent is ''. */
export function cellText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'undefined':
      return '';
    case 'object':
      if (value === null) return '';
      if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
      return JSON.stringify(value, (_, inner) =>
        typeof inner === 'bigint' ? whole(inner) : inner,
      );
    default:
      return String(value);
  }
}

const whole = (value: bigint): number | string =>
  BigInt.asIntN(53, value) === value ? Number(value) : String(value);

/** The shortest decimal that is this single-precision number, as exports of it say. */
export function singleText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** RFC 3339 in UTC, as exact as the units; a number beyond the years that it can tell. */
export function momentText(units: bigint, perSecond: bigint): string {
  const fraction = ((units % perSecond) + perSecond) % perSecond;
  const seconds = Number((units - fraction) / perSecond);
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(units);
  const digits = String(perSecond).length - 1;
  const decimals = String(fraction).padStart(digits, '0').replace(/0+$/, '');
  return `${date.toISOString().slice(0, -5)}${decimals && `.${decimals}`}Z`;
}
