/* SPDX-License-Identifier: ISC */
#include "hourgate/call.h"

#include <stdio.h>
#include <string.h>

#include "hourgate/output.h"

static const struct option global_options[] = {
    {"config", "FILE", "the configuration; default " CONFIG_FILE},
    {"json", NULL, "print JSON"},
    {"help", NULL, "say how a command is called"},
    {0},
};

/* Find a name among options; returns its place, -1 where it is none. */
static int option_find(const struct option *options, struct text name)
{
    for (int i = 0; options && options[i].name; i++)
        if (text_equal(name, text_from(options[i].name)))
            return i;
    return -1;
}

static const char *next_word(const char *at, struct text *ret_word)
{
    at += strspn(at, " ");
    *ret_word = (struct text){at, strcspn(at, " ")};
    return at + ret_word->n;
}

static int count_words(const char *words)
{
    struct text word;
    int n = 0;
    for (const char *at = next_word(words, &word); word.n; at = next_word(at, &word))
        n++;
    return n;
}

/* Do the first words given match a command's? */
static bool is_called(const struct command *command, int n_words, char **words)
{
    struct text word;
    const char *at = next_word(command->words, &word);
    int i = 0;
    for (; word.n && i < n_words; i++, at = next_word(at, &word))
        if (!text_equal(word, text_from(words[i])))
            return false;
    return !word.n;
}

/* The words of a call: what is neither an option nor an option's value. */
struct words {
    char *at[CALL_OPERANDS + 8];
    int n;
};

static enum status take_word(struct words *words, char *word, struct error *err)
{
    if (words->n == (int)(sizeof words->at / sizeof *words->at))
        return error_set(err, ERR_INVALID, "", "too many words");
    words->at[words->n++] = word;
    return OK;
}

static bool takes_value_somewhere(struct text name)
{
    for (const struct command *command = commands; command->words; command++) {
        int i = option_find(command->options, name);
        if (i >= 0 && command->options[i].value)
            return true;
    }
    int i = option_find(global_options, name);
    return i >= 0 && global_options[i].value;
}

/* Which command it is has to be known before its options can be: an option's value is not a word. */
static enum status collect_words(int argc, char **argv, struct words *words, struct error *err)
{
    bool options_end = false;
    for (int i = 1; i < argc; i++) {
        if (options_end || strncmp(argv[i], "--", 2) != 0) {
            TRY(take_word(words, argv[i], err));
        } else if (argv[i][2] == 0) {
            options_end = true;
        } else if (!strchr(argv[i], '=') && takes_value_somewhere(text_from(argv[i] + 2))) {
            i++;
        }
    }
    return OK;
}

static enum status unknown_option(struct text name, struct error *err)
{
    if (text_equal(name, TEXT("password")))
        return error_set(
            err, ERR_INVALID, "",
            "a password on the command line could be read by every user of this machine and "
            "stays in the shell's history; leave it out to be asked, or give --password-file "
            "FILE or --password-stdin");
    return error_set(err, ERR_INVALID, "", "there is no option --" TEXT_FMT " here",
                     TEXT_ARG(name));
}

static void set_global(struct call *call, int i, const char *value)
{
    if (i == 0) {
        call->config_file = value;
        call->config_given = true;
    } else if (i == 1) {
        call->json = true;
    } else {
        call->help = true;
    }
}

static enum status add_repeat(struct call *call, int option, const char *value,
                              struct error *err)
{
    if (call->n_repeats == CALL_REPEATS)
        return error_set(err, ERR_INVALID, "", "--%s is given too often",
                         call->command->options[option].name);
    call->repeats[call->n_repeats].option = option;
    call->repeats[call->n_repeats++].value = value;
    return OK;
}

/* Take the option at argv[*i], and its value behind it. */
static enum status take_option(struct call *call, int argc, char **argv, int *i,
                               struct error *err)
{
    struct text name = text_from(argv[*i] + 2), value = {0};
    bool has_value = text_cut(name, '=', &name, &value);
    int global = option_find(global_options, name);
    int own = global < 0 ? option_find(call->command->options, name) : -1;
    if (global < 0 && own < 0)
        return unknown_option(name, err);
    const struct option *option =
        global >= 0 ? &global_options[global] : &call->command->options[own];
    if (option->value && !has_value) {
        if (++*i == argc)
            return error_set(err, ERR_INVALID, "", "--%s needs %s", option->name,
                             option->value);
        value = text_from(argv[*i]);
    } else if (!option->value && has_value) {
        return error_set(err, ERR_INVALID, "", "--%s takes no value", option->name);
    }
    const char *text = option->value ? value.at : "";
    if (global >= 0)
        set_global(call, global, text);
    else if (call->values[own] && option->repeats)
        return add_repeat(call, own, text, err);
    else if (call->values[own])
        return error_set(err, ERR_INVALID, "", "--%s is given twice", option->name);
    else
        call->values[own] = text;
    return OK;
}

static enum status take_options(struct call *call, int argc, char **argv, struct error *err)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            break;
        if (strncmp(argv[i], "--", 2) == 0)
            TRY(take_option(call, argc, argv, &i, err));
        else if (argv[i][0] == '-' && argv[i][1])
            return error_set(err, ERR_INVALID, "", "%s: options start with two dashes",
                             argv[i]);
    }
    return OK;
}

