/* SPDX-License-Identifier: ISC */
#include "lang/say.h"

#include "format/html.h"

#define ISOLATE "\u2068"
#define ISOLATE_END "\u2069"

struct say say_begin(struct buf *out, enum language language, struct message message)
{
    return (struct say){out, language, message_in(language, message), 0};
}

struct say say_count(struct buf *out, enum language language, struct message message, int64_t n)
{
    return (struct say){out, language, message_form(language, message, n), 0};
}

/* Is this {1} to {9}? */
static bool is_value(const char *at)
{
    return at[0] == '{' && at[1] >= '1' && at[1] <= '9' && at[2] == '}';
}

bool say_next(struct say *s)
{
    bool isolates = language_is_rtl(s->language);
    if (s->value && isolates)
        buf_add_cstr(s->out, ISOLATE_END);
    s->value = 0;
    while (*s->at) {
        if (is_value(s->at)) {
            s->value = s->at[1] - '0';
            s->at += 3;
            if (isolates)
                buf_add_cstr(s->out, ISOLATE);
            return true;
        }
        size_t n = 1 + strcspn(s->at + 1, "{");
        html_add_text(s->out, (struct text){s->at, n});
        s->at += n;
    }
    return false;
}

void say_text(const struct say *s, struct text t)
{
    html_add_text(s->out, t);
}

void say_cstr(const struct say *s, const char *cstr)
{
    html_add_cstr(s->out, cstr);
}

void say_i64(const struct say *s, int64_t n)
{
    char digits[MESSAGE_NUMBER_SIZE];
    html_add_text(s->out, message_number(s->language, n, digits));
}

void say_size(const struct say *s, size_t n)
{
    say_i64(s, (int64_t)n);
}

void say_int(const struct say *s, int n)
{
    say_i64(s, n);
}
