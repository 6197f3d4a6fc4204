/* SPDX-License-Identifier: ISC
 *
 * libkrb5 gets the tickets before libcurl asks for them: libcurl goes on without a sign-in where it finds none,
 * and nobody would learn why. That also makes a refused password one try, as the KDC counts them.
 */
#include "fetch/kerberos.h"

#include <ctype.h>
#include <gssapi/gssapi.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "fetch/keytab.h"
#include "os/clock.h"

enum { LASTS_S = 5 * 60 }; /* a ticket that ends sooner is replaced */

struct kerberos {
    const struct server *server;
    krb5_context context;
    krb5_principal user;
    krb5_principal service; /* HTTP/host */
    krb5_ccache cache;
    krb5_keytab keytab; /* NULL: by password */
    int64_t end_s;      /* when the ticket ends; 0: there is none */
};

static const char cache_name[] = "MEMORY:hourgate";

/* Kept open, so that the configuration stays loaded: the jail may not read it again. */
static krb5_context kept;

void kerberos_init(const char *config)
{
    OM_uint32 minor;
    gss_OID_set mechanisms = GSS_C_NO_OID_SET;
    if (config && *config)
        setenv("KRB5_CONFIG", config, 1);
    setenv("KRB5CCNAME", cache_name, 1);
    unsetenv("KRB5_KTNAME");
    unsetenv("KRB5_CLIENT_KTNAME");
    unsetenv("KRB5_TRACE");
    if (krb5_init_context(&kept) != 0)
        kept = NULL;
    if (gss_indicate_mechs(&minor, &mechanisms) == GSS_S_COMPLETE)
        gss_release_oid_set(&minor, &mechanisms);
}

/* ---- what went wrong ---- */

struct meaning {
    krb5_error_code code;
    enum status status;
    const char *words;
};

#define SKEW                                                                                   \
    "the clocks of KDC and this machine differ by more than 5 minutes: set both by NTP "       \
    "(timedatectl set-ntp true; w32tm /resync)"

static const struct meaning meanings[] = {
    {KRB5KDC_ERR_PREAUTH_FAILED, ERR_AUTH, "the KDC refuses the password"},
    {KRB5KRB_AP_ERR_BAD_INTEGRITY, ERR_AUTH, "the KDC refuses the password"},
    {KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, ERR_AUTH, "the realm knows no such user"},
    {KRB5KDC_ERR_CLIENT_REVOKED, ERR_AUTH, "the account is locked or disabled"},
    {KRB5KDC_ERR_KEY_EXP, ERR_AUTH, "the password has expired"},
    {KRB5KDC_ERR_NAME_EXP, ERR_AUTH, "the account has expired"},
    {KRB5_KT_NOTFOUND, ERR_AUTH, "the keytab holds no key of this user that the KDC takes"},
    {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, ERR_NOT_FOUND,
     "the realm knows no HTTP service of that name: set it with setspn -S HTTP/HOST ACCOUNT"},
    {KRB5_KDC_UNREACH, ERR_NETWORK, "no KDC of the realm answers"},
    {KRB5_REALM_CANT_RESOLVE, ERR_NETWORK, "no KDC of the realm can be found"},
    {KRB5_REALM_UNKNOWN, ERR_NETWORK, "no KDC of the realm is known: name it in krb5.conf"},
    {KRB5KRB_AP_ERR_SKEW, ERR_UPSTREAM, SKEW},
    {KRB5_KDCREP_SKEW, ERR_UPSTREAM, SKEW},
    {KRB5KRB_AP_ERR_TKT_NYV, ERR_UPSTREAM, SKEW},
    {KRB5KRB_AP_ERR_TKT_EXPIRED, ERR_UPSTREAM, SKEW}, /* it was got just now */
    {KRB5KDC_ERR_ETYPE_NOSUPP, ERR_UNSUPPORTED,
     "KDC and this machine have no encryption type in common: turn AES on for the account"},
    {KRB5_CONFIG_NODEFREALM, ERR_INVALID, "no realm is given: sign in as user@REALM"},
};

static enum status failed(const struct kerberos *kerberos, krb5_error_code code,
                          struct error *err)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].code == code)
            return error_set(err, meanings[i].status, "kerberos", "%s", meanings[i].words);
    const char *words = krb5_get_error_message(kerberos->context, code);
    error_set(err, ERR_UPSTREAM, "kerberos", "%s", words);
    krb5_free_error_message(kerberos->context, words);
    return ERR_UPSTREAM;
}

/* ---- names ---- */

