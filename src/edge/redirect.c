/* SPDX-License-Identifier: ISC
 *
 * Plain HTTP, where TLS is hourgate's own: nothing is answered there but where to go. The address is the configured one,
 * whatever the visitor's Host says.
 */
#include "edge/route.h"

void redirect_begin(void *owner, struct http_request *request)
{
    const struct edge *edge = owner;
    struct http_response response;
    struct buf location CLEANUP(buf_done) = BUF(16 * 1024);
    bool is_read = request->method ==
                   HTTP_GET; /* HEAD too; what else came in plain must not be repeated */
    http_response_init(&response, is_read ? 301 : 403, "text/plain; charset=utf-8");
    buf_add_text(&location, edge->config.base_url);
    buf_add_text(&location, request->path);
    if (request->query.n) {
        buf_add_cstr(&location, "?");
        buf_add_text(&location, request->query);
    }
    if (is_read && !buf_failed(&location))
        http_response_add(&response, "Location", buf_text(&location));
    buf_add_cstr(&response.body, "HTTPS only\n");
    http_answer(request, &response);
}
