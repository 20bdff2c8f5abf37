// The months of the tables that only grow.

export interface PartitionStore {
  /** Makes the partitions from last month to three months ahead that are not there yet. */
  ensureMonths(): Promise<void>;
}
