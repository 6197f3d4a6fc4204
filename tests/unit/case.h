/* SPDX-License-Identifier: ISC
 *
 * Reads the tables in tests/case: one row a line, words apart by white space, '#' begins a comment. The
 * folder comes as the test's first argument, from meson.
 */
#ifndef UNIT_CASE_H
#define UNIT_CASE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASE_LINE = 4096, CASE_WORDS = 256 };

struct case_file {
    FILE *file;
    const char *name;
    int line; /* of the row that was read last */
    char text[CASE_LINE];
    const char *words[CASE_WORDS]; /* of that row */
    size_t n_words;                /* 0 for a blank line */
};

static inline struct case_file case_open(const char *folder, const char *name)
{
    struct case_file c = {.name = name};
    char path[CASE_LINE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    c.file = fopen(path, "r");
    if (!c.file) {
        perror(path);
        exit(1);
    }
    return c;
}

/* Read the next row; false at the end. Blank lines are rows, lines of nothing but a comment are not. */
static inline bool case_next(struct case_file *c)
{
    while (fgets(c->text, sizeof c->text, c->file)) {
        c->line++;
        char *comment = strchr(c->text, '#');
        if (comment)
            *comment = 0;
        char *rest = c->text;
        c->n_words = 0;
        for (char *word; c->n_words < CASE_WORDS && (word = strtok_r(NULL, " \t\r\n", &rest));)
            c->words[c->n_words++] = word;
        if (c->n_words > 0 || !comment)
            return true;
    }
    return false;
}

static inline void case_close(struct case_file *c)
{
    fclose(c->file);
}

#endif
