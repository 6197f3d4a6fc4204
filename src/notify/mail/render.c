/* SPDX-License-Identifier: ISC */
#include "notify/mail/render.h"

#include "notify/mail/web.h"

enum { WIDTH = 72, LABEL_MAX = 16 };

/* Characters, as far as lines are concerned: bytes that begin one. */
static size_t width_of(struct text t)
{
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++)
        n += ((unsigned char)t.at[i] & 0xC0) != 0x80;
    return n;
}

static void indent_by(struct buf *out, size_t n)
{
    while (n-- > 0)
        buf_add_byte(out, ' ');
}

/* Write words on lines that begin at a column; the first one stands there already. */
static void add_wrapped_line(struct buf *out, struct text line, size_t indent)
{
    size_t used = indent;
    struct text word, rest = line;
    for (bool first = true; rest.n; first = false) {
        if (!text_cut(rest, ' ', &word, &rest)) {
            word = rest;
            rest = (struct text){0};
        }
        size_t width = width_of(word);
        if (!first && used + 1 + width > WIDTH) {
            buf_add_byte(out, '\n');
            indent_by(out, indent);
            used = indent;
        } else if (!first) {
            buf_add_byte(out, ' ');
            used++;
        }
        buf_add_text(out, word);
        used += width;
    }
    buf_add_byte(out, '\n');
}

/* The same for a text that has lines itself. */
static void add_wrapped(struct buf *out, struct text t, size_t indent)
{
    struct text line;
    for (bool first = true; t.n; first = false) {
        if (!text_cut(t, '\n', &line, &t)) {
            line = t;
            t = (struct text){0};
        }
        if (!first)
            indent_by(out, indent);
        add_wrapped_line(out, line, indent);
    }
}

static void add_paragraph(struct buf *out, struct text t)
{
    if (!t.n)
        return;
    buf_add_byte(out, '\n');
    add_wrapped(out, t, 0);
}

/* Labels form a column, unless one is too long for it: a question stands above its answer. */
static void add_facts(struct buf *out, const struct letter *letter)
{
    size_t column = 0;
    for (size_t i = 0; i < letter->n_facts; i++) {
        size_t width = width_of(letter->facts[i].label) + 2;
        if (width <= LABEL_MAX && width > column)
            column = width;
    }
    if (letter->n_facts)
        buf_add_byte(out, '\n');
    for (size_t i = 0; i < letter->n_facts; i++) {
        const struct letter_fact *fact = &letter->facts[i];
        size_t width = width_of(fact->label);
        buf_add_text(out, fact->label);
        if (width + 2 > LABEL_MAX) {
            buf_add_byte(out, '\n');
            width = 0;
        }
        indent_by(out, column - width);
        add_wrapped(out, fact->value, column);
        if (!fact->more.n)
            continue;
        indent_by(out, column);
        add_wrapped(out, fact->more, column);
    }
}

void render_text(struct buf *out, const struct letter *letter)
{
    add_wrapped(out, letter->heading, 0);
    add_paragraph(out, letter->lead);
    add_paragraph(out, letter->note);
    add_facts(out, letter);
    add_paragraph(out, letter->action_lead);
    if (letter->action.n) {
        buf_add_text(out, letter->action);
        buf_add_byte(out, '\n');
    }
    add_paragraph(out, letter->aside);
    buf_add_cstr(out, "\n-- \n");
    add_wrapped(out, letter->sender, 0);
}

void render_html(struct buf *out, const struct letter *letter)
{
    web_letter(out, letter->language, letter);
}
