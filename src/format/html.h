/* SPDX-License-Identifier: ISC
 *
 * Values into HTML. Everything that reaches a page goes through here, so that no text can become markup;
 * the templates in web/ are compiled into calls of HTML_ADD and HTML_TRUE (tools/web).
 */
#ifndef FORMAT_HTML_H
#define FORMAT_HTML_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Append a text, safe between tags and inside a double-quoted attribute. */
void html_add_text(struct buf *out, struct text t);
void html_add_cstr(struct buf *out, const char *cstr); /* NULL adds nothing */
void html_add_i64(struct buf *out, int64_t value);
void html_add_int(struct buf *out, int value);
void html_add_size(struct buf *out, size_t value);

/* Is there something to show? */
bool html_true_text(struct text t);
bool html_true_cstr(const char *cstr);
bool html_true_i64(int64_t value);
bool html_true_int(int value); /* also bool */
bool html_true_size(size_t value);

#define HTML_BY_TYPE(name, value)                                                              \
    _Generic((value),                                                                          \
        struct text: html_##name##_text,                                                       \
        const char *: html_##name##_cstr,                                                      \
        char *: html_##name##_cstr,                                                            \
        int64_t: html_##name##_i64,                                                            \
        size_t: html_##name##_size,                                                            \
        bool: html_##name##_int,                                                               \
        int: html_##name##_int)
#define HTML_ADD(out, value) HTML_BY_TYPE(add, value)(out, value)
#define HTML_TRUE(value) HTML_BY_TYPE(true, value)(value)

#endif
