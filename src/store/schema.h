/* SPDX-License-Identifier: ISC */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

/* One step of the schema: what both databases read, then what only one of them does. Of `both`, PostgreSQL's
 * driver translates the names of the types. A NULL part is empty. */
struct schema_step {
    const char *both;
    const char *sqlite;
    const char *postgres;
};

/* schema_ground.c */
extern const char schema_first[], schema_first_sqlite[], schema_first_postgres[],
    schema_second[];

/* schema_people.c */
extern const char schema_roles_and_tokens[], schema_removed_users[], schema_disabled_users[],
    schema_sign_in[], schema_proving[], schema_second_factors[], schema_setting_up[];

/* schema_oauth.c */
extern const char schema_oauth[], schema_single_sign_on[];

/* schema_keeping.c */
extern const char schema_audit[], schema_audit_subjects[], schema_many_keys[],
    schema_erasures[], schema_forgetting[];

/* schema_desk.c */
extern const char schema_desks[];

/* All of them, in their order (schema.c). */
extern const struct schema_step schema_steps[];
extern const int schema_version; /* how many there are */

#endif
