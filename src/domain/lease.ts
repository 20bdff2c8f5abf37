// The fault of a holder that is holder no more. Leases count with database time; a fencing token tells holders apart.

/** The holder's lease ended and another one may hold the thing: nothing was written. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  /** `what`: the thing that was held, e.g. `job execution 42`. */
  constructor(what: string) {
    super(`The lease of ${what} was lost: somebody else may hold it now, so nothing was written.`);
  }
}
