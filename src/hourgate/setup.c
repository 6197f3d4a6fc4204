/* SPDX-License-Identifier: ISC
 *
 * The link by which the first account is made from a browser.
 */
#include <stdio.h>

#include "hourgate/commands.h"
#include "time/instant.h"

enum exit_code command_setup_link(struct call *call)
{
    struct error err = {0};
    struct setup_link_ask ask = {0};
    struct setup_link_answer answer = {0};
    char until[INSTANT_SIZE];
    enum status status = command_ask(call, false, WIRE_setup_link, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    const char *link = command_link(call, "setup", &answer.token);
    instant_format(answer.expires, until);
    if (call->json)
        printf("{\"link\":\"%s\",\"expires\":\"%s\"}\n", link, until);
    else
        printf("%s\n", link);
    fprintf(stderr,
            "shown this once, good once and until %s: whoever opens it first is the owner\n",
            until);
    secret_free(&answer.token);
    return EXIT_DONE;
}
