/* SPDX-License-Identifier: ISC
 *
 * Writes the wire target's first inputs: one file per message, its question and its answer.
 * Usage: seed_wire FOLDER
 */
#include <stdio.h>

#include "../../unit/wire/random_value.h"
#include "os/file.h"
#include "wire/codec.h"
#include "wire/frame.h"

enum { STREAM_MAX = 1 << 20, VALUE_MAX = 4096 };

static void add(struct buf *out, struct random *r, enum wire_type type, enum frame_kind kind)
{
    struct arena a = {0};
    shape_table *shape =
        kind == FRAME_ASK ? wire_message_of(type)->ask : wire_message_of(type)->answer;
    _Alignas(max_align_t) char value[VALUE_MAX] = {0};
    struct reply reply = {.where = TEXT("tls"), .what = TEXT("certificate expired")};
    ENSURE(shape()->size <= sizeof value);
    random_value(r, &a, shape(), value);
    if (kind == FRAME_ASK)
        ENSURE(frame_ask(out, type, 7, 1000, 0, value) == OK);
    else
        ENSURE(frame_answer(out, type, 7, 0, &reply, value) == OK);
    wire_wipe(shape, value);
    arena_done(&a);
}

int main(int argc, char **argv)
{
    struct random r = {4711};
    for (unsigned type = 0; argc == 2 && type < WIRE_TYPE_MAX; type++) {
        CLEANUP(buf_done) struct buf out = BUF(STREAM_MAX);
        char path[1024];
        if (!wire_message_of(type))
            continue;
        add(&out, &r, (enum wire_type)type, FRAME_ASK);
        add(&out, &r, (enum wire_type)type, FRAME_ANSWER);
        snprintf(path, sizeof path, "%s/%s", argv[1], wire_message_of(type)->name);
        ENSURE(file_write(path, out.at, out.n, 0644, NULL) == OK);
    }
    return argc == 2 ? 0 : 1;
}
