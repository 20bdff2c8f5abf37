// Front door of the ticket package: connections without code, whose orders people carry out. What a ticket is, and what may stand
// in its instructions, is the engine's (domain/ticket.ts there); nothing is ever sent through it.
import { ConnectorError, defineConnector } from '@joinery/connector-kit';
import { ticketSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'ticket',
  version: '0.1.0',
  displayName: 'By hand',
  capabilities: ['MANUAL'],
  settingsSchema: ticketSettingsSchema,
  open: () =>
    Promise.reject(
      new ConnectorError({
        code: 'CAPABILITY_MISSING',
        message: 'A manual connection cannot be called: its orders are carried out by people.',
        hint: 'Read the entity type by another connection, and write by this one.',
      }),
    ),
});
