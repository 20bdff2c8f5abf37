// Answers of the API: success or a typed failure, first by the meanings of the settings, then by the status.
// Owns sending and reading JSON; which request is sent is the caller's.
import { ConnectorError } from '@joinery/connector-kit';
import {
  answerError,
  type HttpAnswer,
  type HttpCall,
  type HttpClient,
  type HttpRequest,
  isSuccess,
  jsonIfAny,
  jsonOf,
} from '@joinery/http-client';
import { evaluate, evaluateOrNull, type Expression } from './expression.js';
import type { ApiModel, Meaning } from './model.js';

export interface Connection {
  readonly model: ApiModel;
  readonly client: HttpClient;
}

/** A good answer. `isAlreadySo`: the settings say that there was nothing to do. */
export interface ApiAnswer {
  readonly answer: HttpAnswer;
  readonly request: HttpRequest;
  readonly body: unknown;
  readonly isAlreadySo: boolean;
}

/** Throws typed failures for all but success; null for 404 and 410 where `canBeAbsent`. */
export async function ask(
  { model, client }: Connection,
  request: HttpRequest,
  call: HttpCall,
  canBeAbsent = false,
): Promise<ApiAnswer | null> {
  const answer = await client.send(request, call);
  const meaning = meaningOf(model, answer);
  if (meaning?.code === 'ALREADY_SO') return { answer, request, body: jsonIfAny(answer) ?? null, isAlreadySo: true };
  const isAbsent =
    meaning === undefined ? answer.status === 404 || answer.status === 410 : meaning.code === 'NOT_FOUND';
  if (canBeAbsent && isAbsent) return null;
  if (meaning !== undefined) throw errorOf(answer, request, meaning);
  if (!isSuccess(answer)) throw answerError(answer, request);
  return { answer, request, body: jsonOf(answer, request) ?? null, isAlreadySo: false };
}

/** As `ask`, where an absence is a failure like others. */
export async function demand(connection: Connection, request: HttpRequest, call: HttpCall): Promise<ApiAnswer> {
  const answer = await ask(connection, request, call);
  if (answer !== null) return answer;
  throw new ConnectorError({ code: 'NOT_FOUND', message: `Could not ${request.operation}: it does not exist.` });
}

function meaningOf({ meanings }: ApiModel, answer: HttpAnswer): Meaning | undefined {
  if (meanings.length === 0) return undefined;
  const values = { status: answer.status, body: jsonIfAny(answer) ?? null, headers: answer.headers };
  return meanings.find(({ when }) => evaluateOrNull(when, values) === true);
}

function errorOf(answer: HttpAnswer, request: HttpRequest, { code, message }: Meaning): ConnectorError {
  const values = { status: answer.status, body: jsonIfAny(answer) ?? null, headers: answer.headers };
  const said = message === null ? null : evaluateOrNull(message, values);
  return answerError(answer, request, {
    code: code === 'ALREADY_SO' ? undefined : code,
    targetMessage: typeof said === 'string' ? said : undefined,
  });
}

/** What an expression gives over an answer. */
export const valueOf = ({ answer, body }: ApiAnswer, expression: Expression): unknown =>
  evaluate(expression, { body, headers: answer.headers });

/** The list an expression gives; anything else is a failure: a listing must never seem empty. */
export function itemsOf(answer: ApiAnswer, expression: Expression): readonly unknown[] {
  const items = valueOf(answer, expression);
  if (Array.isArray(items)) return items;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not ${answer.request.operation}: the expression of the setting "${expression.setting}" gives no list.`,
    hint: 'Correct the expression, or check what the service answers.',
  });
}
