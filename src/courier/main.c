/* SPDX-License-Identifier: ISC
 *
 * hourgate-courier: started by hourgate with its control channel as descriptor 3. Steps: be safe to hold
 * secrets, read the start message, load all that is needed for life, drop privilege, enter the jail,
 * answer the start, serve.
 */
#include <limits.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/versions.h"
#include "calendar/ical/ical.h"
#include "courier/courier.h"
#include "fetch/client.h"
#include "fetch/kerberos.h"
#include "format/json.h"
#include "format/xml.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "os/clock.h"
#include "os/jail.h"
#include "os/log.h"
#include "os/process.h"
#include "os/random.h"
#include "wire/codec.h"

enum { START_MS = 30 * 1000 };
#define ZONES_DIR "/usr/share/zoneinfo"

/* What glibc's resolver and libkrb5 read; resolv.conf is often a link into /run. */
static const char *resolver_files[] = {
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    NULL, /* krb5.conf */
    NULL, /* resolv.conf's target */
    NULL,
};

enum { KRB5_CONF = sizeof resolver_files / sizeof *resolver_files - 3 };

/* krb5_conf: NULL or "" is the system's; lives as long as the program. */
static const struct jail_paths *paths(const char *krb5_conf)
{
    static char target[PATH_MAX];
    static const struct jail_paths found = {.read = resolver_files};
    if (realpath("/etc/resolv.conf", target))
        resolver_files[KRB5_CONF + 1] = target;
    resolver_files[KRB5_CONF] = krb5_conf && *krb5_conf ? krb5_conf : "/etc/krb5.conf";
    return &found;
}

static enum status check_proxy(const struct proxy *proxy, struct error *err)
{
    bool is_named = proxy->user.n && !memchr(proxy->user.at, ':', proxy->user.n);
    if (!proxy->host.n)
        return OK;
    for (size_t i = 0; i < proxy->host.n; i++)
        if (proxy->host.at[i] <= ' ' || strchr("/@?#[]", proxy->host.at[i]))
            return error_set(err, ERR_INVALID, "proxy", "the proxy's host is not a name");
    if (proxy->port < 1 || proxy->port > 65535)
        return error_set(err, ERR_INVALID, "proxy",
                         "the proxy's port is not within 1 to 65535");
    if (proxy->method != PROXY_ANONYMOUS && (!is_named || !proxy->password.n))
        return error_set(err, ERR_INVALID, "proxy",
                         "the proxy's sign-in needs a user (without ':') and a password");
    return OK;
}

/* Load everything that would be opened at first use: resolver modules above all. */
static enum status load(const struct courier_start_ask *ask, const char *krb5_conf,
                        struct courier *ret, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    /* One dead name server must not hold a child for half a minute. */
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
    struct addrinfo *found = NULL;
    if (getaddrinfo("localhost", "443", NULL, &found) == 0)
        freeaddrinfo(found);
    TRY(fetch_init(err));
    xml_init();
    kerberos_init(krb5_conf);
    json_prepare(random_u64());
    for (size_t i = 0; i < ask->n_networks; i++)
        TRY(network_list_add(&ret->networks, ask->networks[i].cidr, err));
    TRY(moment_init(err));
    ret->zones = zones_load(ZONES_DIR, err);
    if (!ret->zones)
        return ERR_IO;
    place_init(ret->zones);
    ical_init(ret->zones);
    ret->jail = ask->jail;
    TRY(check_proxy(&ask->proxy, err));
    ret->proxy = ask->proxy;
    return tls_roots_new(arena_cstr(&a, ask->roots), &ret->roots, err);
}

static enum status start(const struct courier_start_ask *ask, struct arena *life,
                         struct courier *ret, struct error *err)
{
    const char *krb5_conf = arena_cstr(life, ask->krb5);
    TRY(load(ask, krb5_conf, ret, err));
    TRY(process_become(ask->uid, ask->gid, err));
    if (!ask->jail)
        return OK;
    return jail_enter(JAIL_COURIER, paths(krb5_conf), err);
}

static enum status start_by(struct link *control, struct arena *a, struct courier *ret_courier)
{
    struct frame frame;
    struct courier_start_ask ask;
    struct courier_start_answer body = {0};
    struct error err = {0};
    TRY(link_next(control, clock_ms() + START_MS, &frame));
    if (frame.type != WIRE_courier_start)
        return ERR_INVALID;
    TRY(frame_read_ask(a, &frame, &ask));
    enum status status = start(&ask, a, ret_courier, &err);
    if (status != OK)
        log_error(LOG_ERROR, "cannot start", status, &err);
    struct reply reply = reply_from(status, &err);
    TRY(link_answer(control, &frame, &reply, status == OK ? &body : NULL, -1,
                    clock_ms() + START_MS));
    return status;
}

int main(int argc, char **argv)
{
    if (versions_wanted(argc, argv))
        return versions_print();
    if (jail_probe_wanted(argc, argv))
        return jail_probe(JAIL_COURIER, paths(NULL));
    log_init("hourgate-courier", LOG_NOTE);
    process_prepare();
    struct link control;
    struct courier courier = {.resolver_files = resolver_files};
    struct arena life = {0};
    link_init(&control, PROCESS_CONTROL_FD);
    enum status status = start_by(&control, &life, &courier);
    if (status == OK)
        zygote_serve(&courier, &control);
    tls_roots_free(courier.roots);
    zones_free(courier.zones);
    moment_done();
    wire_wipe(proxy_shape, &courier.proxy);
    arena_done(&life);
    link_done(&control);
    return status == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
