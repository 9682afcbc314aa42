import type { ValueDomain } from './io-schema.ts';

/** `opened`: a fixed dimension became dynamic, so that every old request still fits. */
export interface ShapeChange {
  readonly change: 'opened' | 'incompatible';
  readonly detail: string;
}

/** Differences of two shapes, dimension by dimension unless their ranks differ. */
export function shapeChanges(old: readonly number[], now: readonly number[]): ShapeChange[] {
  if (old.length !== now.length) {
    return [{ change: 'incompatible', detail: `rank changed from ${old.length} to ${now.length}` }];
  }
  return old.flatMap((before, index): ShapeChange[] => {
    const after = now[index] ?? before;
    if (before === after) return [];
    const detail = `dimension ${index} changed from ${size(before)} to ${size(after)}`;
    return [{ change: after === -1 ? 'opened' : 'incompatible', detail }];
  });
}

/** How the values an input may take changed; domains of which neither holds the other are narrowed. */
export function domainChange(
  old: ValueDomain | undefined,
  now: ValueDomain | undefined,
): 'same' | 'widened' | 'narrowed' {
  if (!holds(now, old)) return 'narrowed';
  return holds(old, now) ? 'same' : 'widened';
}

/** Whether every value of `inner` is one of `outer`. */
function holds(outer: ValueDomain | undefined, inner: ValueDomain | undefined): boolean {
  const { min = -Infinity, max = Infinity } = outer === undefined || 'values' in outer ? {} : outer;
  if (outer === undefined) return true;
  if (inner !== undefined && 'values' in inner) {
    return 'values' in outer
      ? inner.values.every((value) => outer.values.includes(value))
      : inner.values.every((value) => typeof value === 'number' && min <= value && value <= max);
  }
  if ('values' in outer) return false;
  return min <= (inner?.min ?? -Infinity) && (inner?.max ?? Infinity) <= max;
}

const size = (dimension: number): string => (dimension === -1 ? 'dynamic' : String(dimension));
