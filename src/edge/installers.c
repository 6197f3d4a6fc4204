/* SPDX-License-Identifier: ISC */
#include "edge/installers.h"

#include <stdio.h>

#include "edge/answer.h"
#include "edge/failure.h"
#include "edge/route.h"
#include "os/file.h"

/* As pack/windows/build names them. */
static const char *const names[INSTALLERS] = {
    "hourgate-connector-user.exe", "hourgate-connector-machine.exe", "hourgate-connector.msi"};

enum status installers_load(const char *directory, struct arena *a,
                            struct installers *ret_installers, struct error *err)
{
    struct installers found = {0};
    for (int i = 0; i < INSTALLERS; i++) {
        found.at[i].name = names[i];
        if (!*directory)
            continue;
        char path[MAX_FILE_PATH + 64];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        struct buf bytes CLEANUP(buf_done) = BUF(INSTALLER_BYTES);
        enum status status = file_read(path, &bytes, err);
        if (status == ERR_NOT_FOUND)
            continue;
        TRY(status);
        found.at[i].bytes = arena_text(a, buf_text(&bytes));
    }
    *ret_installers = found;
    return OK;
}

void installer_get(struct visit *visit)
{
    const struct installers *installers = &visit->edge->installers;
    for (int i = 0; i < INSTALLERS; i++) {
        const struct installer *one = &installers->at[i];
        if (!one->bytes.n || !text_equal(visit->parts[2], text_from(one->name)))
            continue;
        struct http_response response;
        http_response_init(&response, 200, "application/octet-stream");
        http_response_add_static(&response, "X-Content-Type-Options", "nosniff");
        http_response_add_static(&response, "Content-Security-Policy", "default-src 'none'");
        http_response_add_static(&response, "Content-Disposition", "attachment");
        http_response_add_static(&response, "Cache-Control", "no-cache");
        buf_add_text(&response.body, one->bytes);
        visit_send(visit, &response);
        return;
    }
    visit_fail_http(visit, 404);
}
