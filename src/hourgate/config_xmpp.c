/* SPDX-License-Identifier: ISC */
#include "hourgate/config.h"

static bool is_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && *c != '.' && *c != '-')
            return false;
    return *name != 0;
}

enum status config_xmpp(const struct config *config, struct arena *a,
                        struct xmpp_server *ret_server, struct error *err)
{
    struct xmpp_server server = {.host = text_from(config->xmpp_host),
                                 .port = config->xmpp_port,
                                 .port_tls = config->xmpp_port_tls,
                                 .component = text_from(config->xmpp_component),
                                 .link_port = config->xmpp_link_port};
    *ret_server = (struct xmpp_server){.port = 0};
    if (!server.host.n)
        return OK;
    if (!is_name(config->xmpp_host) ||
        (*config->xmpp_component && !is_name(config->xmpp_component)))
        return error_set(
            err, ERR_INVALID, "",
            "[xmpp] host and component are names such as xmpp.example.ch, in small "
            "letters");
    if (!*config->xmpp_secret)
        return error_set(err, ERR_INVALID, "",
                         "[xmpp] secret_file is missing: hourgate xmpp setup makes one");
    if (!server.component.n)
        server.component = text_from(arena_printf(a, "hourgate.%s", config->xmpp_host));
    *ret_server = server;
    return OK;
}
