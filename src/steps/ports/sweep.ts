// What the sweep finds in the rows when queues forgot: the rows are the truth, jobs are hints.

export interface SweepStore {
  /** Hands manual orders that may go now to people. Answers how many. */
  transmitDue(): Promise<number>;
  /** Ends tickets that nobody answered within their validity period, as errors. Answers how many. */
  expireTickets(): Promise<number>;
  /**
   * Queues every order that may be carried out now and says that it has no job: due retries, successors,
   * and executed orders to look at again. Answers how many.
   */
  enqueueDue(): Promise<number>;
  /** Queues orders whose holder said nothing for the length of a lease. Answers how many. */
  enqueueAbandoned(): Promise<number>;
  /** Queues the orders of a connection whose queue turned out to be empty. Answers how many. */
  enqueueLost(connection: string): Promise<number>;
  /** Queues identities with a decided request, once the queue `compute` turned out to be empty. Answers how many. */
  enqueueLostComputations(): Promise<number>;
  /** Queues what has been in its queue for minutes, whether the queue is empty or not; a thousand of each sort at most. Answers how many. */
  enqueueAged(): Promise<number>;
}

export interface QueueGauge {
  /** Nothing waits in the queue and nothing is being worked on. */
  isEmpty(queue: string): Promise<boolean>;
}
