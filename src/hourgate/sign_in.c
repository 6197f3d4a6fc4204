/* SPDX-License-Identifier: ISC
 *
 * What an operator decides of how people sign in.
 */
#include <stdio.h>
#include <string.h>

#include "hourgate/commands.h"

const struct option user_totp_options[] = {
    {"yes", NULL, "do it without being asked"},
    {0},
};

/* Read a word that is `on` or `off`. */
static enum status read_switch(const char *word, bool *ret_on, struct error *err)
{
    *ret_on = strcmp(word, "on") == 0;
    if (*ret_on || strcmp(word, "off") == 0)
        return OK;
    return error_set(err, ERR_INVALID, word, "this is neither on nor off");
}

enum exit_code command_user_totp(struct call *call)
{
    struct error err = {0};
    struct factor_clear_ask ask = {.account = text_from(call->operands[1]),
                                   .email = text_from(call->operands[2])};
    struct factor_clear_answer answer;
    if (strcmp(call->operands[0], "off") != 0) {
        (void)error_set(
            &err, ERR_INVALID, "totp",
            "it can only be turned off here: its user turns it on, after signing in");
        return call_misused(call, &err);
    }
    if (!command_is_sure(call, "the password alone will let this user in, all sessions end"))
        return EXIT_NOT_DONE;
    enum status status = command_ask(call, false, WIRE_factor_clear, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "the second factor of %s is off, their sessions have ended",
                call->operands[2]);
    return EXIT_DONE;
}

enum exit_code command_account_require_totp(struct call *call)
{
    struct error err = {0};
    struct account_require_ask ask = {.account = text_from(call->operands[0])};
    struct account_require_answer answer;
    if (read_switch(call->operands[1], &ask.totp, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, false, WIRE_account_require, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call,
                ask.totp ? "who signs in to %s by password needs a second factor from now on"
                         : "a second factor is up to the users of %s",
                call->operands[0]);
    return EXIT_DONE;
}

static enum exit_code set_disabled(struct call *call, bool disabled)
{
    struct error err = {0};
    struct user_disable_ask ask = {.account = text_from(call->operands[0]),
                                   .email = text_from(call->operands[1]),
                                   .disabled = disabled};
    struct user_disable_answer answer;
    enum status status = command_ask(call, false, WIRE_user_disable, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call,
                disabled
                    ? "%s is let in no more; their pages are not shown, their bookings stand"
                    : "%s may sign in again, and their pages are shown",
                call->operands[1]);
    return EXIT_DONE;
}

enum exit_code command_user_disable(struct call *call)
{
    return set_disabled(call, true);
}

enum exit_code command_user_enable(struct call *call)
{
    return set_disabled(call, false);
}

static void tell_handover(const struct call *call, const struct user_handover_answer *h,
                          bool is_done)
{
    if (call->json) {
        printf("{\"done\":%s,\"pages\":%lld,\"coming\":%lld,\"events\":%lld}\n",
               is_done ? "true" : "false", (long long)h->pages, (long long)h->coming,
               (long long)h->events);
        return;
    }
    printf("%lld pages and %lld coming bookings %s from %s to %s\n"
           "- %lld of their events stay in the calendar of %s, as plain ones;\n"
           "- %s is told to enter them: hourgate attention list %s\n",
           (long long)h->pages, (long long)h->coming, is_done ? "went" : "go",
           call->operands[1], call->operands[2], (long long)h->events, call->operands[1],
           call->operands[2], call->operands[0]);
}

enum exit_code command_user_handover(struct call *call)
{
    struct error err = {0};
    bool is_sure = call_has(call, "yes");
    struct user_handover_ask ask = {.account = text_from(call->operands[0]),
                                    .email = text_from(call->operands[1]),
                                    .to = text_from(call->operands[2]),
                                    .forecast = !is_sure};
    struct user_handover_answer answer;
    enum status status = command_ask(call, false, WIRE_user_handover, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    tell_handover(call, &answer, is_sure);
    if (is_sure)
        return EXIT_DONE;
    command_is_sure(call, "nothing was done");
    return EXIT_NOT_DONE;
}
