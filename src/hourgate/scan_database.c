/* SPDX-License-Identifier: ISC
 *
 * Values that are longer than a page of the file stand there in pieces, and PostgreSQL compresses long ones: a
 * search of files alone would miss a text. Here each value is looked at whole.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "hourgate/scan.h"
#include "hourgate/team.h"

static enum status ask_vault(struct scan *scan, struct search_answer *ret_answer,
                             struct error *err)
{
    struct search_ask ask = {.needles = ARENA_ARRAY(&scan->a, scan->n_forms, struct needle),
                             .n_needles = scan->n_forms};
    for (size_t i = 0; i < scan->n_forms; i++)
        ask.needles[i].bytes = scan->forms[i].bytes;
    struct team team;
    team_init(&team, &scan->call->config);
    enum status status = team_search(&team, &ask, &scan->call->a, ret_answer, err);
    team_done(&team);
    return status;
}

static const char *place_of(struct scan *scan, struct text table, struct text column)
{
    return arena_printf(&scan->call->a, TEXT_FMT "." TEXT_FMT, TEXT_ARG(table),
                        TEXT_ARG(column));
}

static void tell(struct scan *scan, const struct search_answer *answer)
{
    for (size_t i = 0; i < answer->n_tables; i++)
        scan_looked(scan,
                    arena_printf(&scan->call->a, "table " TEXT_FMT ", %" PRId64 " rows",
                                 TEXT_ARG(answer->tables[i].table), answer->tables[i].rows),
                    "column", (uint64_t)answer->tables[i].bytes);
    for (size_t i = 0; i < answer->n_found; i++) {
        const struct search_found *found = &answer->found[i];
        char at[32];
        if (found->needle < 0 || (size_t)found->needle >= scan->n_forms)
            continue;
        snprintf(at, sizeof at, "row %" PRId64, found->row);
        scan_found(scan, place_of(scan, found->table, found->column), "column", at,
                   (size_t)found->needle);
    }
    scan->n_found += (size_t)answer->more;
}

void scan_database(struct scan *scan)
{
    struct error err = {0};
    struct search_answer answer = {0};
    bool is_remote = *scan->call->config.store;
    if (ask_vault(scan, &answer, &err) != OK) {
        scan_unseen(scan, "all columns", "column", err.what);
        return;
    }
    tell(scan, &answer);
    if (!is_remote)
        return; /* its files are in the data directory */
    const char *directory = arena_cstr(&scan->call->a, answer.directory);
    if (*directory && access(directory, R_OK | X_OK) == 0)
        scan_path(scan, directory, "database server");
    else
        scan_unseen(scan, *directory ? directory : "the database server's own files",
                    "database server",
                    "not readable from here, or not told to this database user: look with "
                    "--also where they are");
}
