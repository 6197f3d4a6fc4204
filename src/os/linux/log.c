/* SPDX-License-Identifier: ISC */
#include "os/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 900 };

static const char *name = "hourgate";
static enum log_level most_level = LOG_NOTE;

void log_init(const char *program, enum log_level most)
{
    name = program;
    most_level = most;
}

/* One write per line, so that lines of several programs do not mix. */
void log_line(enum log_level level, const char *format, ...)
{
    if (level > most_level)
        return;
    char line[LINE_MAX_BYTES];
    int n = snprintf(line, sizeof line, "<%d>%s: ", (int)level, name);
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + n, sizeof line - (size_t)n - 1, format, args);
    va_end(args);
    size_t length = strlen(line);
    if (more < 0)
        return;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[length++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written; /* nobody is left to tell */
}

void log_error(enum log_level level, const char *what_happened, enum status status,
               const struct error *err)
{
    log_line(level, "%s: %s%s%s%s%s", what_happened, status_name(status),
             err && *err->where ? ": " : "", err ? err->where : "",
             err && *err->what ? ": " : "", err ? err->what : "");
}
