// A program that owns an embedded PostgreSQL until it is killed. Prints one line of JSON when it is up.
// Arguments: data folder, and the shelter or nothing.
import { startEmbeddedPostgres } from '../../dist/embedded/postgres.js';

const [, , dataDir, shelter] = process.argv;
const notes = [];
const server = await startEmbeddedPostgres({ dataDir, shelter, log: (note) => notes.push(note) });
process.stdout.write(`${JSON.stringify({ url: server.url, dataDir: server.dataDir, notes })}\n`);
process.once('SIGTERM', async () => {
  await server.stop();
  process.exit(0);
});
// Stays until it is told, or killed.
setInterval(() => {}, 3_600_000);
