// What workers need of a logger (pino's shape). Details first, then the sentence; never a secret, never a payload.

export interface WorkerLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
