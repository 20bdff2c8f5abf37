// Search filters (RFC 4515) built from data, so that a value is never read as syntax, and those written by people.
// Owns what ldapts' parser gets wrong: bytes above 7f written as escapes.
import { ConnectorError } from '@joinery/connector-kit';
import {
  AndFilter,
  EqualityFilter,
  type Filter,
  FilterParser,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
} from 'ldapts';
import type { LdapValue } from './client.js';

/** `(attribute=value)`; the value is data, whatever characters or bytes it has. */
export function equalTo(attribute: string, value: LdapValue): Filter {
  return new EqualityFilter({ attribute, value: typeof value === 'string' ? Buffer.from(value) : value });
}

/** `(attribute=*)` */
export function present(attribute: string): Filter {
  return new PresenceFilter({ attribute });
}

/** `(attribute>=value)` */
export function atLeast(attribute: string, value: string): Filter {
  return new GreaterThanEqualsFilter({ attribute, value });
}

/** `(attribute<=value)` */
export function atMost(attribute: string, value: string): Filter {
  return new LessThanEqualsFilter({ attribute, value });
}

/** `(&…)`; the filter itself when there is only one. */
export function allOf(...filters: readonly Filter[]): Filter {
  const [first] = filters;
  return filters.length === 1 && first !== undefined ? first : new AndFilter({ filters: [...filters] });
}

/** `(|…)`; the filter itself when there is only one. */
export function anyOf(...filters: readonly Filter[]): Filter {
  const [first] = filters;
  return filters.length === 1 && first !== undefined ? first : new OrFilter({ filters: [...filters] });
}

/** `(!…)` */
export function noneOf(filter: Filter): Filter {
  return new NotFilter({ filter });
}

/** A filter written by a person in the settings; throws INVALID_VALUE saying what is wrong with it. */
export function parseFilter(text: string): Filter {
  try {
    return FilterParser.parseString(withoutHighEscapes(text));
  } catch (error) {
    throw new ConnectorError(
      {
        code: 'INVALID_VALUE',
        message: `The filter ${JSON.stringify(text)} is not valid: ${error instanceof Error ? error.message : 'it cannot be read'}.`,
        hint: 'Write it as in RFC 4515, such as (&(objectClass=person)(!(employeeType=robot))).',
      },
      { cause: error },
    );
  }
}

// ldapts takes \c3\a4 for two characters; as the character itself it comes out right.
function withoutHighEscapes(text: string): string {
  return text.replaceAll(/(?:\\[89a-f][0-9a-f])+/gi, (escapes) =>
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(escapes.replaceAll('\\', ''), 'hex')),
  );
}
