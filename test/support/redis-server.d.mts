// Types of redis-server.mjs, which is plain JavaScript because Jest's global set-up loads it as it is.

export interface RunningRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** A Redis of its own on a free port; `folder` is its working directory. */
export function startRedis(folder: string): Promise<RunningRedis>;
