/* SPDX-License-Identifier: ISC
 *
 * Speak to a real courier as the vault and the parent do, one JSON line in, one out; for flow tests in
 * Python. Messages are converted by their shapes, so every message works without a line here:
 *
 *     {"to": "control" | "vault" | CHILD, "ask": "busy", "timeout_ms": 5000, "body": {...}}
 *     {"status": "OK", "retry_s": 0, "where": "", "what": "", "ms": 4, "body": {...}, "child": 1}
 *     {"close": CHILD}  {}
 *
 * Enums are numbers, bytes that are no text {"base64": ...}, instants are seconds, missing fields are empty. A spawn's answer names the new child.
 * Usage: courier-drive PATH-OF-HOURGATE-COURIER
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/process.h"
#include "wire/codec.h"
#include "wire/link.h"

enum { CHILDREN = 1024 };

struct drive {
    struct link control, vault;
    struct link children[CHILDREN];
    bool open[CHILDREN];
    bool has_vault;
    int n;
};

/* ---- values by shape ---- */

static void from_json(struct arena *a, shape_table *shape, const json_t *object, void *ret);

/* A string, or {"base64": string} for bytes that are no text. */
static struct text text_of(struct arena *a, const json_t *value)
{
    const json_t *coded = json_object_get(value, "base64");
    CLEANUP(buf_done) struct buf bytes = BUF(64 * 1024);
    if (!coded)
        return (struct text){json_string_value(value), json_string_length(value)};
    if (base64_parse(&bytes, text_from(json_string_value(coded))) != OK)
        exit(EXIT_FAILURE);
    return arena_text(a, buf_text(&bytes));
}

static void field_from_json(struct arena *a, const struct field *field, const json_t *value,
                            char *at)
{
    struct text text = text_of(a, value);
    switch (field->kind) {
    case FIELD_FLAG:
        *(bool *)at = json_is_true(value);
        break;
    case FIELD_CODE:
        *(unsigned *)at = (unsigned)json_integer_value(value);
        break;
    case FIELD_I64:
    case FIELD_INSTANT:
        *(int64_t *)at = json_integer_value(value);
        break;
    case FIELD_TEXT:
    case FIELD_BYTES:
        *(struct text *)at = text.at ? arena_text(a, text) : (struct text){0};
        break;
    case FIELD_SECRET:
        *(struct secret *)at = secret_new(text.at ? text.at : "", text.n);
        break;
    case FIELD_ONE:
        from_json(a, field->of, value, at);
        break;
    case FIELD_LIST: {
        size_t n = json_array_size(value), size = field->of()->size;
        char *items = arena_array(a, n ? n : 1, size);
        for (size_t i = 0; i < n; i++)
            from_json(a, field->of, json_array_get(value, i), items + i * size);
        *(void **)at = items;
        break;
    }
    }
}

static void from_json(struct arena *a, shape_table *shape, const json_t *object, void *ret)
{
    memset(ret, 0, shape()->size);
    for (size_t i = 0; i < shape()->n_fields; i++) {
        const struct field *field = &shape()->fields[i];
        const json_t *value = json_object_get(object, field->name);
        field_from_json(a, field, value, (char *)ret + field->offset);
        if (field->kind == FIELD_LIST)
            *(size_t *)((char *)ret + field->count_offset) = json_array_size(value);
    }
}

static json_t *to_json(shape_table *shape, const void *value);

static json_t *field_to_json(const struct field *field, const char *at, size_t count)
{
    const struct text *text = (const void *)at;
    const struct secret *secret = (const void *)at;
    json_t *list;
    switch (field->kind) {
    case FIELD_FLAG:
        return json_boolean(*(const bool *)at);
    case FIELD_CODE:
        return json_integer(*(const unsigned *)at);
    case FIELD_I64:
    case FIELD_INSTANT:
        return json_integer(*(const int64_t *)at);
    case FIELD_TEXT:
    case FIELD_BYTES:
        return json_stringn(text->n ? text->at : "", text->n);
    case FIELD_SECRET:
        /* What a courier answers as a secret, the test has planted. */
        return json_stringn(secret->at ? (const char *)secret->at : "", secret->n);
    case FIELD_ONE:
        return to_json(field->of, at);
    case FIELD_LIST:
        list = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(
                list, to_json(field->of, *(char *const *)at + i * field->of()->size));
        return list;
    }
    return json_null();
}

static json_t *to_json(shape_table *shape, const void *value)
{
    json_t *object = json_object();
    for (size_t i = 0; i < shape()->n_fields; i++) {
        const struct field *field = &shape()->fields[i];
        size_t count = field->kind == FIELD_LIST
                           ? *(const size_t *)((const char *)value + field->count_offset)
                           : 0;
        json_object_set_new(object, field->name,
                            field_to_json(field, (const char *)value + field->offset, count));
    }
    return object;
}

