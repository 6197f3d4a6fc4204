/* SPDX-License-Identifier: ISC
 *
 * A vault for one `hourgate scan`: it has the texts that are looked for, and no key. Its memory ends with it, so
 * that a later scan does not find what an earlier one looked for.
 */
#include "vault/search.h"

#include "os/clock.h"
#include "os/jail.h"
#include "os/process.h"
#include "store/store.h"
#include "wire/codec.h"

enum { ANSWER_MS = 30000 };

/* Connect to a remote database before the jail, open a file inside it, as every vault does. */
static enum status open_in_jail(struct arena *a, const struct search_ask *ask,
                                struct store **ret_store, struct error *err)
{
    char *at = arena_cstr(a, ask->database), *slash = strrchr(at, '/');
    bool is_remote = store_is_remote(at);
    const struct secret *password = ask->store_password.n ? &ask->store_password : NULL;
    const char *folder = slash ? arena_printf(a, "%.*s/", (int)(slash - at), at) : ".";
    const char *const writable[] = {is_remote ? NULL : folder, NULL};
    const struct jail_paths paths = {.write = writable};
    if (is_remote)
        TRY(store_open_beside(at, password, ret_store, err));
    if (ask->jail)
        TRY(jail_enter(JAIL_VAULT, &paths, err));
    return is_remote ? OK : store_open_beside(at, NULL, ret_store, err);
}

static enum status search(struct arena *a, const struct search_ask *ask, struct store **store,
                          struct search_answer *answer, struct error *err)
{
    struct text *texts = ARENA_ARRAY(a, ask->n_needles, struct text);
    for (size_t i = 0; i < ask->n_needles; i++) {
        texts[i] = ask->needles[i].bytes;
        if (texts[i].n < NEEDLE_MIN)
            return error_set(err, ERR_INVALID, "search", "a text is too short");
    }
    TRY(process_become(ask->uid, ask->gid, err));
    TRY(open_in_jail(a, ask, store, err));
    struct needles *needles = needles_new(texts, ask->n_needles);
    enum status status = store_search(*store, needles, a, answer, err);
    needles_free(needles);
    return status;
}

enum status search_take(struct link *control, const struct frame *frame, struct arena *a)
{
    struct error err = {0};
    struct search_ask ask;
    struct search_answer answer = {0};
    struct store *store = NULL;
    TRY(frame_read_ask(a, frame, &ask));
    enum status status = search(a, &ask, &store, &answer, &err);
    wire_wipe(search_ask_shape, &ask);
    struct reply reply = reply_from(status, &err);
    enum status answered = link_answer(control, frame, &reply, status == OK ? &answer : NULL,
                                       -1, clock_ms() + ANSWER_MS);
    store_close(store);
    return answered == OK ? ERR_NOT_FOUND : answered;
}
