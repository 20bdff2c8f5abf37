// What is done to a row of a managed system, as the API shows it.
import { registerEnumType } from 'type-graphql';

export const ChangeKind = {
  CREATE: 'CREATE',
  UPDATE: 'UPDATE',
  DELETE: 'DELETE',
  ASSOCIATE: 'ASSOCIATE',
  DISSOCIATE: 'DISSOCIATE',
} as const;
export type ChangeKind = keyof typeof ChangeKind;
registerEnumType(ChangeKind, {
  name: 'ChangeKind',
  description: 'What is done to a resource.',
  valuesConfig: {
    CREATE: { description: 'It is made.' },
    UPDATE: { description: 'Some of its values or links change.' },
    DELETE: { description: 'It is removed.' },
    ASSOCIATE: { description: 'An existing one is given to its owner.' },
    DISSOCIATE: { description: 'It is taken from its owner and left in place.' },
  },
});
