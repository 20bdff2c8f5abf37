// What leads from a department to its parent and to who runs it.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Department, Identity } from '../schema/identity.js';
import type { RequestContext } from './context.js';
import { findDepartment, findIdentity } from './identity-loader.js';

@Resolver(() => Department)
export class DepartmentResolver {
  @FieldResolver(() => Department, { nullable: true, description: 'The unit it is part of.' })
  parent(@Root() department: Department, @Ctx() context: RequestContext): Promise<Department | null> {
    return findDepartment(department.parentId, context);
  }

  @FieldResolver(() => Identity, { nullable: true, description: 'Who runs it.' })
  manager(@Root() department: Department, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(department.managerId, context);
  }
}
