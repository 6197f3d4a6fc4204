/* SPDX-License-Identifier: ISC
 *
 * What stands between a stranger's bytes and libical, whose destructor goes as deep as the text does and whose
 * strings end in NUL: lines are unfolded first (RFC 5545 3.1), so that BEGIN and END are seen as libical will
 * see them, and counted.
 */
#include <stdlib.h>

#include "base/secret.h"
#include "calendar/ical/inner.h"

enum { LINES_MAX = 2000000 };

/* Copy the text without the folds; what is not text becomes a space. Returns a C string of malloc's. */
static char *unfolded(struct text text)
{
    char *out = malloc(text.n + 2), *to = out;
    ENSURE(out);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.at[i];
        size_t end = i + (c == '\r');
        bool is_end = end < text.n && text.at[end] == '\n';
        if (is_end && end + 1 < text.n && (text.at[end + 1] == ' ' || text.at[end + 1] == '\t'))
            i = end + 1;
        else if (c == '\r' && is_end)
            continue;
        else
            *to++ = c == '\n' || c == '\t' || (unsigned char)c >= ' ' ? c : ' ';
    }
    *to++ = '\n';
    *to = 0;
    return out;
}

static bool begins(struct text line, struct text word)
{
    return line.n >= word.n && text_equal_nocase((struct text){line.at, word.n}, word);
}

/* Are components nested no deeper than they may, and does one begin at all? */
static enum status look_over(struct text text, struct error *err)
{
    size_t depth = 0, deepest = 0, lines = 0;
    struct text line, rest = text;
    while (text_cut(rest, '\n', &line, &rest)) {
        line = text_trim(line);
        if (begins(line, TEXT("BEGIN:")))
            depth++;
        else if (begins(line, TEXT("END:")) && depth > 0)
            depth--;
        deepest = depth > deepest ? depth : deepest;
        if (deepest > ICAL_DEPTH_MAX || ++lines > LINES_MAX)
            return error_set(err, ERR_UPSTREAM, "icalendar",
                             "the calendar object is nested too deep or has too many lines");
    }
    if (!deepest || depth)
        return error_set(err, ERR_UPSTREAM, "icalendar",
                         deepest ? "the calendar object is cut short"
                                 : "what came is no calendar object");
    return OK;
}

icalcomponent *ical_parse(struct text text, struct error *err)
{
    icalcomponent *object = NULL;
    if (text.n > ICAL_TEXT_MAX) {
        error_set(err, ERR_UPSTREAM, "icalendar", "the calendar object is longer than %d bytes",
                  ICAL_TEXT_MAX);
        return NULL;
    }
    char *plain = unfolded(text);
    if (look_over(text_from(plain), err) == OK) {
        object = icalparser_parse_string(plain);
        if (!object)
            error_set(err, ERR_UPSTREAM, "icalendar", "what came is no calendar object");
    }
    wipe_bytes(plain, text.n);
    free(plain);
    return object;
}
