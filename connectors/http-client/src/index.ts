// The front door of the HTTP client, which packages for web services share.
export { type HttpClient, isOpen, isSuccess, openHttpClient, succeeded } from './client.js';
export { answerError, type KnownFailure, retryAfterMs } from './failure.js';
export { type PositionedListing, type PositionedPage, positionedPages } from './paging.js';
export {
  type HttpAnswer,
  type HttpCall,
  type HttpRequest,
  isPathSegment,
  jsonIfAny,
  jsonOf,
  pathSegment,
} from './request.js';
export {
  type ConfiguredHttpClient,
  httpClientProperties,
  type HttpClientSettings,
  httpClientSettings,
  type HttpCredentials,
} from './settings.js';
