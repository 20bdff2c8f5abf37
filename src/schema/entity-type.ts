// Classes of rows of managed systems and their properties, as the API shows them.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from './node.js';

export const PropertyKind = { SCALAR: 'SCALAR', NAVIGATION: 'NAVIGATION' } as const;
export type PropertyKind = keyof typeof PropertyKind;
registerEnumType(PropertyKind, {
  name: 'PropertyKind',
  description: 'What a property holds.',
  valuesConfig: {
    SCALAR: { description: 'A plain value.' },
    NAVIGATION: { description: 'A link to another resource, or several.' },
  },
});

@ObjectType('EntityType', {
  implements: Node,
  description: 'Shape of the resources of one system table, e.g. Directory_User or AD_Entry.',
})
export class EntityType extends Node {
  @Field(() => String, { description: 'Name for machines.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;
}

@ObjectType('EntityProperty', { implements: Node, description: 'One property of an entity type.' })
export class EntityProperty extends Node {
  @Field(() => String, { description: 'Name for machines, unique within the entity type.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => PropertyKind, { description: 'What it holds.' })
  readonly kind: PropertyKind;

  @Field(() => Boolean, { description: 'It is the key of a row.' })
  readonly isKey: boolean;

  @Field(() => Boolean, { description: 'It holds several values.' })
  readonly isMultivalued: boolean;

  @Field(() => Boolean, { description: 'Its value is never shown.' })
  readonly isSecret: boolean;

  /** Identifier of the entity type it links to. */
  readonly references: string | null;
}
