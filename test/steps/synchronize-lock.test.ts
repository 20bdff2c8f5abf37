// A reading applied while computations run: both take the rows of accounts before the marks of people, so neither waits in a circle.
import { expect, test } from '@jest/globals';
import { waitFor } from '../support/wait-for.js';
import { content, environment, ReadingFixture } from './reading-fixture.js';

const hr = new ReadingFixture('synchronize-lock');

test('a reading that waits for an account holds no mark that the computation of its owner must clear', async () => {
  hr.source.rows.set('account', [content('a1')]);
  await hr.read();
  const { id } = await hr.one<{ id: string }>(`select id from resource where key = 'p1'`);
  await hr.database.query(
    `insert into resource_assignment (id, identity_id, resource_type, resource_key, resource_id, is_due, expected, expected_hash, observed_hash, workflow_state, provisioning_state)
     select $1, $2, 'hr-account', key, id, true, '{}', '', hash, 'CALCULATED', 'VERIFIED' from resource where key = 'a1'`,
    [environment.newId(), id],
  );
  hr.source.rows.set('account', [content('a1', { mail: 'other' })]);
  let reading: Promise<unknown> = Promise.resolve();
  await hr.database.transaction(async (sql) => {
    await sql.query('select from resource_assignment for update');
    reading = hr.read();
    await waitFor(
      async () =>
        (
          await hr.database.query(
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
        ).rows.length > 0,
      { what: 'the reading to wait for the account' },
    );
    // As the computation does at its end; a row that somebody else holds is an error at once.
    const { rows } = await sql.query('select from dirty_identity where identity_id = $1 for update nowait', [id]);
    expect(rows).toHaveLength(1);
  });
  await expect(reading).resolves.toMatchObject({ state: 'COMPLETED', counters: { updated: 1 } });
  expect(await hr.dirtyKeys()).toContain('p1');
});
