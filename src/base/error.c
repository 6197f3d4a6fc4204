/* SPDX-License-Identifier: ISC */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

/* Servers' words end up here: control characters are masked, and a text that is not clean UTF-8 (or was
 * cut inside a character) is reduced to ASCII. */
static void make_clean(char *text)
{
    bool ascii_only = !text_is_clean(text_from(text));
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f ||
            (ascii_only && (unsigned char)*at >= 0x80))
            *at = '?';
}

enum status error_set(struct error *err, enum status status, const char *where,
                      const char *format, ...)
{
    if (!err)
        return status;
    va_list args;
    va_start(args, format);
    vsnprintf(err->what, sizeof err->what, format, args);
    va_end(args);
    snprintf(err->where, sizeof err->where, "%s", where);
    make_clean(err->what);
    make_clean(err->where);
    err->retry_s = 0;
    return status;
}
