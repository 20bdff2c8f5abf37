// What all stories of a run stand on: a PostgreSQL server, the migrated template, and a copy of it for each story.
import pg from 'pg';
import { migrate } from '../program.js';
import { installClock, preferClock } from './clock.js';

export interface StoryGround {
  /** A new database: `migrated` is a copy of the template, `empty` is for a managed system. */
  create(kind: 'migrated' | 'empty'): Promise<StoryDatabase>;
  /** Addresses of queues; null: in PostgreSQL. */
  readonly redisUrl: () => Promise<string | null>;
  close(): Promise<void>;
}

export interface StoryDatabase {
  readonly name: string;
  readonly url: string;
  /** Its own connection; ended by `drop`. */
  readonly client: pg.Client;
  drop(): Promise<void>;
}

let counter = 0;

/** `serverUrl` names a database of a server on which databases may be made. */
export async function openGround(
  serverUrl: string,
  redisUrl: () => Promise<string | null> = async () => null,
): Promise<StoryGround> {
  const template = nextName('story_template');
  await administer(serverUrl, `create database ${template}`);
  const url = urlOf(serverUrl, template);
  const client = await connected(url);
  await installClock(client, template);
  await client.end();
  await migrate(url);
  return {
    create: (kind) => createDatabase(serverUrl, kind === 'migrated' ? template : null),
    redisUrl,
    close: () => administer(serverUrl, `drop database if exists ${template} with (force)`),
  };
}

async function createDatabase(serverUrl: string, template: string | null): Promise<StoryDatabase> {
  const name = nextName('story');
  // FILE_COPY is four times faster than the default for a small template.
  await administer(serverUrl, `create database ${name} template ${template ?? 'template0'} strategy file_copy`);
  const url = urlOf(serverUrl, name);
  const client = await connected(url);
  if (template !== null) await preferClock(client, name);
  // The setting is for sessions to come; this one is there already.
  if (template !== null) await client.query('set search_path = public, pg_catalog');
  return {
    name,
    url,
    client,
    drop: async () => {
      await client.end();
      await administer(serverUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

function nextName(prefix: string): string {
  counter += 1;
  return `${prefix}_${process.pid}_${counter}`;
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // A server that ends takes its connections with it: whoever asks next is told.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function administer(serverUrl: string, statement: string): Promise<void> {
  const client = await connected(serverUrl);
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
