// Every resolver class of the API, named one by one: what is not listed is not served.
import 'reflect-metadata';
import type { NonEmptyArray } from 'type-graphql';
import { DepartmentResolver } from './department.js';
import { IdentityResolver } from './identity.js';
import { NodeResolver } from './node.js';
import { IdentityResourceResolver, ResourceResolver } from './resource.js';
import { ServerResolver } from './server.js';
import { UserErrorResolver } from './user-error.js';
import { ViewerResolver } from './viewer.js';

export const resolverClasses: NonEmptyArray<abstract new () => object> = [
  NodeResolver,
  UserErrorResolver,
  ServerResolver,
  ViewerResolver,
  IdentityResolver,
  DepartmentResolver,
  ResourceResolver,
  IdentityResourceResolver,
];
