// An error as the log may show it: kind, code and place. An allow-list, because libraries hang what they worked on to
// their errors: TypeORM the statement and its parameters, PostgreSQL the row, Redis the command.

export interface ShownError {
  readonly type: string;
  readonly message: string;
  /** SQLSTATE, `ECONNREFUSED`, … */
  readonly code?: string;
  /** Names of the schema, for errors of the database. */
  readonly constraint?: string;
  readonly table?: string;
  /** The places alone: a stack begins with the message. */
  readonly stack: string;
  readonly cause?: ShownError;
}

const deepestCause = 4;

export function shownError(error: Error, depth = 1): ShownError {
  const refusal = refusalOf(error);
  const source: object = refusal ?? error;
  const cause = refusal === null && depth < deepestCause ? causeOf(error) : null;
  return {
    type: error.name,
    message: messageOf(error, refusal),
    ...texts(source, ['code']),
    ...(refusal === null ? {} : texts(source, ['constraint', 'table'])),
    stack: placesOf(error),
    ...(cause === null ? {} : { cause: shownError(cause, depth + 1) }),
  };
}

/** What PostgreSQL answered, bare or inside TypeORM's error. */
function refusalOf(error: Error): object | null {
  const inner = 'driverError' in error ? error.driverError : error;
  if (!(inner instanceof Error)) return null;
  return 'severity' in inner && 'code' in inner ? inner : null;
}

function messageOf(error: Error, refusal: object | null): string {
  if (refusal !== null) return 'PostgreSQL refused a statement; its code says why.';
  // Parsers quote what they could not read.
  return error instanceof SyntaxError ? 'Something could not be parsed.' : withoutPassword(withoutNested(error));
}

const withoutPassword = (text: string): string => text.replaceAll(/(\/\/[^\s/@:]*):[^\s/@]+@/g, '$1:***@');

/** Who wraps an error often repeats its message: then the message is as unsafe as that error's own. */
function withoutNested(error: Error): string {
  const cause = causeOf(error);
  if (cause === null || cause.message === '' || !error.message.includes(cause.message)) return error.message;
  return error.message.replaceAll(cause.message, messageOf(cause, refusalOf(cause)));
}

function causeOf(error: Error): Error | null {
  const inner =
    'originalError' in error ? error.originalError : 'driverError' in error ? error.driverError : error.cause;
  return inner instanceof Error && inner !== error ? inner : null;
}

const placesOf = ({ stack }: Error): string =>
  (stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');

function texts(source: object, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value: unknown = Reflect.get(source, name);
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
