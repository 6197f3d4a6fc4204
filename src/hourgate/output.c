/* SPDX-License-Identifier: ISC
 *
 * Texts come from the database and from servers: a control character would reach the operator's terminal, so
 * each becomes '?'. Widths count characters, not bytes.
 */
#include "hourgate/output.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OUTPUT_MAX = 16 << 20, GAP = 2 };

void table_init(struct table *table, const struct column *columns)
{
    *table = (struct table){.columns = columns};
    while (columns[table->n_columns].key)
        table->n_columns++;
}

void table_done(struct table *table)
{
    free(table->cells);
    arena_done(&table->a);
    *table = (struct table){0};
}

void table_text(struct table *table, struct text value)
{
    if (table->n_cells == table->size) {
        table->size = table->size ? table->size * 2 : 64;
        table->cells = reallocarray(table->cells, table->size, sizeof *table->cells);
        ENSURE(table->cells);
    }
    table->cells[table->n_cells++] = arena_text(&table->a, value);
    table->n_rows = table->n_cells / table->n_columns;
}

void table_number(struct table *table, int64_t value)
{
    table_text(table, text_from(arena_printf(&table->a, "%lld", (long long)value)));
}

void table_flag(struct table *table, bool value)
{
    table_text(table, value ? TEXT("yes") : TEXT("no"));
}

static size_t width_of(struct text t)
{
    size_t width = 0;
    for (size_t i = 0; i < t.n; i++)
        width += ((unsigned char)t.at[i] & 0xc0) != 0x80;
    return width;
}

static void add_printable(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        buf_add_byte(out, (unsigned char)t.at[i] < 0x20 || t.at[i] == 0x7f
                              ? '?'
                              : (unsigned char)t.at[i]);
}

static void add_padding(struct buf *out, size_t n)
{
    while (n-- > 0)
        buf_add_byte(out, ' ');
}

void output_json_string(struct buf *out, struct text t)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\u%04x", c);
        else
            buf_add_byte(out, c);
    }
    buf_add_byte(out, '"');
}

static struct text cell(const struct table *table, size_t row, size_t column)
{
    return table->cells[row * table->n_columns + column];
}

static void add_json(struct buf *out, const struct table *table)
{
    buf_add_byte(out, '[');
    for (size_t row = 0; row < table->n_rows; row++) {
        buf_add_cstr(out, row ? ",\n {" : "{");
        for (size_t i = 0; i < table->n_columns; i++) {
            struct text value = cell(table, row, i);
            buf_printf(out, "%s\"%s\":", i ? "," : "", table->columns[i].key);
            if (table->columns[i].kind == COLUMN_TEXT)
                output_json_string(out, value);
            else if (table->columns[i].kind == COLUMN_NUMBER)
                buf_add_text(out, value);
            else
                buf_add_cstr(out, text_equal(value, TEXT("yes")) ? "true" : "false");
        }
        buf_add_byte(out, '}');
    }
    buf_add_cstr(out, "]\n");
}

static void add_line(struct buf *out, const struct table *table, const struct text *line,
                     const size_t *widths)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        size_t padding = widths[i] - width_of(line[i]);
        bool is_last = i + 1 == table->n_columns;
        if (table->columns[i].kind == COLUMN_NUMBER)
            add_padding(out, padding);
        add_printable(out, line[i]);
        if (table->columns[i].kind != COLUMN_NUMBER && !is_last)
            add_padding(out, padding);
        if (!is_last)
            add_padding(out, GAP);
    }
    buf_add_byte(out, '\n');
}

static void add_columns(struct buf *out, struct arena *a, const struct table *table)
{
    size_t *widths = ARENA_ARRAY(a, table->n_columns, size_t);
    struct text *headings = ARENA_ARRAY(a, table->n_columns, struct text);
    for (size_t i = 0; i < table->n_columns; i++) {
        char *heading = arena_cstr(a, text_from(table->columns[i].key));
        for (char *at = heading; *at; at++)
            *at = *at == '_' ? ' ' : (char)toupper((unsigned char)*at);
        headings[i] = text_from(heading);
        widths[i] = width_of(headings[i]);
        for (size_t row = 0; row < table->n_rows; row++)
            if (width_of(cell(table, row, i)) > widths[i])
                widths[i] = width_of(cell(table, row, i));
    }
    add_line(out, table, headings, widths);
    for (size_t row = 0; row < table->n_rows; row++)
        add_line(out, table, &table->cells[row * table->n_columns], widths);
}

