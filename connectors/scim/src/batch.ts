// What several changes have in common: the connection, and whether it is any use to go on.
// Owns when a batch halts and what the changes not sent end as; what is sent when is bulk.ts.
import {
  type ApplyOutcome,
  ConnectorError,
  type ConnectorFailure,
  failureClasses,
  outcomeOf,
} from '@joinery/connector-kit';
import type { HttpClient } from '@joinery/http-client';
import type { Connection } from './resource.js';

export interface Batch {
  /** Notices requests that get no answer. */
  readonly connection: Connection;
  readonly signal: AbortSignal;
  /** What every change ends as that was not sent yet; null while the service answers and takes changes. */
  halt: ApplyOutcome | null;
}

export function batchOn(connection: Connection, signal: AbortSignal): Batch {
  const batch: Batch = {
    connection: {
      settings: connection.settings,
      client: watched(connection.client, (failure) => void (batch.halt ??= leftOut(failure))),
      // What is learnt of the service meanwhile holds for the session.
      get service() {
        return connection.service;
      },
      set service(service) {
        connection.service = service;
      },
    },
    signal,
    halt: null,
  };
  return batch;
}

/** The client throws a refusal for what was answered; everything else says that the service is away, silent or too busy. */
function watched(client: HttpClient, onSilence: (failure: ConnectorFailure) => void): HttpClient {
  return {
    ...client,
    send: async (request, call) => {
      try {
        return await client.send(request, call);
      } catch (error) {
        if (error instanceof ConnectorError && failureClasses[error.failure.code] !== 'permanent')
          onSilence(error.failure);
        throw error;
      }
    },
  };
}

/** Halts after an answer that says the same of every further change: too many, or nobody who can take it. */
export function haltAfter(batch: Batch, outcome: ApplyOutcome): void {
  const isHalting =
    outcome.kind === 'throttled' ||
    (outcome.kind === 'unreachable' && failureClasses[outcome.failure.code] === 'connection');
  if (isHalting) batch.halt ??= leftOut(outcome.failure);
}

// Not sent, so never `unknown`, even where the change before it is.
function leftOut(failure: ConnectorFailure): ApplyOutcome {
  const code = failureClasses[failure.code] === 'unknown' ? 'TIMEOUT' : failure.code;
  const message = `Not sent, because of what came before: ${failure.message}`;
  return outcomeOf(new ConnectorError({ ...failure, code, message }), false);
}
