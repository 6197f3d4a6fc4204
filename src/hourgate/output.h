/* SPDX-License-Identifier: ISC
 *
 * What commands print: aligned columns for people, JSON for scripts, one line for an error. Colour only on
 * a terminal and not under NO_COLOR; never the only carrier of a meaning.
 */
#ifndef HOURGATE_OUTPUT_H
#define HOURGATE_OUTPUT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "wire/messages.h"

enum column_kind {
    COLUMN_TEXT,
    COLUMN_NUMBER, /* to the right; bare in JSON */
    COLUMN_FLAG,   /* "yes" or "no"; true or false in JSON */
};

struct column {
    const char *key; /* in JSON; the heading in capitals otherwise */
    enum column_kind kind;
};

/* A table that is printed at its end. */
struct table {
    struct arena a;
    const struct column *columns; /* borrowed; ends in a NULL key */
    size_t n_columns;
    struct text *cells; /* n_rows * n_columns */
    size_t n_rows, size;
    size_t n_cells; /* added so far */
};

void table_init(struct table *table, const struct column *columns);
void table_done(struct table *table);

/* Add the next cell of the current row, copied; a row is full after n_columns. */
void table_text(struct table *table, struct text value);
void table_number(struct table *table, int64_t value);
void table_flag(struct table *table, bool value);

/* Print it: columns, or where json an array of objects. An empty one prints `when_empty` for people. */
void table_print(const struct table *table, bool json, const char *when_empty);

/* Print the doctor's findings, a line per layer and its fix below; json: {"ok":...,"layers":[...]}. Returns
 * whether all layers hold. */
bool output_layers(const struct layer *layers, size_t n_layers, bool json);

/* Format text as a JSON string. */
void output_json_string(struct buf *out, struct text t);

/* Print "hourgate: where: what" to standard error. */
void output_error(enum status status, const struct error *err);

#endif
