/* SPDX-License-Identifier: ISC
 *
 * One line per event to standard error, with a priority that systemd's journal understands. Programs log;
 * libraries return. What a stranger sent, event details and secrets never go into a line.
 */
#ifndef OS_LOG_H
#define OS_LOG_H

#include "base/error.h"

enum log_level {
    LOG_ERROR = 3, /* somebody must act */
    LOG_WARN = 4,
    LOG_NOTE = 5, /* a change of state: started, stopped, paused */
    LOG_DEBUG = 7,
};

/* Name this program in every line; static text. Levels above `most` are dropped. */
void log_init(const char *program, enum log_level most);

void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Log "what happened: where: err's text". */
void log_error(enum log_level level, const char *what_happened, enum status status,
               const struct error *err);

#endif
