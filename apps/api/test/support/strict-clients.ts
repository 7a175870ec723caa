/** What the strict profile does with a case of `stele scim check` that it does not take as the client needs. */
export interface StrictOutcome {
  /** The status of each step on commit 5d79bc3, and after a colon those of the operations of a bulk request. */
  readonly was: string;
  /** The statuses where they are others on purpose. */
  readonly is?: string;
  /** Why they are others. */
  readonly why?: string;
}

const NAMELESS_MEMBER = 'A member that names no resource is rejected in every profile. PUT and POST lost it silently.';
const WEAK_ETAG = 'RFC 7644 3.7 and 3.14 print weak ETags: versions are compared weakly in every profile.';

/** Frozen: `strict` rejects what it rejected before the tolerances of the default profile came. */
export const strictOutcomes: Readonly<Record<string, StrictOutcome>> = {
  'okta.life-cycle': { was: '200 200 200 201 200 200 200 201 200 204 200 400 200 200 204 204 200 200 200 204 200 200' },
  'okta.post-roles-texts': { was: '400' },
  'okta.post-roles-text': { was: '400' },
  'okta.put-roles-texts': { was: '201 400' },
  'entra.life-cycle': {
    was: '200 200 200 201 201 400 200 200 201 200 400 200 400 200 400 400 204 400 400 204 404 201 204',
  },
  'entra.filter-emails-work-value': { was: '201 400 400' },
  'entra.filter-phone-mobile-value': { was: '201 400' },
  'entra.filter-address-work-locality': { was: '201 400' },
  'entra.search-emails-work-value': { was: '201 400' },
  'entra.filter-externalId-unquoted': { was: '201 400' },
  'entra.filter-active-True': { was: '201 400' },
  'entra.patch-member-displayName': { was: '201 201 400 200' },
  'entra.patch-remove-deleted-member': { was: '201 201 201 204 400 400 200' },
  'entra.put-misspelled-attribute': { was: '201 400' },
  'entra.read-inactive': { was: '201 400 200 200' },
  'entra.double-slash': {
    was: '404',
    is: '200',
    why: 'Repeated slashes in a path are one, in every profile: no resource has an empty name.',
  },
  'entra.match-on-email': { was: '400' },
  'entra.patch-id-beside-operations': { was: '201 400 200' },
  'entra.root-search-emails-work-value': { was: '201 400' },
  'onelogin.life-cycle-enterprise': { was: '200 200 400 400' },
  'onelogin.put-old-urns': { was: '201 400' },
  'onelogin.post-old-urns': { was: '400' },
  'onelogin.template-core-1': { was: '400' },
  'onelogin.template-keepnet': { was: '400' },
  'onelogin.template-zabbix': { was: '400' },
  'authentik.life-cycle': { was: '200 201 409 200 200 201 204 200 204 200 400 204 204' },
  'authentik.patch-group-without-schemas': { was: '201 400 200' },
  'authentik.post-user-without-schemas': { was: '400' },
  'authentik.post-unknown-extension': { was: '400' },
  'keycloak.life-cycle-patch': { was: '201 201 400 200 400 200 400 200 204 204' },
  'scimgateway.life-cycle': { was: '200 200 400 200' },
  'scimgateway.patch-two-conditions': { was: '201 400 200' },
  'scim-sdk.patch-list-of-one': { was: '201 400 200' },
  'scim-sdk.patch-name-list-of-one': { was: '201 400 200' },
  'scim-sdk.patch-email-list-of-one': { was: '201 400 200' },
  'scim-sdk.patch-group-list-of-one': { was: '201 201 400 200' },
  'scim-sdk.put-member-null': {
    was: '201 201 200 200',
    is: '201 201 400 200',
    why: NAMELESS_MEMBER,
  },
  'scim-sdk.put-member-display-only': { was: '201 201 200 200', is: '201 201 400 200', why: NAMELESS_MEMBER },
  'scim-sdk.put-member-value-null': { was: '201 201 200 200', is: '201 201 400 200', why: NAMELESS_MEMBER },
  'scim-sdk.bulk-returnResource': { was: '200:400' },
  'scim-sdk.bulk-weak-version': {
    was: '201 200:412',
    is: '201 200:200',
    why: WEAK_ETAG,
  },
  'wso2.filter-displayName-unquoted': { was: '201 400' },
  'wso2.post-empty-schemas': { was: '400' },
  'wso2.patch-empty-schemas': { was: '201 201 400 200' },
  'wso2.search-without-schemas': { was: '400' },
  'wso2.post-member-display-only': { was: '201', is: '400', why: NAMELESS_MEMBER },
  'several.filter-created-date': { was: '201 400' },
  'several.put-group-without-schemas': { was: '201 400 200' },
  'several.patch-urn-dot': { was: '201 400 200' },
  'several.patch-members-texts': { was: '201 201 400 200' },
  'several.patch-members-text': { was: '201 201 400 200' },
  'several.get-base': { was: '404', is: '200', why: 'The base URL links to what is below it.' },
  'several.config-without-token': {
    was: '401',
    is: '200',
    why: 'RFC 7643 5: the configuration of the service is public.',
  },
  'several.attributes-twice': { was: '201 400' },
  'several.bulk-data-without-schemas': { was: '200:400' },
  'several.if-match-weak': { was: '201 412', is: '201 200', why: WEAK_ETAG },
  'several.externalId-of-two-providers': {
    was: '201 200 409 200 200',
    is: '201 200 201 200 200',
    why: 'RFC 7643 3.1: an externalId belongs to the domain of the client.',
  },
  'several.post-roles-comma': { was: '400' },
  'several.post-old-enterprise-container': { was: '400' },
};
