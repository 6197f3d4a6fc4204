/* SPDX-License-Identifier: ISC
 *
 * WinHTTP finds the proxy and runs its script; the tunnel itself is ours (line.c), since XMPP needs one too and a
 * refused password is to be named.
 */
#include "connector/windows/system.h"

#include "connector/windows/proxy.h"

#include <stdio.h>

#include "base/base64.h"
#include "connector/windows/wide.h"

enum { PROXY_PORT = 80, SIGN_IN_TOKEN_MAX = 16 * 1024 };

bool proxy_parse(struct text written, struct proxy_choice *ret_choice)
{
    struct text rest = text_trim(written), host = rest, port;
    if (text_starts(rest, TEXT("http://")))
        rest = (struct text){rest.at + 7, rest.n - 7};
    struct proxy_choice choice = {.port = PROXY_PORT};
    if (text_cut(rest, '/', &host, &port))
        rest = host;
    if (text_cut(rest, ':', &host, &port)) {
        if (!text_to_i64(port, &choice.port) || choice.port < 1 || choice.port > UINT16_MAX)
            return false;
    } else {
        host = rest;
    }
    if (!host.n || host.n > MAX_HOST)
        return false;
    snprintf(choice.host, sizeof choice.host, TEXT_FMT, TEXT_ARG(host));
    *ret_choice = choice;
    return true;
}

/* ---- what Windows knows ---- */

/* Of "host:port", "http=a:1;https=b:2" or several by spaces, the one for HTTPS. */
static bool parse_list(struct text list, struct proxy_choice *ret_choice)
{
    struct text rest = list, entry;
    for (bool more = true; more;) {
        struct text before = rest;
        more = text_cut(before, ';', &entry, &rest);
        if (!more)
            entry = before;
        struct text scheme, value;
        bool has_scheme = text_cut(entry, '=', &scheme, &value);
        if (has_scheme && !text_equal_nocase(text_trim(scheme), TEXT("https")))
            continue;
        if (proxy_parse(has_scheme ? value : entry, ret_choice))
            return true;
    }
    return false;
}

static enum status by_script(HINTERNET session, const wchar_t *url, wchar_t *script,
                             struct arena *a, struct proxy_choice *ret_choice,
                             struct error *err)
{
    WINHTTP_AUTOPROXY_OPTIONS options = {
        .dwFlags = script ? WINHTTP_AUTOPROXY_CONFIG_URL : WINHTTP_AUTOPROXY_AUTO_DETECT,
        .dwAutoDetectFlags =
            script ? 0 : WINHTTP_AUTO_DETECT_TYPE_DHCP | WINHTTP_AUTO_DETECT_TYPE_DNS_A,
        .lpszAutoConfigUrl = script,
        .fAutoLogonIfChallenged = TRUE,
    };
    WINHTTP_PROXY_INFO found = {0};
    if (!WinHttpGetProxyForUrl(session, url, &options, &found)) {
        DWORD code = GetLastError();
        if (!script) /* nothing is there to be found: that is most houses */
            return OK;
        return error_set(err, ERR_NETWORK, "proxy",
                         "the proxy script of this PC does not work (%s): ask who runs the "
                         "network, or set the proxy by hand",
                         wide_error(a, code));
    }
    enum status status = OK;
    if (found.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY &&
        !parse_list(wide_to(a, found.lpszProxy), ret_choice))
        status = error_set(err, ERR_NETWORK, "proxy",
                           "the proxy script of this PC names no proxy for HTTPS");
    GlobalFree(found.lpszProxy);
    GlobalFree(found.lpszProxyBypass);
    return status;
}

