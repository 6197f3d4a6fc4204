/* SPDX-License-Identifier: ISC */
#include "book/form.h"

#include "base/buf.h"

enum {
    REMINDER_MAX_MIN = 60 * 1440,
    FILLED_MAX = 8 * MAX_DESCRIPTION + 8 * MAX_ANSWERS * (MAX_QUESTION + MAX_ANSWER + 3)
};

enum name {
    NAME_CUSTOMER,
    NAME_EMAIL,
    NAME_ANSWERS,
    NAME_PAGE,
    NAME_HOST,
    NAME_ACCOUNT,
    NAME_LOCATION,
    NAME_COUNT
};

static const char *const names[NAME_COUNT] = {"customer", "email",   "answers", "page",
                                              "host",     "account", "location"};

static enum name find_name(struct text t)
{
    enum name name = 0;
    while (name < NAME_COUNT && !text_equal(t, text_from(names[name])))
        name++;
    return name;
}

/* The next piece of a text: a name in braces, or what stands before the next one. */
struct piece {
    struct text text; /* of a name: without its braces */
    bool is_name;
};

/* ERR_NOT_FOUND: nothing is left. ERR_INVALID: a brace stands alone, or around something unknown. */
static enum status next_piece(struct text *rest, struct piece *ret_piece)
{
    size_t n = 0;
    if (!rest->n)
        return ERR_NOT_FOUND;
    while (n < rest->n && rest->at[n] != '{' && rest->at[n] != '}')
        n++;
    if (n > 0) {
        *ret_piece = (struct piece){.text = {rest->at, n}};
        *rest = (struct text){rest->at + n, rest->n - n};
        return OK;
    }
    struct text inner = {rest->at + 1, rest->n - 1}, name, after;
    if (rest->at[0] != '{' || !text_cut(inner, '}', &name, &after) ||
        find_name(name) == NAME_COUNT)
        return ERR_INVALID;
    *ret_piece = (struct piece){.text = name, .is_name = true};
    *rest = after;
    return OK;
}

static enum status check_text(const char *which, struct text t, struct error *err)
{
    struct piece piece;
    enum status status;
    struct text rest = t;
    while ((status = next_piece(&rest, &piece)) == OK)
        continue;
    if (status == ERR_NOT_FOUND)
        return OK;
    return error_set(err, ERR_INVALID, which,
                     "\"" TEXT_FMT "\": braces are for {customer}, {email}, {answers}, {page}, "
                     "{host}, {account} and {location}",
                     TEXT_ARG(text_first(rest, 40)));
}

enum status form_check(const struct event_form *form, struct error *err)
{
    TRY(check_text("event title", form->title, err));
    TRY(check_text("event text", form->text, err));
    TRY(check_text("event location", form->location, err));
    if ((form->title.n && !text_is_line(form->title)) ||
        (form->location.n && !text_is_line(form->location)))
        return error_set(err, ERR_INVALID, "event", "its title and location are one line each");
    if (form->reminder_min < -1 || form->reminder_min > REMINDER_MAX_MIN)
        return error_set(err, ERR_INVALID, "event", "its reminder is up to %d minutes before",
                         REMINDER_MAX_MIN);
    return OK;
}

static void add_answers(struct buf *out, const struct customer *customer)
{
    for (size_t i = 0; i < customer->n_answers; i++) {
        buf_add_cstr(out, "\n");
        buf_add_text(out, customer->answers[i].question);
        buf_add_cstr(out, "\n");
        buf_add_text(out, customer->answers[i].answer);
        buf_add_cstr(out, "\n");
    }
}

static void add_value(struct buf *out, enum name name, const struct event_form *form,
                      const struct page_public *page, const struct customer *customer)
{
    switch (name) {
    case NAME_CUSTOMER:
        buf_add_text(out, customer->name);
        return;
    case NAME_EMAIL:
        if (!form->hides_email)
            buf_add_text(out, customer->email);
        return;
    case NAME_ANSWERS:
        if (!form->hides_answers)
            add_answers(out, customer);
        return;
    case NAME_PAGE:
        buf_add_text(out, page->title);
        return;
    case NAME_HOST:
        buf_add_text(out, page->host_name);
        return;
    case NAME_ACCOUNT:
        buf_add_text(out, page->account_name);
        return;
    case NAME_LOCATION:
        buf_add_text(out, page->location);
        return;
    case NAME_COUNT:
        return;
    }
}

/* Fill one line, without its end. Returns whether it is to stand: not where all it had is empty. */
static bool add_line(struct buf *out, struct text line, const struct event_form *form,
                     const struct page_public *page, const struct customer *customer)
{
    struct piece piece;
    size_t before = out->n;
    bool has_names = false;
    while (next_piece(&line, &piece) == OK) {
        has_names = has_names || piece.is_name;
        if (piece.is_name)
            add_value(out, find_name(piece.text), form, page, customer);
        else
            buf_add_text(out, piece.text);
    }
    return !has_names || out->n > before;
}

struct text form_fill(struct arena *a, struct text text, const struct event_form *form,
                      const struct page_public *page, const struct customer *customer,
                      size_t max)
{
    struct buf out CLEANUP(buf_wipe) = BUF(FILLED_MAX);
    struct text line, rest = text;
    bool goes_on = true, is_first = true;
    while (goes_on) {
        size_t before = out.n;
        goes_on = text_cut(rest, '\n', &line, &rest);
        if (!goes_on)
            line = rest;
        if (!is_first)
            buf_add_byte(&out, '\n');
        if (!add_line(&out, line, form, page, customer))
            out.n = before;
        else
            is_first = false;
    }
    return arena_text(a, text_first(buf_text(&out), max));
}
