/* SPDX-License-Identifier: ISC
 *
 * xmpp setup: a secret that hourgate and Debian's Prosody share, and Prosody's configuration for the two.
 */
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "hourgate/commands.h"
#include "os/file.h"
#include "os/random.h"

const struct option xmpp_setup_options[] = {
    {"secret-file", "FILE", "where the secret goes, readable by its owner alone"},
    {"prosody", "FILE", "where Prosody's configuration goes, with the secret in it"},
    {0},
};

enum { SECRET_BYTES = 32, SAMPLE_MAX = 8192 };

static void add_sample(struct buf *out, struct text host, struct text component,
                       const struct config *config, struct text secret)
{
    buf_printf(
        out,
        "-- Prosody for hourgate's connectors, made by hourgate xmpp setup. Put it into\n"
        "-- /etc/prosody/conf.d/, with a certificate for " TEXT_FMT " where Prosody finds it.\n"
        "c2s_ports = { %lld }\n"
        "c2s_direct_tls_ports = { %lld }\n"
        "s2s_ports = { }\n"
        "component_ports = { %lld }\n"
        "component_interfaces = { \"127.0.0.1\" }\n"
        "c2s_require_encryption = true\n"
        "authentication = \"internal_hashed\"\n"
        "allow_registration = false\n"
        "modules_enabled = { \"saslauth\", \"tls\", \"disco\", \"ping\", \"admin_adhoc\", "
        "\"adhoc\" }\n"
        "modules_disabled = { \"s2s\", \"offline\" }\n\n"
        "VirtualHost \"" TEXT_FMT "\"\n"
        "    admins = { \"" TEXT_FMT "\" }\n\n"
        "Component \"" TEXT_FMT "\"\n"
        "    component_secret = \"" TEXT_FMT "\"\n",
        TEXT_ARG(host), (long long)config->xmpp_port, (long long)config->xmpp_port_tls,
        (long long)config->xmpp_link_port, TEXT_ARG(host), TEXT_ARG(component),
        TEXT_ARG(component), TEXT_ARG(secret));
}

/* Names only: the sample goes into Lua as it is. */
static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", name.at[i]))
            return false;
    return name.n > 0 && name.n <= MAX_HOST;
}

enum exit_code command_xmpp_setup(struct call *call)
{
    struct error err = {0};
    unsigned char bytes[SECRET_BYTES];
    CLEANUP(buf_wipe) struct buf secret = BUF(2 * SECRET_BYTES), sample = BUF(SAMPLE_MAX);
    struct text host = text_from(call->operands[0]);
    struct text component = text_from(arena_printf(&call->a, "hourgate.%s", call->operands[0]));
    if (call_need(call, "secret-file", &err) != OK || call_need(call, "prosody", &err) != OK)
        return call_misused(call, &err);
    if (!is_name(host)) {
        error_set(&err, ERR_INVALID, "xmpp", "a host is a name such as xmpp.example.ch");
        return call_misused(call, &err);
    }
    random_bytes(bytes, sizeof bytes);
    base64url_format(&secret, bytes, sizeof bytes);
    wipe_bytes(bytes, sizeof bytes);
    add_sample(&sample, host, component, &call->config, buf_text(&secret));
    enum status status =
        file_create(call_cstr(call, "secret-file", ""), secret.at, secret.n, 0400, &err);
    if (status == OK)
        status = file_create(call_cstr(call, "prosody", ""), sample.at, sample.n, 0640, &err);
    if (status != OK)
        return call_fail(status, &err);
    printf("[xmpp]\nhost = %s\nsecret_file = %s\n", call->operands[0],
           call_cstr(call, "secret-file", ""));
    fprintf(stderr, "put these lines into hourgate.conf, the other file into "
                    "/etc/prosody/conf.d/, and restart both\n");
    return EXIT_DONE;
}
