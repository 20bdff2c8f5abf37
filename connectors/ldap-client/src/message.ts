// The shapes of ldapts' messages that it does not export by name. Owns nothing else.
import type { Control, MessageParser } from 'ldapts';

/** A request: something with a number that can be written as bytes. */
export type LdapRequest =
  Parameters<MessageParser['read']>[1] extends Map<string, { message: infer Request }> ? Request : never;

/** The part of an answer every operation has. */
export interface LdapResponse {
  readonly messageId: number;
  readonly status: number;
  readonly matchedDN: string;
  readonly errorMessage: string;
  readonly controls?: readonly Control[];
}
