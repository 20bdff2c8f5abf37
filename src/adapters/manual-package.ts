// The package of connections without code: what it may be told, and that nothing is ever sent through it. Its orders are
// tickets for people (steps/take-order.ts, steps/complete-order.ts).
import { ConnectorError, type ConnectorPackageDefinition } from '@joinery/connector-kit';
import { manualPackage } from '../domain/connection-setting.js';

export const manualDefinition: ConnectorPackageDefinition = {
  name: manualPackage,
  version: '1.0.0',
  displayName: 'By hand',
  capabilities: ['MANUAL'],
  settingsSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      instructions: {
        type: 'string',
        title: 'Instructions',
        description: 'What the person who carries an order out is told: where to do it, and what to mind.',
      },
    },
  },
  open: () =>
    Promise.reject(
      new ConnectorError({
        code: 'CAPABILITY_MISSING',
        message: 'A manual connection cannot be called: its orders are carried out by people.',
        hint: 'Read the entity type by another connection, and write by this one.',
      }),
    ),
};
