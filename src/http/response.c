/* SPDX-License-Identifier: ISC */
#include "http/response.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

void http_response_init(struct http_response *response, unsigned status, const char *content_type)
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

void http_response_add_static(struct http_response *response, const char *name, const char *value)
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

void http_response_add_security(struct http_response *response, bool is_https)
{
    static const struct {
        const char *name, *value;
    } headers[] = {
        {"Content-Security-Policy",
         "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
         "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Content-Type-Options", "nosniff"},
        {"Cache-Control", "no-store"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        http_response_add_static(response, headers[i].name, headers[i].value);
    if (is_https)
        http_response_add_static(response, "Strict-Transport-Security", "max-age=31536000");
}
