// Pages as GraphQL types: the arguments, PageInfo, and a factory for <Name>Connection with <Name>Edge.
// What a page holds comes from resolvers/page.ts (`toConnection`).
import 'reflect-metadata';
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: 'Rows on the page, 1 to 100. Default 25; more is an error.' })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'Cursor (pageInfo.endCursor) after which the page begins.' })
  readonly after?: string | null;
}

/** For lists that can be walked from either end. */
@ArgsType()
export class PageWindowArgs extends PageArgs {
  @Field(() => Int, { nullable: true, description: 'Rows at the end of the list, or before the cursor, 1 to 100.' })
  readonly last?: number | null;

  @Field(() => String, { nullable: true, description: 'Cursor (pageInfo.startCursor) before which the page ends.' })
  readonly before?: string | null;
}

@ObjectType('PageInfo', { description: 'Where a page stands in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'There are rows after this page.' })
  readonly hasNextPage: boolean;

  @Field(() => Boolean, { description: 'There are rows before this page.' })
  readonly hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first row; null on an empty page.' })
  readonly startCursor: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last row; null on an empty page.' })
  readonly endCursor: string | null;
}

/** What resolvers return for a page. `question` is whatever the field resolvers of extra fields need (filter, scope). */
export interface ConnectionValue<Node extends object, Question = unknown> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
  /** Called only when totalCount is selected. */
  readonly count: () => Promise<number>;
  readonly question: Question;
}

/**
 * Makes `<name>Connection` and `<name>Edge`. `node` is a thunk that gives the object, interface or union type of the rows.
 * Extra fields (e.g. countsByProvisioningState): a `@FieldResolver(() => Type)` in a `@Resolver(() => ThatConnection)`;
 * its root is the `ConnectionValue`, whose `question` holds what was asked.
 */
export function pageType<Node extends object>(node: () => object, name: string): ClassType<ConnectionValue<Node>> {
  const nodeType = node as () => ClassType<Node>;

  @ObjectType(`${name}Edge`, { description: `One row of a page of ${name}, with its cursor.` })
  class Edge {
    @Field(() => String, { description: 'Position of this row in this order.' })
    readonly cursor: string;

    @Field(nodeType, { description: 'The row.' })
    readonly node: Node;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${name}.` })
  class Connection implements ConnectionValue<Node> {
    @Field(() => [Edge], { description: 'The rows with their cursors.' })
    readonly edges: readonly Edge[];

    @Field(() => [nodeType()], { description: 'The rows alone.' })
    readonly nodes: readonly Node[];

    @Field(() => PageInfo, { description: 'Where this page stands in the list.' })
    readonly pageInfo: PageInfo;

    readonly count: () => Promise<number>;
    readonly question: unknown;

    @Field(() => Int, { description: 'Rows of the whole list. Counted only when selected.' })
    totalCount(): Promise<number> {
      return this.count();
    }
  }
  return Connection;
}
