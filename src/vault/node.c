/* SPDX-License-Identifier: ISC */
#include "vault/node.h"

#include "base/limits.h"
#include "os/file.h"
#include "os/random.h"

enum status node_name(struct arena *a, const char *directory, struct text *ret_node,
                      struct error *err)
{
    const char *path = arena_printf(a, "%s/node", directory);
    struct buf content CLEANUP(buf_done) = BUF(MAX_NODE);
    enum status status = file_read(path, &content, err);
    if (status == ERR_NOT_FOUND) {
        buf_printf(&content, "%016llx\n", (unsigned long long)random_u64());
        status = file_create(path, content.at, content.n, 0644, err);
    }
    TRY(status);
    struct text name = text_trim(buf_text(&content));
    if (!text_is_slug(name, MAX_NODE))
        return error_set(err, ERR_INVALID, "node",
                         "%s holds no name: remove it, and another one is drawn", path);
    *ret_node = arena_text(a, name);
    return OK;
}