static void print(struct buf *out)
{
    fwrite(out->at, 1, out->n, stdout);
    fflush(stdout);
}

void table_print(const struct table *table, bool json, const char *when_empty)
{
    CLEANUP(buf_done) struct buf out = BUF(OUTPUT_MAX);
    CLEANUP(arena_done) struct arena a = {0};
    if (json)
        add_json(&out, table);
    else if (table->n_rows)
        add_columns(&out, &a, table);
    else
        buf_printf(&out, "%s\n", when_empty);
    print(&out);
}

static bool wants_colour(FILE *to)
{
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(fileno(to)) && !(no && *no) && !(terminal && strcmp(terminal, "dumb") == 0);
}

static const char *const state_words[LAYER_STATE_COUNT] = {[LAYER_OK] = "ok",
                                                           [LAYER_WARN] = "warn",
                                                           [LAYER_REFUSED] = "refused",
                                                           [LAYER_SKIPPED] = "skipped"};

static void add_layer_lines(struct buf *out, const struct layer *layer, size_t width,
                            bool colour)
{
    static const char *const colours[LAYER_STATE_COUNT] = {[LAYER_OK] = "\033[32m",
                                                           [LAYER_WARN] = "\033[33m",
                                                           [LAYER_REFUSED] = "\033[31m",
                                                           [LAYER_SKIPPED] = "\033[2m"};
    add_printable(out, layer->name);
    add_padding(out, width - width_of(layer->name) + GAP);
    buf_printf(out, "%s%-7s%s ", colour ? colours[layer->state] : "", state_words[layer->state],
               colour ? "\033[0m" : "");
    add_printable(out, layer->detail);
    buf_add_byte(out, '\n');
    if (!layer->fix.n)
        return;
    add_padding(out, width + GAP);
    buf_add_cstr(out, "fix     ");
    add_printable(out, layer->fix);
    buf_add_byte(out, '\n');
}

static void add_layer_json(struct buf *out, const struct layer *layer)
{
    buf_add_cstr(out, "{\"layer\":");
    output_json_string(out, layer->name);
    buf_printf(out, ",\"state\":\"%s\",\"detail\":", state_words[layer->state]);
    output_json_string(out, layer->detail);
    buf_add_cstr(out, ",\"fix\":");
    output_json_string(out, layer->fix);
    buf_add_byte(out, '}');
}

bool output_layers(const struct layer *layers, size_t n_layers, bool json)
{
    CLEANUP(buf_done) struct buf out = BUF(OUTPUT_MAX);
    bool all_hold = n_layers > 0, colour = wants_colour(stdout);
    size_t width = 8;
    for (size_t i = 0; i < n_layers; i++) {
        all_hold = all_hold && (layers[i].state == LAYER_OK || layers[i].state == LAYER_WARN);
        width = width_of(layers[i].name) > width ? width_of(layers[i].name) : width;
    }
    if (json)
        buf_printf(&out, "{\"ok\":%s,\"layers\":[", all_hold ? "true" : "false");
    for (size_t i = 0; i < n_layers; i++) {
        if (json && i)
            buf_add_cstr(&out, ",\n ");
        if (json)
            add_layer_json(&out, &layers[i]);
        else
            add_layer_lines(&out, &layers[i], width, colour);
    }
    if (json)
        buf_add_cstr(&out, "]}\n");
    print(&out);
    return all_hold;
}

void output_error(enum status status, const struct error *err)
{
    bool colour = wants_colour(stderr);
    const char *what = err && *err->what ? err->what : status_name(status);
    fprintf(stderr, "%shourgate:%s %s%s%s\n", colour ? "\033[31m" : "", colour ? "\033[0m" : "",
            err && *err->where ? err->where : "", err && *err->where ? ": " : "", what);
    if (err && err->retry_s > 0)
        fprintf(stderr, "          try again in %lld s\n", (long long)err->retry_s);
}
