// Checked configurations that are not in force, kept for the plans made of them.
import type { Candidate, CandidateStore } from '../steps/ports/candidate.js';
import type { Database } from './database.js';

export const candidateStore = (database: Database): CandidateStore => ({
  keep: async ({ id, digest, configuration, baseVersion, createdBy }) => {
    await database.query(
      'insert into configuration_candidate (id, digest, document, base_version, created_by) values ($1, $2, $3, $4, $5)',
      [id, digest, JSON.stringify(configuration), baseVersion, createdBy],
    );
  },
  load: async (id) => {
    const { rows } = await database.query<Candidate>(
      `select id, digest, document as configuration, base_version as "baseVersion", created_by as "createdBy"
       from configuration_candidate where id = $1`,
      [id],
    );
    return rows[0] ?? null;
  },
});
