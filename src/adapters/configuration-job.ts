// Shapes of what runs and who may do more: jobs, profiles, service accounts.
import { z } from 'zod';
import { profiles, taskKinds } from '../domain/configuration.js';
import { displayName, identifier, reference } from './configuration-word.js';

const jobStep = z.strictObject({
  identifier,
  kind: z.enum(taskKinds).describe('What the step does.'),
  connector: reference('a connector')
    .nullable()
    .default(null)
    .describe('For EXPORT and SYNCHRONIZE: identifier of the connector.'),
  level: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'Steps of one level may run together; the next level starts after all of them. Default: one more than the step before.',
    ),
});
export const job = z.strictObject({
  identifier,
  displayName,
  mode: z.enum(['COMPLETE', 'INCREMENTAL']).describe('Everything, or what changed.'),
  schedule: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Cron with five or six fields; null: only when launched.'),
  timeZone: z
    .string()
    .min(1)
    .optional()
    .describe('IANA time zone of the schedule. Default: the company’s (`JOINERY_TIME_ZONE`).'),
  isEnabled: z.boolean().default(true).describe('False: not run by its schedule.'),
  steps: z.array(jobStep).min(1).describe('The tasks, in order.'),
});

export const profile = z.strictObject({
  profile: z.enum(profiles).describe('Name of the profile.'),
  people: z.array(z.string().min(1)).min(1).describe('Identity keys of those who have it.'),
});
export const serviceAccount = z.strictObject({
  identifier,
  displayName,
  profiles: z.array(z.enum(profiles)).min(1).describe('What it may do.'),
  owner: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Identity key of the person who answers for it, and counts as the same wherever two people are needed.'),
});
