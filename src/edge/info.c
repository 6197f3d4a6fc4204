/* SPDX-License-Identifier: ISC
 *
 * What is no booking: the start page, health, files.
 */
#include "edge/answer.h"
#include "edge/language.h"
#include "edge/route.h"
#include "edge/web.h"
#include "time/instant.h"

enum { DAY_S = 86400, GOOD_DAYS = 180 };

static void send_text(struct visit *visit, unsigned status, const char *text)
{
    struct http_response response;
    visit_response(visit, &response, status, "text/plain; charset=utf-8");
    buf_add_cstr(&response.body, text);
    visit_send(visit, &response);
}

void info_home(struct visit *visit)
{
    struct home_view view = {.head = visit_head(visit, TEXT("hourgate"))};
    struct http_response response;
    language_offer(visit, &view.head, "/");
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    web_home(&response.body, &view);
    visit_send(visit, &response);
}

/* ---- health ---- */

void info_healthz(struct visit *visit)
{
    send_text(visit, 200, "ok\n");
}

static void tell_ready(struct visit *visit, enum status status, const void *answer)
{
    const struct health_answer *health = answer;
    bool ready = status == OK && health && health->ready;
    send_text(visit, ready ? 200 : 503, ready ? "ready\n" : "not ready\n");
}

void info_readyz(struct visit *visit)
{
    struct health_ask ask = {0};
    visit_ask(visit, WIRE_health, &ask, DOOR_READ, tell_ready);
}

/* ---- files ---- */

static const struct web_asset *find_asset(struct text name)
{
    for (size_t i = 0; i < WEB_ASSETS; i++)
        if (text_equal(text_from(web_assets[i].name), name))
            return &web_assets[i];
    return NULL;
}

static void send_asset(struct visit *visit, const struct web_asset *asset, const char *cache)
{
    struct http_response response;
    http_response_init(&response, 200, asset->type);
    http_response_add_static(&response, "X-Content-Type-Options", "nosniff");
    http_response_add_static(&response, "Cross-Origin-Resource-Policy", "same-origin");
    http_response_add_static(&response, "Cache-Control", cache);
    buf_add(&response.body, asset->bytes, asset->n);
    visit_send(visit, &response);
}

/* The address holds the content's hash: what it names never changes. */
void info_asset(struct visit *visit)
{
    const struct web_asset *asset = find_asset(visit->parts[2]);
    if (asset && text_equal(text_from(asset->address), visit->request->path))
        send_asset(visit, asset, "public, max-age=31536000, immutable");
    else
        visit_fail_http(visit, 404);
}

/* What other sites load to show our pages (doc/embed.md): its address does not change, so it is asked for again. */
void info_embed(struct visit *visit)
{
    struct http_response response;
    const struct web_asset *asset = find_asset(TEXT("embed.js"));
    http_response_init(&response, 200, asset->type);
    http_response_add_static(&response, "X-Content-Type-Options", "nosniff");
    http_response_add_static(&response, "Cross-Origin-Resource-Policy", "cross-origin");
    http_response_add_static(&response, "Cache-Control", "public, max-age=3600");
    buf_add(&response.body, asset->bytes, asset->n);
    visit_send(visit, &response);
}

void info_favicon(struct visit *visit)
{
    send_asset(visit, find_asset(TEXT("favicon.svg")), "public, max-age=86400");
}

void info_robots(struct visit *visit)
{
    send_asset(visit, find_asset(TEXT("robots.txt")), "public, max-age=86400");
}

/* Whom to write to about a weakness (RFC 9116), where the operator says so. It has to end some day: it is good for half a
 * year from whenever it is read. */
void info_security(struct visit *visit)
{
    const struct edge_config *config = &visit->edge->config;
    struct text contact = config->security_contact;
    struct http_response response;
    char until[INSTANT_SIZE];
    if (!contact.n) {
        visit_fail_http(visit, 404);
        return;
    }
    instant_format((struct instant){visit->now.s - visit->now.s % DAY_S + GOOD_DAYS * DAY_S},
                   until);
    visit_response(visit, &response, 200, "text/plain; charset=utf-8");
    buf_printf(&response.body,
               "Contact: %s" TEXT_FMT "\nExpires: %s\nPreferred-Languages: en, de, fr, it\n"
               "Canonical: " TEXT_FMT "/.well-known/security.txt\n",
               text_starts(contact, TEXT("https://")) ? "" : "mailto:", TEXT_ARG(contact),
               until, TEXT_ARG(config->base_url));
    visit_send(visit, &response);
}

/* Where a password manager leads people whose password is to be changed. */
void info_change_password(struct visit *visit)
{
    visit_see_other(visit, "/settings#change");
}

void info_openapi(struct visit *visit)
{
    send_asset(visit, find_asset(TEXT("openapi.json")), "public, max-age=300");
}
