/** The pages of the documents that explain an error, by the code of the error or the status of its response. */
export const pages: Readonly<Record<string, string>> = {
  401: 'docs/access.md#api-keys',
  403: 'docs/access.md#scopes',
  405: 'docs/http.md#paths',
  412: 'docs/concepts.md#versions',
  415: 'docs/http.md#bodies',
  422: 'docs/concepts.md#idempotency',
  428: 'docs/concepts.md#versions',
  429: 'docs/access.md#limits',
  invalid_parameter: 'docs/http.md#query-parameters',
  request_in_progress: 'docs/concepts.md#idempotency',
  too_many_secrets: 'docs/access.md#rotation',
  invalidFilter: 'docs/scim.md#lists',
};

/** The page that explains an error, where there is one. */
export const pageOf = ({ code, status }: { readonly code: string; readonly status: number }): string | undefined =>
  [code, status].filter((key) => Object.hasOwn(pages, key)).map((key) => pages[key])[0];
