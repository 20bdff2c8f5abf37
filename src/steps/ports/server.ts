// What the program says about itself.

export interface ServerFacts {
  readonly version: string;
  readonly isDemo: boolean;
  readonly queueBackend: 'redis' | 'postgres';
}
