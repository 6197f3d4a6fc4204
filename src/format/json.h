/* SPDX-License-Identifier: ISC
 *
 * JSON (RFC 8259). Reading is strict: one value, valid UTF-8, no name twice, no NUL. Writing appends to a
 * buffer as it goes; commas come by themselves.
 */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* Seed the reader's hash tables; once, before a jail takes the files that it would ask otherwise. From then on
 * what was read is overwritten when it is freed: people send passwords. */
void json_prepare(uint64_t seed);

struct json; /* a value that was read */

/* Read one value; free it with json_free. ERR_INVALID says where it went wrong, never what stood there. */
enum status json_parse(struct text t, struct json **ret_value, struct error *err) MUST_CHECK;
void json_free(struct json *value); /* accepts NULL */

bool json_is_an_object(const struct json *value);
bool json_is_a_list(const struct json *value);

/* Return an object's member or a list's item, borrowed; NULL where there is none. */
const struct json *json_member(const struct json *object, const char *name);
const struct json *json_item(const struct json *list, size_t i);
size_t json_count(const struct json *list); /* 0 where it is not a list */

/* Walk the names of an object's members, from NULL to NULL. A name lives as long as the object. */
const char *json_next_name(const struct json *object, const char *previous);

/* Read a value; the text borrows from it. false, and *ret_ untouched, where it is of another kind or NULL. */
bool json_get_text(const struct json *value, struct text *ret_text);
bool json_get_i64(const struct json *value, int64_t *ret_value);
bool json_get_bool(const struct json *value, bool *ret_value);

struct json_writer {
    struct buf *out;
    bool follows; /* the next value needs a comma before it */
};

#define JSON_WRITER(buffer) ((struct json_writer){.out = (buffer)})

void json_open(struct json_writer *w, char bracket);  /* '{' or '[' */
void json_close(struct json_writer *w, char bracket); /* '}' or ']' */
void json_name(struct json_writer *w, const char *name);
void json_add_text(struct json_writer *w, struct text t);
void json_add_i64(struct json_writer *w, int64_t value);
void json_add_bool(struct json_writer *w, bool value);
void json_add_null(struct json_writer *w);

/* A member of an object in one call. */
void json_put_text(struct json_writer *w, const char *name, struct text t);
void json_put_i64(struct json_writer *w, const char *name, int64_t value);
void json_put_bool(struct json_writer *w, const char *name, bool value);

#endif
