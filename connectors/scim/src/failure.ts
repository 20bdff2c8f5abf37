// What a SCIM service says in its errors (RFC 7644, 3.12), in the words of the contract.
// Owns scimType; the meaning of statuses is the HTTP client's.
import type { ConnectorError, ConnectorErrorCode } from '@joinery/connector-kit';
import { answerError, type HttpAnswer, type HttpRequest, jsonIfAny } from '@joinery/http-client';
import { fieldOf } from './path.js';

const codeByScimType: Readonly<Record<string, ConnectorErrorCode>> = {
  uniqueness: 'ALREADY_EXISTS',
  mutability: 'INVALID_VALUE',
  noTarget: 'CONSTRAINT_VIOLATION',
  sensitive: 'FORBIDDEN',
  invalidCursor: 'TIMEOUT',
  expiredCursor: 'TIMEOUT',
};

/** The typed error of an answer that is none of success. */
export function scimError(answer: HttpAnswer, request: HttpRequest): ConnectorError {
  const body = jsonIfAny(answer);
  const scimType = fieldOf(body, 'scimType');
  const detail = fieldOf(body, 'detail');
  const code = typeof scimType === 'string' ? codeByScimType[scimType] : undefined;
  return answerError(answer, request, {
    // 409 without a reason is what services answer to a name that is taken.
    code: code ?? (answer.status === 409 ? 'ALREADY_EXISTS' : undefined),
    targetCode: typeof scimType === 'string' ? scimType : undefined,
    targetMessage: typeof detail === 'string' ? detail : undefined,
  });
}
