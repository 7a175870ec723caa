import type { MemberDetail } from '@stele/schemas/canonical';
import type { Statement } from './database.ts';

/** The members of a row of `g`, in the order in which they came. */
const memberColumns: Readonly<Record<MemberDetail, string>> = {
  none: 'NULL::json',
  default: `(
    SELECT COALESCE(
      json_agg(json_build_object('id', m.member_id, 'type', m.member_type) ORDER BY m.added_at, m.member_id),
      '[]'
    )
    FROM group_members m
    WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id
  )`,
  all: `(
    SELECT COALESCE(
      json_agg(
        json_build_object(
          'id', m.member_id,
          'type', m.member_type,
          'display', COALESCE(u.display_name, u.user_name, o.display_name)
        )
        ORDER BY m.added_at, m.member_id
      ),
      '[]'
    )
    FROM group_members m
    LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.member_id
    LEFT JOIN groups o ON o.tenant_id = m.tenant_id AND o.id = m.member_id
    WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id
  )`,
};

/** A group as one JSON value, and its members as another. */
export const selectedGroup = (members: MemberDetail): string => `row_to_json(g), ${memberColumns[members]}`;

export const findGroup = (members: MemberDetail): Statement => ({
  name: `find-group-${members}`,
  text: `SELECT ${selectedGroup(members)} FROM groups g WHERE g.tenant_id = $1 AND g.id = $2 AND g.deleted_at IS NULL`,
});

/** Of a group that is to change. It may become a member of another one meanwhile. */
export const lockGroup: Statement = { name: 'lock-group', text: `${findGroup('none').text} FOR NO KEY UPDATE` };

/** The groups of a user or group that is to be deleted, and that group itself: all of them change. */
export const lockContainers: Statement = {
  name: 'lock-containers',
  text: `
    SELECT id
    FROM groups
    WHERE tenant_id = $1 AND id = ANY (ARRAY (
      SELECT $2::uuid
      UNION ALL
      SELECT group_id FROM group_members WHERE tenant_id = $1 AND member_id = $2
    ))
    ORDER BY id
    FOR NO KEY UPDATE`,
};

/** Of a group that is to be deleted, after `lockContainers`: a write that adds it to another group waits, and then does not find it. */
export const lockGroupForDeletion: Statement = {
  name: 'lock-group-for-deletion',
  text: `${findGroup('none').text} FOR UPDATE`,
};

/** Those of these ids that are there, kept from being deleted until the end of the transaction. */
export const lockUsers: Statement = {
  name: 'lock-users',
  text: `SELECT id FROM users WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE`,
};

export const lockGroups: Statement = {
  name: 'lock-groups',
  text: `SELECT id FROM groups WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE`,
};

/**
 * What each of some names of members stands for: 0 an id, 1 the `externalId` of a user or group in a provisioning domain, 2 the
 * e-mail address of a user. Parameters: tenant, names, their keys as an `externalId` and as an address, and those that are ids.
 * Three matches are enough to know that there are several of a rank.
 */
export const findMembersByName: Statement = {
  name: 'find-members-by-name',
  text: `
    SELECT wanted.name, found.id, found.rank
    FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[]) AS wanted (name, external_id_key, email_key, id)
    CROSS JOIN LATERAL (
      (
        SELECT id, 0 AS rank FROM users WHERE tenant_id = $1 AND id = wanted.id AND deleted_at IS NULL
        UNION ALL
        SELECT id, 0 FROM groups WHERE tenant_id = $1 AND id = wanted.id AND deleted_at IS NULL
        UNION ALL
        SELECT id, 1 FROM users
        WHERE tenant_id = $1 AND deleted_at IS NULL
          AND external_id_keys(tenant_id, external_ids) @> ARRAY[wanted.external_id_key]
        UNION ALL
        SELECT id, 1 FROM groups
        WHERE tenant_id = $1 AND deleted_at IS NULL
          AND external_id_keys(tenant_id, external_ids) @> ARRAY[wanted.external_id_key]
        UNION ALL
        SELECT id, 2 FROM users
        WHERE tenant_id = $1 AND deleted_at IS NULL
          AND email_keys(COALESCE(folds -> 'emails', emails)) @> ARRAY[wanted.email_key]
      )
      ORDER BY rank
      LIMIT 3
    ) found
    ORDER BY wanted.name, found.rank`,
};

export const insertGroup: Statement = {
  name: 'insert-group',
  text: `
    INSERT INTO groups (tenant_id, id, version, created_at, updated_at, display_name, display_name_key, external_ids)
    VALUES ($1, $2, 1, $3, $3, $4, $5, $6)`,
};

