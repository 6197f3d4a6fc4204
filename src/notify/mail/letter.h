/* SPDX-License-Identifier: ISC
 *
 * What a mail says, before anybody knows how it will look: blocks of text in the reader's language. One
 * function writes it, two read it (render.h).
 */
#ifndef NOTIFY_MAIL_LETTER_H
#define NOTIFY_MAIL_LETTER_H

#include "base/arena.h"
#include "lang/message.h"
#include "time/zone.h"
#include "wire/messages.h"

enum { LETTER_FACTS = 9 + MAX_SERIES + MAX_ANSWERS };

struct letter_fact {
    struct text label;
    struct text value;
    struct text more; /* a second, quieter line; empty: none */
    bool is_over;     /* holds no longer */
};

struct letter {
    enum language language;
    const char *lang;                          /* "de" */
    struct text accent, dark_accent, dark_ink; /* "#1f6f5c": of the button; on dark screens */
    struct text subject;
    struct text heading;
    struct text lead; /* one paragraph */
    struct text note; /* the account's own, may have lines; empty: none */
    struct letter_fact facts[LETTER_FACTS];
    size_t n_facts;
    struct text action_lead;            /* above the link; empty: there is no link */
    struct text action_label;           /* on the button */
    struct text action;                 /* the link itself */
    struct text aside;                  /* quieter, below; empty: none */
    struct text sender;                 /* who sends this, and why */
    bool is_good, is_ended, is_waiting; /* one of them: the mark at the top */
};

/* Write the letter of a mail. Texts live in a, or are borrowed from mail. Where a zone is not known, UTC
 * stands in; zones as zones_load gave them. */
struct letter letter_write(struct arena *a, const struct zones *zones,
                           const struct mail_ask *mail);

/* What the customer's calendar entry says, for both .ics and Exchange's invitation. */
struct text letter_entry_title(struct arena *a, const struct mail_ask *mail);
struct text letter_entry_text(struct arena *a, const struct mail_ask *mail);

#endif
