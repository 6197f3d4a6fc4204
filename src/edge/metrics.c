/* SPDX-License-Identifier: ISC
 *
 * /metrics, on a listener of its own on loopback: Prometheus' text format 0.0.4. Counts only; nothing
 * names an account, a page or a person.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "edge/answer.h"
#include "edge/route.h"
#include "os/clock.h"

static void add(struct buf *out, const char *name, const char *type, uint64_t value)
{
    buf_printf(out, "# TYPE hourgate_%s %s\nhourgate_%s %" PRIu64 "\n", name, type, name,
               value);
}

static void add_edge(struct buf *out, const struct edge *edge, struct instant now)
{
    struct http_counts http = http_server_counts(edge->web);
    add(out, "edge_up_seconds", "gauge", (uint64_t)instant_until_s(edge->started, now));
    add(out, "edge_jailed", "gauge", edge->config.jail);
    if (edge->certificate_s) {
        int64_t left_s = edge->certificate_s - now.s;
        add(out, "tls_certificate_left_seconds", "gauge", left_s > 0 ? (uint64_t)left_s : 0);
        add(out, "tls_certificate_refused", "gauge", edge->certificate_refused);
    }
    add(out, "edge_vault_connected", "gauge", edge->door.open);
    add(out, "edge_connections", "gauge", http.connections);
    add(out, "edge_waiting", "gauge", http.waiting);
    add(out, "edge_connections_total", "counter", http.accepted);
    add(out, "edge_requests_total", "counter", http.requests);
    add(out, "edge_refused_total", "counter", http.refused);
    add(out, "edge_limited_total", "counter", edge->counts.limited);
    add(out, "edge_visitors_left_total", "counter", edge->counts.gone);
    add(out, "edge_questions_total", "counter", edge->door.asked);
    add(out, "edge_questions_timed_out_total", "counter", edge->door.timeouts);
    add(out, "edge_late_answers_total", "counter", edge->door.late);
    buf_add_cstr(out, "# TYPE hourgate_edge_answers_total counter\n");
    for (unsigned kind = 2; kind < 6; kind++)
        buf_printf(out, "hourgate_edge_answers_total{class=\"%uxx\"} %" PRIu64 "\n", kind,
                   edge->counts.answers[kind]);
}

/* A counter's name comes from the vault; what Prometheus does not allow becomes '_'. */
static void add_counter(struct buf *out, const struct counter *counter)
{
    char name[MAX_WHERE + 1];
    for (size_t i = 0; i < counter->name.n; i++) {
        char c = counter->name.at[i];
        bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        name[i] = allowed ? c : '_';
    }
    name[counter->name.n] = 0;
    buf_printf(out, "hourgate_vault_%s %" PRId64 "\n", name, counter->value);
}

static void add_vault(struct buf *out, const struct health_answer *health)
{
    add(out, "vault_ready", "gauge", health->ready);
    add(out, "vault_jailed", "gauge", health->jailed);
    add(out, "vault_up_seconds", "gauge", (uint64_t)health->up_s);
    for (size_t i = 0; i < health->n_counters; i++)
        add_counter(out, &health->counters[i]);
}

static void tell(struct visit *visit, enum status status, const void *answer)
{
    struct http_response response;
    visit_response(visit, &response, 200, "text/plain; version=0.0.4; charset=utf-8");
    add_edge(&response.body, visit->edge, visit->now);
    if (status == OK && answer)
        add_vault(&response.body, answer);
    visit_send(visit, &response);
}

void metrics_begin(void *owner, struct http_request *request)
{
    struct visit *visit = calloc(1, sizeof *visit);
    ENSURE(visit);
    visit->edge = owner;
    visit->request = request;
    visit->now = clock_now();
    request->visit = visit;
    struct health_ask ask = {0};
    if (request->method == HTTP_GET && text_equal(request->path, TEXT("/metrics")))
        visit_ask(visit, WIRE_health, &ask, DOOR_READ, tell);
    else
        visit_fail_http(visit, 404);
}
