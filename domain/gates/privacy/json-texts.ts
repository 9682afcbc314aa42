import { isObject, type JsonValue, walkJson } from '#domain/gates/scan/text/json.ts';
import type { FoundTexts } from './found-texts.ts';

/** Adds the texts of a JSON document by their path, under their key: numbers of objects too. */
export function addJsonTexts(path: string, document: JsonValue, found: FoundTexts): void {
  for (const [value, at] of walkJson(document)) {
    if (typeof value === 'string' || typeof value === 'number') {
      found.add({ where: `${path}: ${at || '(top)'}`, name: keyOf(at), text: String(value) });
    } else if (isObject(value)) {
      for (const key of value.keys()) found.add({ where: `${path}: keys`, text: key });
    }
  }
}

/** The last key of a path: `owner.ssn[0]` stands under `ssn`. */
const keyOf = (path: string): string => /([^.[\]]*)(?:\[\d+\])*$/.exec(path)?.[1] ?? '';
