/* SPDX-License-Identifier: ISC
 *
 * The head of a request: lines of "Name: value" below a request line. What passes has one length at most.
 */
#include "base/status.h"
#include "base/text.h"
#include "http/guard.h"
#include "http/peer.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static bool next_line(struct text *rest, struct text *ret_line)
{
    struct text after = {0};
    if (rest->n == 0)
        return false;
    *ret_line = *rest;
    (void)text_cut(*rest, '\n', ret_line, &after);
    *rest = after;
    return true;
}

/* "GET /target HTTP/1.1" */
static void read_request_line(struct text line, struct guard_head *head)
{
    struct text rest = {0};
    head->method = line;
    if (text_cut(line, ' ', &head->method, &rest)) {
        head->target = rest;
        (void)text_cut(rest, ' ', &head->target, &head->version);
    }
}

static void check_passed(const struct guard_head *head)
{
    unsigned lengths = 0, codings = 0, hosts = 0;
    for (size_t i = 0; i < head->n_fields; i++) {
        lengths += text_equal_nocase(head->fields[i].name, TEXT("content-length"));
        codings += text_equal_nocase(head->fields[i].name, TEXT("transfer-encoding"));
        hosts += text_equal_nocase(head->fields[i].name, TEXT("host"));
    }
    ENSURE(lengths + codings <= 1 && hosts <= 1);
    ENSURE((guard_content_length(head) >= 0) == (lengths == 1));
    ENSURE(head->target.n <= GUARD_TARGET_MAX && head->target.at[0] == '/');
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct guard_field fields[GUARD_FIELDS_MAX + 1];
    struct guard_head head = {.fields = fields};
    struct text rest = {(const char *)at, n}, line = {0};
    if (next_line(&rest, &line))
        read_request_line(line, &head);
    while (head.n_fields <= GUARD_FIELDS_MAX && next_line(&rest, &line)) {
        struct guard_field *field = &fields[head.n_fields++];
        *field = (struct guard_field){.name = line, .value = {"", 0}};
        (void)text_cut(line, ':', &field->name, &field->value);
    }
    if (guard_check(&head) == GUARD_OK)
        check_passed(&head);
    struct peer_proxies proxies = {.unix_socket = true};
    (void)peer_visitor((struct peer){0}, (struct text){(const char *)at, n}, &proxies);
    return 0;
}
