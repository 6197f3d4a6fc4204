/* SPDX-License-Identifier: ISC
 *
 * A command as it was called: its words matched against the table of commands, options and operands in their
 * places. `--opt value` and `--opt=value` are the same; `--` ends the options.
 */
#ifndef HOURGATE_CALL_H
#define HOURGATE_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "hourgate/config.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_NOT_DONE = 1,       /* refused or failed; for checks: something does not hold */
    EXIT_USAGE = 2,          /* the call makes no sense; nothing was tried */
    EXIT_CONFIG = 3,         /* the configuration cannot be read */
    EXIT_NOT_EVERYWHERE = 3, /* scan: nothing found, but not all places could be looked at */
};

enum { CALL_OPERANDS = 3, CALL_OPTIONS = 40, CALL_REPEATS = 240 };

struct option {
    const char *name;  /* without dashes */
    const char *value; /* what stands for its value in help; NULL: a switch */
    const char *help;
    bool repeats; /* may be given several times */
};

struct call;

struct command {
    const char *words;            /* "account add" */
    const char *operands;         /* "ACCOUNT EMAIL"; "[EMAIL]" may be left out */
    const char *help;             /* one sentence */
    const struct option *options; /* ends in a NULL name; NULL: none */
    enum exit_code (*run)(struct call *call);
    bool needs_config;
};

struct call {
    const struct command *command;
    const char *operands[CALL_OPERANDS];
    const char
        *values[CALL_OPTIONS]; /* in the order of the command's options; NULL: not given */
    struct {
        int option; /* in the command's list */
        const char *value;
    } repeats[CALL_REPEATS]; /* the second and later values of options that may have several */
    int n_repeats;
    const char *config_file;
    bool config_given; /* --config was */
    bool json;
    bool help;
    struct arena a; /* for whatever lives as long as the call */
    struct config config;
};

/* The table, in the order of help; ends in NULL words. */
extern const struct command commands[];

/* Match argv. ERR_INVALID: what is wrong; ret_call->command may be NULL then. */
enum status call_parse(int argc, char **argv, struct call *ret_call,
                       struct error *err) MUST_CHECK;

/* Return an option's value, or `otherwise` where it was not given. The name must be in the command's list. */
struct text call_text(const struct call *call, const char *name, const char *otherwise);
const char *call_cstr(const struct call *call, const char *name, const char *otherwise);
bool call_has(const struct call *call, const char *name);

/* Walk all values of an option: begin with *at = 0; NULL at the end. */
const char *call_next(const struct call *call, const char *name, int *at);

/* The same as a number; ERR_INVALID where it is none between least and most. */
enum status call_number(const struct call *call, const char *name, int64_t otherwise,
                        int64_t least, int64_t most, int64_t *ret_number,
                        struct error *err) MUST_CHECK;

/* Fail where an option that must be given was not. */
enum status call_need(const struct call *call, const char *name, struct error *err) MUST_CHECK;

/* Print an error and return the exit code that goes with it. */
enum exit_code call_fail(enum status status, const struct error *err);

/* Print an error of usage and how the command is called. */
enum exit_code call_misused(const struct call *call, const struct error *err);

/* Print help for all, or for the commands whose words start with `words`. */
void call_help(const char *words);

#endif