static enum status ask_windows(const char *host, int64_t port, struct proxy_choice *ret_choice,
                               struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG config = {0};
    if (!WinHttpGetIEProxyConfigForCurrentUser(&config))
        return OK;
    enum status status = OK;
    wchar_t *url =
        wide_from(&a, text_from(arena_printf(&a, "https://%s:%lld/", host, (long long)port)));
    HINTERNET session =
        WinHttpOpen(L"hourgate-connector", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    if (session && (config.lpszAutoConfigUrl || config.fAutoDetect))
        status = by_script(session, url, config.lpszAutoConfigUrl, &a, ret_choice, err);
    if (status == OK && !*ret_choice->host && config.lpszProxy && !config.lpszAutoConfigUrl &&
        !parse_list(wide_to(&a, config.lpszProxy), ret_choice))
        status = error_set(err, ERR_NETWORK, "proxy", "Windows' proxy setting names none");
    if (session)
        WinHttpCloseHandle(session);
    GlobalFree(config.lpszAutoConfigUrl);
    GlobalFree(config.lpszProxy);
    GlobalFree(config.lpszProxyBypass);
    return status;
}

enum status proxy_choose(const struct proxy_settings *settings, const char *host, int64_t port,
                         struct proxy_choice *ret_choice, struct error *err)
{
    struct proxy_choice choice = {.port = settings->port};
    snprintf(choice.host, sizeof choice.host, "%s", settings->host);
    if (!settings->is_direct && !*choice.host)
        TRY(ask_windows(host, port, &choice, err));
    *ret_choice = choice;
    return OK;
}

/* ---- its sign-in ---- */

struct sspi {
    CredHandle credential;
    CtxtHandle context;
    bool has_credential, has_context;
    const wchar_t *package;
    const char *scheme;
};

/* Of the proxy's offers, the one that begins with that scheme; `ret_rest` is what follows. */
static bool find_offer(struct text offered, const char *scheme, struct text *ret_rest)
{
    struct text rest = offered, line, word;
    while (text_cut(rest, '\n', &line, &rest)) {
        struct text value = {0};
        if (!text_cut(text_trim(line), ' ', &word, &value))
            word = text_trim(line);
        if (text_equal_nocase(word, text_from(scheme))) {
            *ret_rest = text_trim(value);
            return true;
        }
    }
    return false;
}

static enum status refused(const struct proxy_settings *settings, const char *proxy,
                           struct error *err)
{
    return error_set(err, ERR_AUTH, "proxy",
                     "the proxy %s refuses the %s: check it in the connector's settings", proxy,
                     *settings->user ? "user or the password"
                                     : "user who is signed in to Windows");
}

static enum status begin_sspi(struct sspi *sspi, const struct proxy_settings *settings,
                              struct error *err)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    struct text user = text_from(settings->user), domain = {0}, name = user;
    if (!text_cut(user, '\\', &domain, &name))
        name = user;
    SEC_WINNT_AUTH_IDENTITY_W who = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    if (user.n) {
        struct text password = {(const char *)settings->password.at, settings->password.n};
        who.User = (void *)wide_from(&a, name);
        who.UserLength = (ULONG)wcslen((void *)who.User);
        who.Domain = (void *)wide_from(&a, domain);
        who.DomainLength = (ULONG)wcslen((void *)who.Domain);
        who.Password = (void *)wide_from(&a, password);
        who.PasswordLength = (ULONG)wcslen((void *)who.Password);
    }
    TimeStamp ends;
    SECURITY_STATUS got = AcquireCredentialsHandleW(
        NULL, (wchar_t *)(uintptr_t)sspi->package, SECPKG_CRED_OUTBOUND, NULL,
        user.n ? &who : NULL, NULL, NULL, &sspi->credential, &ends);
    if (got != SEC_E_OK)
        return error_set(err, ERR_AUTH, "proxy",
                         "the proxy wants %s, which this PC cannot give (%s)", sspi->scheme,
                         wide_error(&a, (unsigned long)got));
    sspi->has_credential = true;
    return OK;
}