/* ---- asking ---- */

static enum wire_type type_of(const char *name)
{
    for (unsigned i = 0; i < WIRE_TYPE_MAX; i++)
        if (wire_message_of(i) && name && strcmp(wire_message_of(i)->name, name) == 0)
            return (enum wire_type)i;
    fprintf(stderr, "courier-drive: no message is called %s\n", name ? name : "");
    exit(EXIT_FAILURE);
}

static struct link *link_of(struct drive *drive, const json_t *to)
{
    const char *name = json_string_value(to);
    if (name)
        return strcmp(name, "control") == 0 ? &drive->control : &drive->vault;
    json_int_t n = json_integer_value(to);
    ENSURE(n >= 0 && n < drive->n && drive->open[n]);
    return &drive->children[n];
}

static int keep_child(struct drive *drive, int fd)
{
    ENSURE(drive->n < CHILDREN);
    link_init(&drive->children[drive->n], fd);
    drive->open[drive->n] = true;
    return drive->n++;
}

static json_t *ask(struct drive *drive, const json_t *line)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct link *link = link_of(drive, json_object_get(line, "to"));
    enum wire_type type = type_of(json_string_value(json_object_get(line, "ask")));
    const struct wire_message *message = wire_message_of(type);
    json_int_t timeout_ms = json_integer_value(json_object_get(line, "timeout_ms"));
    void *body = arena_alloc(&a, message->ask()->size);
    void *answer = arena_alloc(&a, message->answer()->size);
    from_json(&a, message->ask, json_object_get(line, "body"), body);

    struct reply reply = {0};
    int fd = -1;
    int64_t start_ms = clock_ms();
    enum status status =
        link_ask(link, type, body, -1, start_ms + (timeout_ms ? timeout_ms : 20000), &a, &reply,
                 answer, &fd);
    json_t *out = to_json(reply_shape, &reply);
    json_object_set_new(out, "status", json_string(status_name(status)));
    json_object_set_new(out, "ms", json_integer(clock_ms() - start_ms));
    if (reply.has_body)
        json_object_set_new(out, "body", to_json(message->answer, answer));
    if (fd >= 0)
        json_object_set_new(out, "child", json_integer(keep_child(drive, fd)));
    wire_wipe(message->ask, body);
    return out;
}

static void close_child(struct drive *drive, json_int_t n)
{
    ENSURE(n >= 0 && n < drive->n);
    if (drive->open[n])
        link_done(&drive->children[n]);
    drive->open[n] = false;
}

/* Give the courier the other end of our vault channel, as the parent would. */
static json_t *attach_vault(struct drive *drive)
{
    CLEANUP(arena_done) struct arena a = {0};
    int ours, theirs;
    ENSURE(channel_pair(&ours, &theirs) == OK);
    link_init(&drive->vault, ours);
    drive->has_vault = true;
    struct attach_ask body = {.role = ATTACH_VAULT};
    struct attach_answer answer;
    struct reply reply = {0};
    enum status status = link_ask(&drive->control, WIRE_attach, &body, theirs,
                                  clock_ms() + 5000, &a, &reply, &answer, NULL);
    return json_pack("{ss}", "status", status_name(status));
}

int main(int argc, char **argv)
{
    log_init("courier-drive", LOG_NOTE);
    struct drive drive = {0};
    struct process courier;
    struct error err = {0};
    int ours, theirs;
    if (argc != 2 || channel_pair(&ours, &theirs) != OK)
        return EXIT_FAILURE;
    const char *const arguments[] = {argv[1], NULL};
    if (process_start(argv[1], arguments, theirs, -1, &courier, &err) != OK) {
        log_error(LOG_ERROR, "no courier", ERR_IO, &err);
        return EXIT_FAILURE;
    }
    close(theirs);
    link_init(&drive.control, ours);
    json_t *line;
    while ((line = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL))) {
        json_t *child = json_object_get(line, "close");
        if (child)
            close_child(&drive, json_integer_value(child));
        json_t *out = child                             ? json_object()
                      : json_object_get(line, "attach") ? attach_vault(&drive)
                                                        : ask(&drive, line);
        json_dumpf(out, stdout, JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
        json_decref(out);
        json_decref(line);
    }
    for (int i = 0; i < drive.n; i++)
        close_child(&drive, i);
    if (drive.has_vault)
        link_done(&drive.vault);
    link_done(&drive.control);
    return process_end(&courier, clock_ms() + 3000) ? EXIT_FAILURE : EXIT_SUCCESS;
}
