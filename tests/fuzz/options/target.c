/* SPDX-License-Identifier: ISC
 *
 * A command line, a word a line. What is accepted has what the command needs; what is not says why.
 */
#include "hourgate/upstream.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

enum { WORDS_MAX = 64, LINE_MAX = 4096 };

static const struct option options[] = {
    UPSTREAM_OPTIONS, {"limit", "N", "a number"}, {"yes", NULL, "a switch"}, {0}};

/* What main.c has in the program. */
const struct command commands[] = {
    {.words = "connection add", .operands = "ACCOUNT [EMAIL]", .help = "", .options = options},
    {.words = "connection", .operands = "", .help = ""},
    {.words = "serve", .operands = "", .help = "", .needs_config = true},
    {0},
};

static int split(char *lines, char **ret_words)
{
    int n = 0;
    ret_words[n++] = lines;
    for (char *at = lines; *at && n < WORDS_MAX; at++)
        if (*at == '\n') {
            *at = 0;
            ret_words[n++] = at + 1;
        }
    return n;
}

static void check_read(struct call *call)
{
    struct server server;
    struct error err = {0};
    int64_t number;
    if (upstream_read(call, true, &server, &err) == OK)
        ENSURE(server.host.n > 0 && server.host.n <= MAX_HOST && server.port > 0 &&
               server.port <= UINT16_MAX && server.path.n <= MAX_PATH &&
               server.n_pins <= MAX_PINS);
    else
        ENSURE(err.what[0]);
    if (call_number(call, "limit", 5, 1, 10, &number, &err) == OK)
        ENSURE(number >= 1 && number <= 10);
    int at = 0;
    for (int n = 0; call_next(call, "pin", &at); n++)
        ENSURE(n <= CALL_REPEATS);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static struct call call;
    char lines[LINE_MAX + 1], *words[WORDS_MAX + 1] = {0};
    struct error err = {0};
    if (n > LINE_MAX || memchr(at, 0, n))
        return 0;
    memcpy(lines, at, n);
    lines[n] = 0;
    call = (struct call){0};
    if (call_parse(split(lines, words), words, &call, &err) != OK)
        ENSURE(err.what[0]);
    else if (call.command && call.command->options)
        check_read(&call);
    arena_done(&call.a);
    return 0;
}