/* One step: their token in, ours into out. */
static enum status step_sspi(struct sspi *sspi, const char *proxy, struct text theirs,
                             struct buf *out, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct buf token CLEANUP(buf_wipe) = BUF(SIGN_IN_TOKEN_MAX);
    if (theirs.n && base64_parse(&token, theirs) != OK)
        return error_set(err, ERR_AUTH, "proxy", "the proxy's %s makes no sense", sspi->scheme);
    SecBuffer in_token = {(unsigned long)token.n, SECBUFFER_TOKEN, token.at};
    SecBufferDesc in = {SECBUFFER_VERSION, 1, &in_token};
    SecBuffer out_token = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc given = {SECBUFFER_VERSION, 1, &out_token};
    ULONG flags;
    TimeStamp ends;
    wchar_t *target = wide_from(&a, text_from(arena_printf(&a, "HTTP/%s", proxy)));
    SECURITY_STATUS got = InitializeSecurityContextW(
        &sspi->credential, sspi->has_context ? &sspi->context : NULL, target,
        ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONNECTION, 0, SECURITY_NATIVE_DREP,
        token.n ? &in : NULL, 0, &sspi->context, &given, &flags, &ends);
    sspi->has_context = sspi->has_context || got == SEC_E_OK || got == SEC_I_CONTINUE_NEEDED;
    if (got != SEC_E_OK && got != SEC_I_CONTINUE_NEEDED)
        return error_set(err, ERR_AUTH, "proxy", "the sign-in at the proxy %s fails (%s)",
                         proxy, wide_error(&a, (unsigned long)got));
    buf_printf(out, "%s ", sspi->scheme);
    base64_format(out, out_token.pvBuffer, out_token.cbBuffer);
    FreeContextBuffer(out_token.pvBuffer);
    return OK;
}

static enum status answer_basic(struct proxy_sign_in *sign_in,
                                const struct proxy_settings *settings, const char *proxy,
                                struct buf *out, struct error *err)
{
    if (sign_in->has_begun)
        return refused(settings, proxy, err);
    if (!*settings->user)
        return error_set(err, ERR_AUTH, "proxy",
                         "the proxy %s wants a user and a password: enter them in the "
                         "connector's settings",
                         proxy);
    struct buf pair CLEANUP(buf_wipe) = BUF(MAX_USER + MAX_PASSWORD + 1);
    buf_printf(&pair, "%s:", settings->user);
    buf_add(&pair, settings->password.at, settings->password.n);
    buf_add_cstr(out, "Basic ");
    base64_format(out, pair.at, pair.n);
    sign_in->has_begun = sign_in->is_basic = true;
    return OK;
}

enum status proxy_answer(struct proxy_sign_in *sign_in, const struct proxy_settings *settings,
                         const char *proxy, struct text offered, struct buf *out,
                         struct error *err)
{
    static const struct {
        const char *scheme;
        const wchar_t *package;
    } ways[] = {{"Negotiate", L"Negotiate"}, {"NTLM", L"NTLM"}};
    struct text token = {0};
    struct sspi *sspi = sign_in->sspi;
    bool is_basic_offered = find_offer(offered, "Basic", &token);
    /* A password that was typed in goes the way that surely takes it; Windows' own only by proof. */
    if (sign_in->is_basic || (is_basic_offered && *settings->user))
        return answer_basic(sign_in, settings, proxy, out, err);
    for (size_t i = 0; !sspi && i < sizeof ways / sizeof *ways; i++)
        if (find_offer(offered, ways[i].scheme, &token)) {
            sign_in->sspi = sspi = calloc(1, sizeof *sspi);
            ENSURE(sspi);
            sspi->scheme = ways[i].scheme;
            sspi->package = ways[i].package;
            TRY(begin_sspi(sspi, settings, err));
        }
    if (!sspi && is_basic_offered)
        return answer_basic(sign_in, settings, proxy, out, err);
    if (!sspi)
        return error_set(err, ERR_AUTH, "proxy",
                         "the proxy %s wants a way to sign in that this program does not know",
                         proxy);
    if (!find_offer(offered, sspi->scheme, &token) || (sign_in->has_begun && !token.n))
        return refused(settings, proxy, err);
    sign_in->has_begun = true;
    return step_sspi(sspi, proxy, token, out, err);
}

void proxy_sign_in_done(struct proxy_sign_in *sign_in)
{
    struct sspi *sspi = sign_in->sspi;
    if (sspi && sspi->has_context)
        DeleteSecurityContext(&sspi->context);
    if (sspi && sspi->has_credential)
        FreeCredentialsHandle(&sspi->credential);
    free(sspi);
    *sign_in = (struct proxy_sign_in){0};
}