export const updateGroup: Statement = {
  name: 'update-group',
  text: `
    UPDATE groups
    SET version = version + 1, updated_at = $3, display_name = $4, display_name_key = $5, external_ids = $6
    WHERE tenant_id = $1 AND id = $2`,
};

/**
 * Reserves `externalId` and name of a group in each provisioning domain, and frees those of other domains. Fails where
 * another group has both. Parameters: tenant, group, key of the name, domains, values.
 */
export const reserveExternalIds: Statement = {
  name: 'reserve-external-ids',
  text: `
    WITH freed AS (
      DELETE FROM group_external_ids
      WHERE tenant_id = $1 AND group_id = $2 AND domain <> ALL ($4::text[])
    )
    INSERT INTO group_external_ids (tenant_id, group_id, domain, external_id, display_name_key)
    SELECT $1, $2, domain, external_id, $3
    FROM unnest($4::text[], $5::text[]) AS reserved (domain, external_id)
    ORDER BY domain
    ON CONFLICT (tenant_id, group_id, domain)
    DO UPDATE SET external_id = excluded.external_id, display_name_key = excluded.display_name_key`,
};

export const deleteGroup: Statement = {
  name: 'delete-group',
  text: `
    WITH removed AS (
      DELETE FROM group_members WHERE tenant_id = $1 AND group_id = $2
    )
    UPDATE groups SET version = version + 1, updated_at = $3, deleted_at = $3 WHERE tenant_id = $1 AND id = $2`,
};

/** Whoever belongs already stays as it is. Parameters: tenant, group, members, time, and which of them are groups. */
export const addMembers: Statement = {
  name: 'add-members',
  text: "INSERT INTO group_members (tenant_id, group_id, member_id, member_type, added_at) SELECT $1, $2, id, CASE WHEN id = ANY ($5::uuid[]) THEN 'Group' ELSE 'User' END, $4 FROM unnest($3::uuid[]) id ON CONFLICT DO NOTHING RETURNING member_id",
};

export const removeMembers: Statement = {
  name: 'remove-members',
  text: 'DELETE FROM group_members WHERE tenant_id = $1 AND group_id = $2 AND member_id = ANY ($3::uuid[]) RETURNING member_id',
};

/**
 * Removes the members of a range of ids that are not among these. Parameters: tenant, group, ids, first id, and the id after the
 * last one. `EXCEPT` compares by hash or sort: a condition on the list would compare each member with each id.
 */
export const removeOtherMembers: Statement = {
  name: 'remove-other-members',
  text: `
    DELETE FROM group_members
    WHERE tenant_id = $1 AND group_id = $2 AND member_id = ANY (ARRAY (
      SELECT member_id
      FROM group_members
      WHERE tenant_id = $1 AND group_id = $2 AND member_id >= $4 AND member_id < $5
      EXCEPT
      SELECT unnest($3::uuid[])
    ))
    RETURNING member_id`,
};

export const recordGroup: Statement = {
  name: 'record-group',
  text: 'INSERT INTO group_history (tenant_id, group_id, version, at, credential_id, dialect, operation, request_id, changes, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
};

/**
 * Takes a user or group that is deleted out of groups, each of which moves to its next version, and counts those that it is left in.
 * Parameters: tenant, member, time, then credential, dialect, operation, request and actor for the history, and the groups. These are
 * locked by an earlier statement: one that locks rows and changes them may meet versions of them that are older than its locks.
 */
export const leaveGroups: Statement = {
  name: 'leave-groups',
  text: `
    WITH removed AS (
      DELETE FROM group_members
      WHERE tenant_id = $1 AND member_id = $2 AND group_id = ANY ($9::uuid[])
      RETURNING group_id
    ),
    changed AS (
      UPDATE groups
      SET version = version + 1, updated_at = GREATEST($3, updated_at + interval '1 ms')
      FROM removed
      WHERE tenant_id = $1 AND id = removed.group_id
      RETURNING id, version, updated_at
    ),
    recorded AS (
      INSERT INTO group_history (tenant_id, group_id, version, at, credential_id, dialect, operation, request_id, changes, actor)
      SELECT $1, id, version, updated_at, $4, $5, $6, $7,
        jsonb_build_object('members', jsonb_build_object('removed', jsonb_build_array($2::uuid))), $8
      FROM changed
    )
    SELECT count(*)::integer
    FROM group_members
    WHERE tenant_id = $1 AND member_id = $2 AND group_id <> ALL ($9)`,
};
