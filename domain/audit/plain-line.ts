/** Control characters and line breaks, what is invisible, half surrogates, and runs of blanks. */
const BLANK = /[\p{Cc}\p{Cf}\p{Cs}\s]+/gu;

/**
 * Text as one line that may stand inside a JSON string as it is: EventBridge does not escape what it
 * puts into a rule's template, and an event whose text breaks the string is not delivered.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export const plainLine = (text: string): string =>
  text.replaceAll('"', "'").replaceAll('\\', '/').replaceAll(BLANK, ' ').trim();
