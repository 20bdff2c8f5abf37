// A loopback address for one Samba at a time. The lock is a listening socket, so it ends with the process that holds it,
// however that ends: nothing stale can block.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { runProgram } from './program.mjs';

/** A port Samba does not use, below those the kernel gives out. */
const lockPort = 21_389;
const label = 'lo:joinery';

/** The first address nobody holds, present on the loopback interface; `release` gives it back. */
export async function takeAddress(addresses, patienceMs) {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    for (const address of addresses) {
      const lock = await lockOf(address);
      if (lock !== null) return { address, release: releaseOf(lock, address) };
    }
    if (Date.now() > deadline)
      throw new Error(
        `All addresses for Samba (${addresses.join(', ')}) were in use by other tests for ${patienceMs / 1000} s. End those tests, or allow another loopback address.`,
      );
    await delay(200);
  }
}

async function lockOf(address) {
  const lock = createServer().listen({ port: lockPort, host: address, exclusive: true });
  const taken = await once(lock, 'listening').then(
    () => true,
    (error) => {
      if (error.code === 'EADDRINUSE') return false;
      throw error;
    },
  );
  if (!taken) return null;
  lock.unref();
  return lock;
}

// The kernel answers on all of 127.0.0.0/8, but Samba binds only to addresses an interface has. The label marks what tests
// have added, also what killed ones have left behind.
function releaseOf(lock, address) {
  const present = addressLine(address);
  if (present === undefined) runProgram(['ip', 'address', 'add', `${address}/32`, 'dev', 'lo', 'label', label]);
  const isOurs = present === undefined || present.includes(label);
  let released = null;
  const give = async () => {
    if (isOurs) runProgram(['ip', 'address', 'delete', `${address}/32`, 'dev', 'lo']);
    lock.close();
    await once(lock, 'close');
  };
  return () => (released ??= give());
}

function addressLine(address) {
  const lines = runProgram(['ip', '-o', 'address', 'show', 'dev', 'lo']).split('\n');
  return lines.find((line) => line.includes(` ${address}/`));
}
