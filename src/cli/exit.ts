// How a command ends: the exit codes scripts rely on, and the error that carries one.

export const exitCodes = { ok: 0, failure: 1, usage: 2, finishedWithErrors: 3, blocked: 4, refused: 5 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command with that code; the message is for a person. */
export class Failure extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
    this.name = 'Failure';
  }
}
