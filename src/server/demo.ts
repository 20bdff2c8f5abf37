// Sign-in of the demo company: anybody on this machine as anyone. Served in demo mode only, on 127.0.0.1 only;
// start.ts refuses to mount it elsewhere.
import { Router } from 'express';
import type { DemoPeople, SignInDirectory } from '../resolvers/operation.js';
import { demoTokenSeconds, type Tokens } from './token.js';

export interface DemoOptions {
  readonly tokens: Tokens;
  readonly actors: SignInDirectory;
  readonly people: DemoPeople;
}

const howTo = 'Send {"person":"camille.roy"} as application/json; GET /demo/people lists everybody.';

export function demoRouter({ tokens, actors, people }: DemoOptions): Router {
  const router = Router();
  router.use((request, response, next) => {
    // A page of another site could point its own name at this machine; the name then shows up here.
    if (isLocal(request.hostname)) return next();
    response.status(403).json({ error: 'The demo sign-in answers to 127.0.0.1 and localhost only.' });
  });
  router.get('/people', async (_request, response) => void response.json(await people.people()));
  router.post('/token', async (request, response) => {
    const person = personOf(request.body);
    if (person === null) return void response.status(400).json({ error: 'Nobody was named.', hint: howTo });
    const found = await actors.person(person);
    if (found.ok) return void response.json({ token: await tokens.sign(person, demoTokenSeconds) });
    const isUnknown = found.refusals.every(({ code }) => code === 'NOT_FOUND');
    response
      .status(isUnknown ? 404 : 403)
      .json({ error: found.refusals.map(({ message }) => message).join(' '), hint: howTo });
  });
  return router;
}

const isLocal = (host: string): boolean => host === '127.0.0.1' || host === 'localhost';

function personOf(body: unknown): string | null {
  const person = typeof body === 'object' && body !== null && 'person' in body ? body.person : null;
  return typeof person === 'string' && person !== '' && person.length <= 200 ? person : null;
}