static const char *upper(char *at)
{
    for (char *c = at; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return at;
}

/* The realm that a Windows domain means: the default one where that begins with the domain's short name. */
static const char *realm_of(krb5_context context, struct arena *a, struct text domain)
{
    char *standard = NULL;
    const char *realm = upper(arena_cstr(a, domain));
    if (memchr(domain.at, '.', domain.n) || krb5_get_default_realm(context, &standard) != 0)
        return realm;
    if (strncmp(standard, realm, domain.n) == 0 && standard[domain.n] == '.')
        realm = arena_printf(a, "%s", standard);
    krb5_free_default_realm(context, standard);
    return realm;
}

static enum status name_user(struct kerberos *kerberos, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct text user = kerberos->server->user, domain, name;
    krb5_context context = kerberos->context;
    const char *principal = arena_cstr(&a, user);
    if (text_cut(user, '\\', &domain, &name) && domain.n)
        principal =
            arena_printf(&a, TEXT_FMT "@%s", TEXT_ARG(name), realm_of(context, &a, domain));
    else if (text_cut(user, '@', &name, &domain) && domain.n)
        principal =
            arena_printf(&a, TEXT_FMT "@%s", TEXT_ARG(name), upper(arena_cstr(&a, domain)));
    krb5_error_code code = krb5_parse_name(context, principal, &kerberos->user);
    if (code == 0)
        code = krb5_sname_to_principal(context, arena_cstr(&a, kerberos->server->host), "HTTP",
                                       KRB5_NT_SRV_HST, &kerberos->service);
    return code == 0 ? OK : failed(kerberos, code, err);
}

/* ---- life ---- */

static enum status read_keytab(struct kerberos *kerberos, struct error *err)
{
    if (!kerberos->server->keytab.n)
        return OK;
    krb5_error_code code =
        krb5_kt_resolve(kerberos->context, "MEMORY:hourgate", &kerberos->keytab);
    if (code != 0)
        return failed(kerberos, code, err);
    return keytab_read(kerberos->context, &kerberos->server->keytab, kerberos->keytab, err);
}

enum status kerberos_open(const struct server *server, struct kerberos **ret_kerberos,
                          struct error *err)
{
    struct kerberos *kerberos = calloc(1, sizeof *kerberos);
    ENSURE(kerberos);
    kerberos->server = server;
    if (krb5_init_context(&kerberos->context) != 0 ||
        krb5_cc_resolve(kerberos->context, cache_name, &kerberos->cache) != 0) {
        kerberos_close(kerberos);
        return error_set(err, ERR_UNSUPPORTED, "kerberos", "krb5.conf cannot be used");
    }
    enum status status = name_user(kerberos, err);
    if (status == OK)
        status = read_keytab(kerberos, err);
    if (status == OK)
        *ret_kerberos = kerberos;
    else
        kerberos_close(kerberos);
    return status;
}

void kerberos_close(struct kerberos *kerberos)
{
    if (!kerberos)
        return;
    krb5_context context = kerberos->context;
    if (kerberos->keytab)
        krb5_kt_close(context, kerberos->keytab);
    if (kerberos->cache)
        krb5_cc_destroy(context, kerberos->cache);
    krb5_free_principal(context, kerberos->user);
    krb5_free_principal(context, kerberos->service);
    if (context)
        krb5_free_context(context);
    free(kerberos);
}

/* ---- tickets ---- */

static krb5_error_code sign_in(struct kerberos *kerberos, krb5_creds *ret_ticket)
{
    krb5_context context = kerberos->context;
    krb5_get_init_creds_opt *how = NULL;
    krb5_error_code code = krb5_get_init_creds_opt_alloc(context, &how);
    if (code != 0)
        return code;
    krb5_get_init_creds_opt_set_forwardable(how, 0);
    krb5_get_init_creds_opt_set_proxiable(how, 0);
    krb5_get_init_creds_opt_set_change_password_prompt(how, 0);
    if (kerberos->keytab)
        code = krb5_get_init_creds_keytab(context, ret_ticket, kerberos->user, kerberos->keytab,
                                          0, NULL, how);
    else
        code = krb5_get_init_creds_password(context, ret_ticket, kerberos->user,
                                            (const char *)kerberos->server->password.at, NULL,
                                            NULL, 0, NULL, how);
    krb5_get_init_creds_opt_free(context, how);
    return code;
}

static krb5_error_code get_service_ticket(struct kerberos *kerberos, int64_t *ret_end_s)
{
    krb5_creds wanted = {.client = kerberos->user, .server = kerberos->service};
    krb5_creds *found = NULL;
    krb5_error_code code =
        krb5_get_credentials(kerberos->context, 0, kerberos->cache, &wanted, &found);
    if (code != 0)
        return code;
    *ret_end_s = (int64_t)(uint32_t)found->times.endtime; /* unsigned since 2038 came near */
    krb5_free_creds(kerberos->context, found);
    return 0;
}

enum status kerberos_ready(struct kerberos *kerberos, struct error *err)
{
    krb5_creds ticket = {0};
    int64_t end_s = 0;
    /* Where tickets live for minutes only, the one at hand serves until it ends. */
    if (kerberos->end_s > clock_now().s)
        return OK;
    krb5_error_code code = sign_in(kerberos, &ticket);
    if (code != 0)
        return failed(kerberos, code, err);
    code = krb5_cc_initialize(kerberos->context, kerberos->cache, kerberos->user);
    if (code == 0)
        code = krb5_cc_store_cred(kerberos->context, kerberos->cache, &ticket);
    krb5_free_cred_contents(kerberos->context, &ticket);
    if (code == 0)
        code = get_service_ticket(kerberos, &end_s);
    if (code != 0)
        return failed(kerberos, code, err);
    int64_t lasts_s = end_s - clock_now().s;
    kerberos->end_s = end_s - (lasts_s > 2 * LASTS_S ? LASTS_S : lasts_s / 4);
    return OK;
}
