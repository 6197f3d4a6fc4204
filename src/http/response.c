/* SPDX-License-Identifier: ISC */
#include "http/response.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

void http_response_init(struct http_response *response, unsigned status,
                        const char *content_type)
{
    *response = (struct http_response){.status = status, .body = BUF(HTTP_BODY_MAX)};
    http_response_add_static(response, "Content-Type", content_type);
}

void http_response_done(struct http_response *response)
{
    for (size_t i = 0; i < response->n_headers; i++)
        free(response->headers[i].copy);
    response->n_headers = 0;
    buf_done(&response->body);
}

void http_response_add_static(struct http_response *response, const char *name,
                              const char *value)
{
    ENSURE(response->n_headers < HTTP_HEADERS_MAX);
    response->headers[response->n_headers++] = (struct http_header){name, value, NULL};
}

void http_response_add(struct http_response *response, const char *name, struct text value)
{
    for (size_t i = 0; i < value.n; i++)
        ENSURE((unsigned char)value.at[i] >= 0x20 && value.at[i] != 0x7f);
    char *copy = strndup(value.at ? value.at : "", value.n);
    ENSURE(copy);
    http_response_add_static(response, name, copy);
    response->headers[response->n_headers - 1].copy = copy;
}

struct fixed_header {
    const char *name, *value;
};

#define PAGE_POLICY                                                                            \
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src "    \
    "'self'; frame-src 'self'; form-action "                                                   \
    "'self'; base-uri 'none'; frame-ancestors "

static const struct fixed_header page_headers[] = {
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"Cache-Control", "no-store"},
    {NULL, NULL},
};

static const struct fixed_header data_headers[] = {
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Cache-Control", "no-store"},
    {NULL, NULL},
};

static void add_page_policy(struct http_response *response, struct text frame_sites)
{
    static const char name[] = "Content-Security-Policy";
    struct buf policy CLEANUP(buf_done) = BUF(HTTP_POLICY_MAX);
    buf_add_cstr(&policy, PAGE_POLICY);
    buf_add_text(&policy, frame_sites);
    if (frame_sites.n && !buf_failed(&policy))
        http_response_add(response, name, buf_text(&policy));
    else
        http_response_add_static(response, name, PAGE_POLICY "'none'");
}

void http_response_add_security(struct http_response *response, enum http_nature nature,
                                struct text frame_sites, bool is_https)
{
    if (nature == HTTP_PAGE)
        add_page_policy(response, frame_sites);
    const struct fixed_header *header = nature == HTTP_PAGE ? page_headers : data_headers;
    for (; header->name; header++)
        http_response_add_static(response, header->name, header->value);
    if (is_https)
        http_response_add_static(response, "Strict-Transport-Security", "max-age=31536000");
}
