/* SPDX-License-Identifier: ISC
 *
 * The body of a booking by a program. Texts that are read are written so that they read the same.
 */
#include "base/buf.h"
#include "format/json.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

enum { WRITTEN_MAX = 4 << 20 };

static void check_text(struct text t)
{
    struct buf out CLEANUP(buf_done) = BUF(WRITTEN_MAX);
    struct json_writer w = JSON_WRITER(&out);
    struct json *again = NULL;
    struct text same;
    json_add_text(&w, t);
    ENSURE(json_parse(buf_text(&out), &again, NULL) == OK && json_get_text(again, &same));
    ENSURE(text_equal(t, same));
    json_free(again);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static const char *const names[] = {"start", "name", "email", "tz"};
    struct json *root = NULL;
    struct error err = {0};
    struct text t;
    json_prepare(1);
    if (json_parse((struct text){(const char *)at, n}, &root, &err) != OK)
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_get_text(json_member(root, names[i]), &t))
            check_text(t);
    const struct json *answers = json_member(root, "answers");
    for (size_t i = 0; i < json_count(answers); i++)
        if (json_get_text(json_member(json_item(answers, i), "answer"), &t))
            check_text(t);
    json_free(root);
    return 0;
}
