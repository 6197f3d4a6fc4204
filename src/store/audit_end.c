/* SPDX-License-Identifier: ISC
 *
 * Old rows end. The rows at the beginning of a chain are deleted, and a checkpoint is added at the end of this node's
 * own chain in the same transaction: it names the last row that went and that row's hash, behind which the rest of
 * the chain fits. So any node can end the rows of all, also of one that will never run again.
 *
 * A checkpoint that goes with the rows that end, and by which another chain still begins, is written again.
 */
#include "store/driver.h"
#include "store/trail.h"

struct ending {
    struct instant before;
    int64_t node;   /* whose chain; 0: not yet */
    int64_t n_rows; /* that ended */
};

/* Find the node behind ending->node; ERR_NOT_FOUND: that was the last. The rows of one are ended by one vault at a
 * time. */
static enum status next_node(struct db *db, struct ending *ending)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM nodes WHERE id > ? ORDER BY id LIMIT 1" FOR_UPDATE);
    bind_i64(&q, ending->node);
    TRY(query_step(&q));
    ending->node = column_i64(&q);
    return OK;
}

/* Find the last of the rows at a chain's beginning that are all old, AUDIT_PIECE at most. */
static enum status find_last(struct db *db, struct ending *ending, int64_t *ret_last,
                             struct buf *ret_hash)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, at, hash FROM audit WHERE id > ? AND id < ?"
                      " ORDER BY id LIMIT ?");
    bind_i64(&q, trail_first(ending->node));
    bind_i64(&q, trail_first(ending->node + 1));
    bind_i64(&q, AUDIT_PIECE);
    enum status status;
    ending->n_rows = 0;
    while ((status = query_step(&q)) == OK) {
        int64_t id = column_i64(&q);
        if (!instant_before(column_instant(&q), ending->before))
            return OK;
        *ret_last = id;
        buf_clear(ret_hash);
        buf_add_text(ret_hash, column_blob(&q));
        ending->n_rows++;
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status delete_rows(struct db *db, int64_t node, int64_t last)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM audit WHERE id > ? AND id <= ?");
    bind_i64(&q, trail_first(node));
    bind_i64(&q, last);
    return query_run(&q, NULL);
}

/* Write those checkpoints again by which other chains begin and which stand among the rows that end. */
static enum status keep_checkpoints(struct db *db, int64_t node, int64_t last)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT c.subject, c.details FROM audit AS c WHERE c.kind = 0 AND c.id > ?"
            " AND c.id <= ? AND (c.subject < ? OR c.subject >= ?) AND NOT EXISTS"
            " (SELECT 1 FROM audit AS d WHERE d.kind = 0 AND d.subject > c.subject"
            " AND d.subject < (c.subject / ? + 1) * ?)");
    bind_i64(&q, trail_first(node));
    bind_i64(&q, last);
    bind_i64(&q, trail_first(node));
    bind_i64(&q, trail_first(node + 1));
    bind_i64(&q, trail_first(1));
    bind_i64(&q, trail_first(1));
    enum status status;
    while ((status = query_step(&q)) == OK) {
        int64_t row = column_i64(&q);
        TRY(audit_add_checkpoint(db, row, column_blob(&q)));
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

/* End what is old of the next node's chain, a piece of it. */
static enum status end_rows(struct db *db, void *arg)
{
    struct ending *ending = arg;
    struct buf hash CLEANUP(buf_done) = BUF(HASH_BYTES);
    int64_t last = 0;
    if (ending->n_rows < AUDIT_PIECE)
        TRY(next_node(db, ending));
    TRY(find_last(db, ending, &last, &hash));
    if (!ending->n_rows)
        return OK;
    TRY(keep_checkpoints(db, ending->node, last));
    TRY(audit_add_checkpoint(db, last, buf_text(&hash)));
    return delete_rows(db, ending->node, last);
}

enum status store_audit_expire(struct store *st, struct instant before, struct error *err)
{
    struct ending ending = {.before = before};
    enum status status;
    while ((status = store_write(st, end_rows, &ending, err)) == OK)
        continue;
    return status == ERR_NOT_FOUND ? OK : status;
}
