/* SPDX-License-Identifier: ISC */
#include "hourgate/commands.h"
#include "hourgate/output.h"
#include "os/file.h"
#include "wire/image.h"

const struct option account_look_options[] = {
    {"colour", "FIGURES", "such as 1f6f5c, or none; it stays as it is where it is left out"},
    {"logo", "FILE", "a PNG or WebP picture of at most 12 KB, or none; likewise"},
    {0},
};

/* "#1F6F5C" -> "1f6f5c"; "none" -> "". What is no colour the vault refuses. */
static struct text read_colour(struct call *call)
{
    struct text typed = call_text(call, "colour", "none");
    if (text_equal(typed, TEXT("none")))
        return (struct text){0};
    if (text_starts(typed, TEXT("#")))
        typed = (struct text){typed.at + 1, typed.n - 1};
    char *colour = arena_cstr(&call->a, typed);
    for (char *c = colour; *c; c++)
        if (*c >= 'A' && *c <= 'F')
            *c = (char)(*c - 'A' + 'a');
    return text_from(colour);
}

static enum status read_logo(struct call *call, struct account_look_ask *ask, struct error *err)
{
    const char *file = call_cstr(call, "logo", "none");
    struct buf content CLEANUP(buf_done) =
        BUF(MAX_LOGO + 1); /* a byte more is told as too large */
    struct image image;
    if (strcmp(file, "none") == 0)
        return OK;
    TRY(file_read(file, &content, err));
    TRY(image_read(buf_text(&content), &image, err));
    ask->logo = arena_text(&call->a, buf_text(&content));
    ask->kind = image.kind;
    ask->width = image.width;
    ask->height = image.height;
    return OK;
}

enum exit_code command_account_look(struct call *call)
{
    struct error err = {0};
    struct account_look_answer answer;
    struct account_look_ask ask = {.account = text_from(call->operands[0]),
                                   .keeps_accent = !call_has(call, "colour"),
                                   .accent = read_colour(call),
                                   .keeps_logo = !call_has(call, "logo")};
    if (ask.keeps_accent && ask.keeps_logo) {
        error_set(&err, ERR_INVALID, "look", "name a colour, a logo or both");
        return call_misused(call, &err);
    }
    enum status status = read_logo(call, &ask, &err);
    if (status == OK)
        status = command_ask(call, false, WIRE_account_look, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "the account's pages look like this from now on");
    return EXIT_DONE;
}
