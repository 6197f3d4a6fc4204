/* SPDX-License-Identifier: ISC */
#include "edge/customer/look.h"

#include "edge/route.h"
#include "edge/visit.h"
#include "edge/web.h"
#include "format/colour.h"

enum { LOGO_WIDTH = 200, LOGO_HEIGHT = 56 }; /* of the room that pages have for it */

#define FOREVER "public, max-age=31536000, immutable"

static const struct web_asset *plain_style(void)
{
    for (size_t i = 0; i < WEB_ASSETS; i++)
        if (strcmp(web_assets[i].name, "style.css") == 0)
            return &web_assets[i];
    ENSURE(false);
    return NULL;
}

/* "/a/HASH/style.css" -> "HASH" */
static struct text hash_of(const struct web_asset *asset)
{
    struct text address = text_from(asset->address), hash = address, rest;
    address = (struct text){address.at + 3, address.n - 3};
    (void)text_cut(address, '/', &hash, &rest);
    return hash;
}

const char *look_style(struct arena *a, const struct page_look *look)
{
    struct text hash = hash_of(plain_style());
    if (!look->accent.n)
        return NULL;
    return arena_printf(a, "/a/style/" TEXT_FMT "/" TEXT_FMT ".css", TEXT_ARG(hash),
                        TEXT_ARG(look->accent));
}

struct logo_view look_logo(struct arena *a, struct text account, const struct page_look *look)
{
    int64_t width = look->width, height = look->height;
    if (!look->logo.n || width < 1 || height < 1)
        return (struct logo_view){0};
    if (height > LOGO_HEIGHT) {
        width = width * LOGO_HEIGHT / height;
        height = LOGO_HEIGHT;
    }
    if (width > LOGO_WIDTH) {
        height = height * LOGO_WIDTH / width;
        width = LOGO_WIDTH;
    }
    return (struct logo_view){.href = arena_printf(a, "/a/logo/" TEXT_FMT "/" TEXT_FMT,
                                                   TEXT_ARG(account), TEXT_ARG(look->logo)),
                              .width = width > 0 ? width : 1,
                              .height = height > 0 ? height : 1};
}

/* ---- the files themselves ---- */

/* Begin a file that never changes: whoever has it already by that tag is told so. True: that was all. */
static bool is_known(struct visit *visit, struct http_response *ret_response, const char *type,
                     struct text tag)
{
    const char *quoted = arena_printf(&visit->arena, "\"" TEXT_FMT "\"", TEXT_ARG(tag));
    bool is_same = text_equal(http_header(visit->request, "If-None-Match"), text_from(quoted));
    http_response_init(ret_response, is_same ? 304 : 200, type);
    http_response_add_static(ret_response, "X-Content-Type-Options", "nosniff");
    http_response_add_static(ret_response, "Cross-Origin-Resource-Policy", "same-origin");
    http_response_add_static(ret_response, "Content-Security-Policy", "default-src 'none'");
    http_response_add_static(ret_response, "Cache-Control", FOREVER);
    http_response_add(ret_response, "ETag", text_from(quoted));
    return is_same;
}

void look_style_get(struct visit *visit)
{
    struct colour colour;
    struct http_response response;
    struct text name = visit->parts[3], hash = hash_of(plain_style());
    bool is_sheet = text_ends(name, TEXT(".css"));
    struct text six = {name.at, is_sheet ? name.n - 4 : 0};
    if (!text_equal(visit->parts[2], hash) || six.n != MAX_COLOUR ||
        colour_parse(six, &colour) != OK) {
        visit_fail_http(visit, 404);
        return;
    }
    struct text tag = text_from(
        arena_printf(&visit->arena, TEXT_FMT "-" TEXT_FMT, TEXT_ARG(hash), TEXT_ARG(six)));
    if (!is_known(visit, &response, "text/css; charset=utf-8", tag)) {
        buf_add(&response.body, plain_style()->bytes, plain_style()->n);
        colour_style(&response.body, colour);
    }
    visit_send(visit, &response);
}

static void send_logo(struct visit *visit, enum status status, const void *answer)
{
    static const char *const types[IMAGE_KIND_COUNT] = {
        [IMAGE_PNG] = "image/png", [IMAGE_WEBP] = "image/webp"};
    const struct logo_answer *found = answer;
    struct http_response response;
    if (status != OK || !found) {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
        return;
    }
    if (!is_known(visit, &response, types[found->kind], visit->parts[3]))
        buf_add_text(&response.body, found->logo);
    visit_send(visit, &response);
}

void look_logo_get(struct visit *visit)
{
    struct logo_ask ask = {visit->parts[2], visit->parts[3]};
    if (text_is_slug(ask.account, MAX_SLUG) && text_is_slug(ask.mark, MAX_LOGO_MARK))
        visit_ask(visit, WIRE_logo, &ask, DOOR_READ, send_logo);
    else
        visit_fail_http(visit, 404);
}
