// What must reach a queue after the commit. The queue is a hint; the rows are the truth.

/** `jobs`: executions. `compute`: buckets and single identities. `provision.<connection>`: orders. `notify`: messages. */
export type QueueName = 'jobs' | 'compute' | 'notify' | `provision.${string}`;

export interface OutboxEntry {
  readonly queue: QueueName;
  readonly name: 'execution' | 'bucket' | 'identities' | 'order' | 'verify' | 'test' | 'notification' | 'export';
  /** Unique while the job is kept; may not contain `:`. */
  readonly jobId: string;
  /** The id of a row, nothing else. */
  readonly rowId: string;
  /** Lower first; 0 = no priority. */
  readonly priority: number;
}

export const provisionQueue = (connection: string): QueueName => `provision.${connection}`;
