import { DEFAULT_ROLE, DEFAULT_TYPE } from '@stele/schemas/canonical';

/** A part of the primary value of a list, or else of its first one that has it: what the waist calls primary, in SQL. */
export const ofPrimary = (column: string, part: string): string =>
  `jsonb_path_query_first(${column}, CASE WHEN ${column} @? '$[*] ? (@.primary == true)' THEN '$[*] ? (@.primary == true).${part}'::jsonpath ELSE '$[*].${part}'::jsonpath END) #>> '{}'`;

/** The role that a user is shown with. */
export const primaryRole = `COALESCE(${ofPrimary('u.roles', 'value')}, '${DEFAULT_ROLE}')`;

/** The name that a user is shown with. */
export const shownName =
  "COALESCE(NULLIF(u.display_name, ''), NULLIF(u.name_formatted, ''), NULLIF(concat_ws(' ', NULLIF(u.name_given_name, ''), NULLIF(u.name_family_name, '')), ''), u.user_name)";

/** The type that a user is shown with. */
export const shownType = `COALESCE(u.lifecycle_type, '${DEFAULT_TYPE}')`;
