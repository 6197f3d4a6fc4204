/* SPDX-License-Identifier: ISC
 *
 * multipart/form-data (RFC 7578): a posted form that brings a file along. Strict: what no browser writes is refused.
 */
#ifndef FORMAT_MULTIPART_H
#define FORMAT_MULTIPART_H

#include "format/form.h"

enum { MULTIPART_BOUNDARY_MAX = 70 };

/* Parse the form and its one file. Fields are what form_parse would have made of them; the file is raw bytes,
 * whatever it calls itself.
 *
 * Owner   values live in a or borrow from body; ret_file borrows from body, and is empty where none was chosen
 * Fails   ERR_INVALID: no such type, a head that is none, a second file, a field that form_parse would refuse
 * Limits  FORM_FIELDS_MAX fields
 */
enum status multipart_parse(struct arena *a, struct text content_type, struct text body,
                            struct form *ret_form, struct text *ret_file) MUST_CHECK;

#endif
