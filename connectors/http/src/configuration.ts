// The settings of a REST connection as they are written, once the schema has let them through.
// Owns the shape; the schema is settings.ts, their meaning model.ts.
import type { AttributeDescription, ConnectorErrorCode, ScalarValue } from '@joinery/connector-kit';
import type { ConfiguredHttpClient } from '@joinery/http-client';
import type { ConfiguredRequest } from './template.js';

export interface ConfiguredPaging {
  readonly kind: 'none' | 'page' | 'offset' | 'cursor' | 'link' | 'url';
  readonly parameter?: string;
  readonly sizeParameter?: string;
  readonly size?: number;
  readonly first?: number;
  readonly next?: string;
  readonly total?: string;
}

export type ConfiguredListing = ConfiguredRequest & { readonly items: string; readonly paging?: ConfiguredPaging };

export interface ConfiguredAttribute {
  readonly name: string;
  readonly type?: AttributeDescription['type'];
  readonly path?: string;
  readonly read?: string;
  readonly write?: string;
  readonly required?: boolean;
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
}

export interface ConfiguredLink {
  readonly name: string;
  readonly targetObjectType: string;
  readonly field?: string;
  readonly list?: ConfiguredListing;
  readonly member?: string;
  readonly add?: ConfiguredRequest & { readonly batch?: number };
  readonly remove?: ConfiguredRequest & { readonly batch?: number };
}

export interface ConfiguredObjectType {
  readonly name: string;
  readonly key: string;
  readonly nameAttribute?: string;
  readonly keyPattern?: string;
  readonly attributes: readonly ConfiguredAttribute[];
  readonly list: ConfiguredListing;
  readonly read?: ConfiguredRequest & { readonly item?: string };
  readonly find?: ConfiguredRequest & { readonly items: string };
  readonly create?: ConfiguredRequest & { readonly item?: string };
  readonly update?: ConfiguredRequest & { readonly send?: 'changed' | 'whole' };
  readonly delete?: ConfiguredRequest;
  readonly links?: readonly ConfiguredLink[];
  readonly disabling?: {
    readonly attribute: string;
    readonly disabledValue: ScalarValue;
    readonly enabledValue: ScalarValue;
  };
  readonly passwordAttribute?: string;
  readonly changes?: ConfiguredRequest & {
    readonly items: string;
    readonly key: string;
    readonly deleted?: string;
    readonly item?: string;
    readonly next: string;
  };
}

export type AnswerCode = ConnectorErrorCode | 'ALREADY_SO';

export interface ConfiguredApi extends ConfiguredHttpClient {
  readonly objectTypes: readonly ConfiguredObjectType[];
  readonly errors?: readonly { readonly when: string; readonly code: AnswerCode; readonly message?: string }[];
  readonly ifMatch?: boolean;
  readonly check?: ConfiguredRequest;
}
