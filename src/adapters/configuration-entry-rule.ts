// What one entry must say in itself, beyond its shape: approvals that match their workflow, times and zones that exist.
import { Cron } from 'croner';
import type { ApprovalWorkflow } from '../domain/configuration.js';
import { unknownPlaceholders } from './setting.js';
import type { YamlPath } from './configuration-file.js';
import type { Entry, EntryKind } from './configuration-schema.js';

export interface EntryConflict {
  /** Inside the entry. */
  readonly path: YamlPath;
  readonly why: string;
  readonly hint: string;
}

export function entryConflicts<Kind extends EntryKind>(kind: Kind, entry: Entry<Kind>): readonly EntryConflict[] {
  switch (kind) {
    case 'singleRoles':
    case 'compositeRoles':
      return roleConflicts(entry as Entry<'singleRoles'>);
    case 'jobs':
      return jobConflicts(entry as Entry<'jobs'>);
    case 'connections':
      return placeholderConflicts((entry as Entry<'connections'>).settings, ['settings']);
    default:
      return [];
  }
}

const stepsOf: Readonly<Record<ApprovalWorkflow, number>> = {
  NONE: 0,
  MANAGER: 1,
  ONE_APPROVAL: 1,
  TWO_APPROVALS: 2,
  THREE_APPROVALS: 3,
};

function roleConflicts(role: Entry<'singleRoles'>): readonly EntryConflict[] {
  const workflow = role.approvalWorkflow ?? 'NONE';
  const approvers = role.approvers ?? (workflow === 'MANAGER' ? ['manager' as const] : []);
  const isUnsaid = role.isRequestable && role.approvalWorkflow === undefined;
  const conflicts: readonly (EntryConflict | false)[] = [
    role.isRequestable &&
      role.description === null && {
        path: ['description'],
        why: 'is missing: people may ask for this role and must read what it means',
        hint: 'Describe it in plain words.',
      },
    isUnsaid && {
      path: ['approvalWorkflow'],
      why: 'is missing: people may ask for this role',
      hint: `Write one of: ${Object.keys(stepsOf).join(', ')}.`,
    },
    !isUnsaid &&
      approvers.length !== stepsOf[workflow] && {
        path: ['approvers'],
        why: `names ${approvers.length} approvers, but ${workflow} has ${stepsOf[workflow]} steps`,
        hint: 'Name one per step: manager, owner, or people.',
      },
    approvers.includes('owner') &&
      role.owner === null && {
        path: ['approvers'],
        why: 'names the owner, but the role has none',
        hint: 'Add owner: with an identity key.',
      },
  ];
  return conflicts.filter((conflict) => conflict !== false);
}

const withConnector: readonly string[] = [
  'EXPORT',
  'PREPARE_SYNCHRONIZATION',
  'SYNCHRONIZE',
  'COMPUTE_CORRELATION_KEYS',
];
const needsConnector: readonly string[] = ['EXPORT', 'SYNCHRONIZE'];

function jobConflicts(job: Entry<'jobs'>): readonly EntryConflict[] {
  const zone = job.timeZone !== undefined && !isTimeZone(job.timeZone);
  const schedule = job.schedule === null ? null : cronProblem(job.schedule);
  return [
    ...(zone
      ? [
          {
            path: ['timeZone'],
            why: `«${job.timeZone}» is no time zone`,
            hint: 'Write an IANA name such as Europe/Paris.',
          },
        ]
      : []),
    ...(schedule === null
      ? []
      : [
          {
            path: ['schedule'],
            why: `is no cron schedule: ${schedule}`,
            hint: 'Write five fields (minute hour day month weekday), or six with seconds first.',
          },
        ]),
    ...job.steps.flatMap((step, index): EntryConflict[] => {
      if (step.connector === null && needsConnector.includes(step.kind))
        return [
          {
            path: ['steps', index, 'connector'],
            why: `is missing: ${step.kind} works on one connector`,
            hint: 'Name the connector.',
          },
        ];
      if (step.connector !== null && !withConnector.includes(step.kind))
        return [{ path: ['steps', index, 'connector'], why: `is not used by ${step.kind}`, hint: 'Remove it.' }];
      return [];
    }),
  ];
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return true;
  } catch {
    return false;
  }
}

function cronProblem(schedule: string): string | null {
  const fields = schedule.trim().split(/\s+/).length;
  if (fields < 5 || fields > 6) return `it has ${fields} fields`;
  try {
    // Paused: only parsed, never run.
    new Cron(schedule, { paused: true }).stop();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function placeholderConflicts(value: unknown, path: YamlPath): readonly EntryConflict[] {
  if (typeof value === 'string') {
    return unknownPlaceholders(value).map((name) => ({
      path,
      why: `«\${${name}}» stands for nothing`,
      hint: 'Write ${dataFolder}, or leave it out.',
    }));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    placeholderConflicts(inner, [...path, Array.isArray(value) ? Number(name) : name]),
  );
}
