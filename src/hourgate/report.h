/* SPDX-License-Identifier: ISC
 *
 * The doctor's findings as a file that a person can send to somebody who helps: layers, fixes, versions. No
 * password, no event, no customer; names that are given to be hidden are.
 */
#ifndef HOURGATE_REPORT_H
#define HOURGATE_REPORT_H

#include "hourgate/call.h"
#include "wire/types.h"

#define REPORT_OPTION                                                                          \
    {                                                                                          \
        "report", "FILE", "also write the findings into a new file, to be sent to who helps"   \
    }

enum { REPORT_HIDDEN = 6 };

struct report {
    const char *method; /* of signing in; NULL: not known */
    struct text
        hidden[REPORT_HIDDEN]; /* each becomes a word in capitals; empty ones hide nothing */
    const struct layer *layers;
    size_t n_layers;
};

/* Write it where --report was given, and say what is in it on standard error. ERR_CONFLICT: the file is there. */
enum status report_write(const struct call *call, const struct report *report,
                         struct error *err) MUST_CHECK;

#endif
