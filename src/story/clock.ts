// The one clock of a story: what the program takes for now, and what its database says. Both are the machine's clock plus
// one distance, so that time still goes by; moving changes the distance, forward only.
// The database has functions of its own with PostgreSQL's names, which its search_path finds first (docs/stories.md).
import type { Client } from 'pg';

export interface StoryClock {
  readonly now: () => Date;
  /** Throws for a moment that has passed. */
  moveTo(instant: Date): Promise<void>;
}

const clockTables = `
create table public.story_clock (distance interval not null);
insert into public.story_clock values ('0');
create function public.clock_timestamp() returns timestamptz language plpgsql volatile as
  $$ begin return pg_catalog.clock_timestamp() + (select distance from public.story_clock); end $$;
create function public.now() returns timestamptz language plpgsql stable as
  $$ begin return pg_catalog.now() + (select distance from public.story_clock); end $$;`;

/** Before the migrations: defaults of columns keep the function that was found when they were made. */
export async function installClock(client: Client, database: string): Promise<void> {
  await client.query(clockTables);
  await preferClock(client, database);
}

/** Settings of a database are not copied with its template. */
export async function preferClock(client: Client, database: string): Promise<void> {
  await client.query(`alter database ${database} set search_path = public, pg_catalog`);
}

export async function startClock(client: Client, start: Date): Promise<StoryClock> {
  let distance = 0;
  const now = (): Date => new Date(Date.now() + distance);
  const set = async (instant: Date): Promise<void> => {
    distance = instant.getTime() - Date.now();
    await client.query(`update public.story_clock set distance = $1 * interval '1 millisecond'`, [distance]);
  };
  await set(start);
  return {
    now,
    moveTo: async (instant) => {
      if (instant <= now()) throw new Error(`the clock is past that already: it shows ${now().toISOString()}`);
      await set(instant);
    },
  };
}
