// The settings of a connection without code.
import type { SettingsSchema } from '@joinery/connector-kit';

export const ticketSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    instructions: {
      type: 'string',
      title: 'Instructions',
      description:
        'What the person who carries an order out is told. {{person.displayName}}, {{person.<property>}}, {{account.key}} and {{change.<property>}} are filled in when the ticket is handed over.',
    },
  },
};
