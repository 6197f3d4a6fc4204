/* SPDX-License-Identifier: ISC
 *
 * Late-bound COM: members by their names, as every version of Outlook has them. Whatever is asked is named in
 * outlook.c alone, where it can be held against the list of members that raise a security prompt.
 */
#ifndef CONNECTOR_WINDOWS_DISPATCH_H
#define CONNECTOR_WINDOWS_DISPATCH_H

#include "connector/windows/system.h"

#include <oleauto.h>

#include "base/arena.h"
#include "base/error.h"

/* Common to all
 *   Fails   ERR_NETWORK      Outlook was closed meanwhile
 *           ERR_FULL         it is busy, with a dialogue open for one
 *           ERR_UNSUPPORTED  it has no such member
 *           ERR_DENIED       it refuses
 *           ERR_UPSTREAM     anything else, by its number: its words might hold a title
 */
enum status dispatch_get(IDispatch *of, const wchar_t *member, VARIANT *ret_value,
                         struct error *err) MUST_CHECK;
enum status dispatch_get_long(IDispatch *of, const wchar_t *member, long *ret_value,
                              struct error *err) MUST_CHECK;
enum status dispatch_get_text(IDispatch *of, const wchar_t *member, struct arena *a,
                              struct text *ret_value, struct error *err) MUST_CHECK;
enum status dispatch_get_object(IDispatch *of, const wchar_t *member, IDispatch **ret_object,
                                struct error *err) MUST_CHECK; /* NULL: nothing */
enum status dispatch_get_date(IDispatch *of, const wchar_t *member, double *ret_days,
                              struct error *err) MUST_CHECK;

enum status dispatch_put_long(IDispatch *of, const wchar_t *member, long value,
                              struct error *err) MUST_CHECK;
enum status dispatch_put_bool(IDispatch *of, const wchar_t *member, bool value,
                              struct error *err) MUST_CHECK;
enum status dispatch_put_date(IDispatch *of, const wchar_t *member, double days,
                              struct error *err) MUST_CHECK;
enum status dispatch_put_text(IDispatch *of, const wchar_t *member, struct text value,
                              struct error *err) MUST_CHECK;

/* Call a method with none, one number or one text; ret_object may be NULL, and *ret_object becomes NULL where it
 * returns nothing. */
enum status dispatch_call(IDispatch *of, const wchar_t *method, IDispatch **ret_object,
                          struct error *err) MUST_CHECK;
enum status dispatch_call_long(IDispatch *of, const wchar_t *method, long value,
                               IDispatch **ret_object, struct error *err) MUST_CHECK;
enum status dispatch_call_text(IDispatch *of, const wchar_t *method, const wchar_t *value,
                               IDispatch **ret_object, struct error *err) MUST_CHECK;

void dispatch_release(IDispatch **object); /* accepts NULL in it; for CLEANUP */

#endif