static enum status take_operands(struct call *call, const struct words *words,
                                 struct error *err)
{
    int n_command = count_words(call->command->words);
    int n = words->n - n_command, most = count_words(call->command->operands), needed = most;
    for (const char *at = call->command->operands; (at = strchr(at, '[')); at++)
        needed--;
    if ((n < needed || n > most) && !call->help)
        return error_set(err, ERR_INVALID, "", "%s %s %s", call->command->words,
                         n < needed ? "needs"
                         : most     ? "takes no more than"
                                    : "takes no",
                         most ? call->command->operands : "operands");
    for (int i = 0; i < n && i < CALL_OPERANDS; i++)
        call->operands[i] = words->at[n_command + i];
    return OK;
}

/* No command: is it a call for help? */
static enum status call_no_command(struct call *call, const struct words *words, int argc,
                                   char **argv, struct error *err)
{
    for (int i = 1; i < argc; i++)
        call->help = call->help || strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
    call->help = call->help || (words->n && strcmp(words->at[0], "help") == 0);
    if (call->help)
        return OK;
    return words->n == 0
               ? error_set(err, ERR_INVALID, "", "say what to do")
               : error_set(err, ERR_INVALID, "", "there is no command %s%s%s", words->at[0],
                           words->n > 1 ? " " : "", words->n > 1 ? words->at[1] : "");
}

enum status call_parse(int argc, char **argv, struct call *ret_call, struct error *err)
{
    struct words words = {0};
    *ret_call = (struct call){.config_file = CONFIG_FILE};
    config_init(&ret_call->config);
    TRY(collect_words(argc, argv, &words, err));
    for (const struct command *command = commands; command->words && !ret_call->command;
         command++)
        if (is_called(command, words.n, words.at))
            ret_call->command = command;
    if (!ret_call->command)
        return call_no_command(ret_call, &words, argc, argv, err);
    TRY(take_options(ret_call, argc, argv, err));
    return take_operands(ret_call, &words, err);
}

const char *call_cstr(const struct call *call, const char *name, const char *otherwise)
{
    int i = option_find(call->command->options, text_from(name));
    ENSURE(i >= 0 && i < CALL_OPTIONS);
    return call->values[i] ? call->values[i] : otherwise;
}

struct text call_text(const struct call *call, const char *name, const char *otherwise)
{
    return text_from(call_cstr(call, name, otherwise));
}

bool call_has(const struct call *call, const char *name)
{
    return call_cstr(call, name, NULL) != NULL;
}

const char *call_next(const struct call *call, const char *name, int *at)
{
    int option = option_find(call->command->options, text_from(name));
    const char *first = call_cstr(call, name, NULL);
    if (*at == 0 && first) {
        *at = 1;
        return first;
    }
    for (int i = *at; i > 0 && i <= call->n_repeats; i++)
        if (call->repeats[i - 1].option == option) {
            *at = i + 1;
            return call->repeats[i - 1].value;
        }
    return NULL;
}

enum status call_number(const struct call *call, const char *name, int64_t otherwise,
                        int64_t least, int64_t most, int64_t *ret_number, struct error *err)
{
    *ret_number = otherwise;
    if (!call_has(call, name))
        return OK;
    if (text_to_i64(call_text(call, name, ""), ret_number) && *ret_number >= least &&
        *ret_number <= most)
        return OK;
    return error_set(err, ERR_INVALID, "", "--%s must be a number from %lld to %lld", name,
                     (long long)least, (long long)most);
}

enum status call_need(const struct call *call, const char *name, struct error *err)
{
    return call_has(call, name)
               ? OK
               : error_set(err, ERR_INVALID, "", "%s needs --%s", call->command->words, name);
}

enum exit_code call_fail(enum status status, const struct error *err)
{
    output_error(status, err);
    return EXIT_NOT_DONE;
}

static void print_usage(FILE *to, const struct command *command)
{
    fprintf(to, "usage: hourgate %s%s%s%s\n", command->words, *command->operands ? " " : "",
            command->operands, command->options ? " [options]" : "");
}

enum exit_code call_misused(const struct call *call, const struct error *err)
{
    output_error(ERR_INVALID, err);
    if (call->command)
        print_usage(stderr, call->command);
    fprintf(stderr, "see hourgate help%s%s\n", call->command ? " " : "",
            call->command ? call->command->words : "");
    return EXIT_USAGE;
}

static void print_option(const struct option *option)
{
    char left[48];
    snprintf(left, sizeof left, "--%s%s%s", option->name, option->value ? " " : "",
             option->value ? option->value : "");
    printf("    %-30s %s\n", left, option->help);
}

static void help_command(const struct command *command)
{
    print_usage(stdout, command);
    printf("  %s\n", command->help);
    for (const struct option *option = command->options; option && option->name; option++)
        print_option(option);
    printf("\n");
}

static void help_all(void)
{
    printf(
        "hourgate: appointment scheduling with a private connection to Exchange calendars\n\n");
    for (const struct command *command = commands; command->words; command++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s%s", command->words, *command->operands ? " " : "",
                 command->operands);
        printf("  %-36s %s\n", left, command->help);
    }
    printf("\nFor every command:\n");
    for (const struct option *option = global_options; option->name; option++)
        print_option(option);
    printf("\nExit codes: 0 done, 1 refused or failed, 2 usage, 3 configuration. See "
           "hourgate(8).\n");
}

void call_help(const char *words)
{
    bool found = false;
    for (const struct command *command = commands; *words && command->words; command++)
        if (text_starts(text_from(command->words), text_from(words))) {
            help_command(command);
            found = true;
        }
    if (!found)
        help_all();
}
