/* SPDX-License-Identifier: ISC
 *
 * Any bytes from an XMPP server, before and within TLS: the ticket is never said in clear, what is said is a stream
 * that a reader takes, and numbers are none that nobody said.
 */
#include <string.h>

#include "base/base64.h"
#include "connector/xmpp.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

/* The first byte: in TLS from the start? The rest comes in steps of its size. */
static size_t step_of(unsigned char first, size_t left)
{
    size_t step = first >> 1 ? first >> 1 : 1;
    return step < left ? step : left;
}

static void check_said(const struct xmpp_client *client)
{
    struct text said = buf_text(&client->out);
    ENSURE(!buf_failed(&client->out) && text_is_utf8(said));
    ENSURE(client->is_secure || !said.n || !memmem(said.at, said.n, "auth", 4));
    ENSURE(!said.n || !memmem(said.at, said.n, "ticket-1", 8));
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    if (n < 1)
        return 0;
    struct xmpp_client client = {0};
    struct secret ticket CLEANUP(secret_free) = secret_new("ticket-1", 8);
    ENSURE(xmpp_client_init(&client, TEXT("pc@x"), TEXT("c.x"), &ticket, at[0] & 1, NULL) ==
           OK);
    unsigned char first = at[0];
    enum status status = OK;
    for (at++, n--; n > 0 && status == OK;) {
        size_t step = step_of(first, n);
        enum xmpp_event event = XMPP_NONE;
        status = xmpp_client_feed(&client, (struct text){(const char *)at, step}, NULL);
        do {
            int64_t number = -1;
            if (status == OK)
                status = xmpp_client_next(&client, &event, &number, NULL);
            ENSURE(status != OK || event != XMPP_NUMBER || number >= 0);
            if (status == OK)
                check_said(&client);
            if (status == OK && event == XMPP_SECURE)
                xmpp_client_secured(&client);
            buf_clear(&client.out);
        } while (status == OK && event != XMPP_NONE);
        at += step;
        n -= step;
    }
    xmpp_client_done(&client);
    return 0;
}
