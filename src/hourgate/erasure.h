/* SPDX-License-Identifier: ISC
 *
 * Certificates of erasure, as commands give them out.
 */
#ifndef HOURGATE_ERASURE_H
#define HOURGATE_ERASURE_H

#include "hourgate/call.h"
#include "wire/messages.h"

/* Give a finished erasure's certificate, or JSON under --json: into the new file that --output names, else on standard
 * output. ERR_CONFLICT: the file exists. */
enum status erasure_give(const struct call *call, const struct erasure *erasure,
                         struct error *err) MUST_CHECK;

/* Say what a forecast counts, for people. */
void erasure_tell_rows(const struct erasure *forecast);

#endif
