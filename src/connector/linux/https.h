/* SPDX-License-Identifier: ISC
 *
 * One POST at a time by libcurl: TLS as strict as the courier's (fetch/tls.h), through the proxy that the settings or
 * the environment name. http:// is for loopback, which connector_pair sees to.
 */
#ifndef CONNECTOR_LINUX_HTTPS_H
#define CONNECTOR_LINUX_HTTPS_H

#include <curl/curl.h>
#include <signal.h>

#include "connector/linux/settings.h"
#include "connector/platform.h"
#include "fetch/tls.h"

struct https {
    const struct settings *settings;
    struct tls_roots *roots;
    const volatile sig_atomic_t *is_stopped; /* a running call ends soon after it was set */
    CURL *curl;
    char host[MAX_HOST + 1];
    struct tls_wanted wanted;
    struct tls_report report;
};

/* Load the roots. settings and is_stopped are borrowed. */
enum status https_open(struct https *https, const struct settings *settings,
                       const volatile sig_atomic_t *is_stopped, struct error *err) MUST_CHECK;
void https_close(struct https *https); /* accepts a zeroed one */

struct http_adapter https_adapter(struct https *https);

/* Point a transfer at the proxy of the settings. */
bool https_set_proxy(CURL *curl, const struct settings *settings);

/* Put a failure into words: what libcurl said, the proxy's answer, what TLS refused. */
enum status https_failure(CURL *curl, CURLcode code, const struct settings *settings,
                          const struct tls_report *report, const char *where,
                          struct error *err);

/* Is this host an address rather than a name? */
bool https_is_address(const char *host);

#endif
