/* SPDX-License-Identifier: ISC */
#include "format/url.h"

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

void url_encode(struct buf *out, struct text t)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (is_unreserved((char)c)) {
            buf_add_byte(out, c);
        } else {
            buf_add_byte(out, '%');
            buf_add_byte(out, (unsigned char)digits[c >> 4]);
            buf_add_byte(out, (unsigned char)digits[c & 15]);
        }
    }
}

/* Return the value of a hexadecimal digit, -1 where it is none. */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

enum status url_decode(struct arena *a, struct text t, bool plus_is_space,
                       struct text *ret_text)
{
    if (t.n == 0 || (!memchr(t.at, '%', t.n) && !(plus_is_space && memchr(t.at, '+', t.n)))) {
        if (!text_is_utf8(t))
            return ERR_INVALID;
        *ret_text = t;
        return OK;
    }
    char *to = arena_alloc(a, t.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++) {
        char c = t.at[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            if (t.n - i < 3)
                return ERR_INVALID;
            int high = digit_value(t.at[i + 1]), low = digit_value(t.at[i + 2]);
            if (high < 0 || low < 0)
                return ERR_INVALID;
            c = (char)(high << 4 | low);
            i += 2;
        }
        to[n++] = c;
    }
    struct text decoded = {to, n};
    if (!text_is_utf8(decoded))
        return ERR_INVALID;
    *ret_text = decoded;
    return OK;
}

static bool is_authority(struct text t)
{
    if (t.n == 0)
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (!is_unreserved(t.at[i]) && t.at[i] != ':' && t.at[i] != '[' && t.at[i] != ']')
            return false;
    return true;
}

static bool is_path(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (!is_unreserved(t.at[i]) && t.at[i] != '/' && t.at[i] != '%')
            return false;
    return true;
}

enum status url_split(struct text t, struct url *ret_url)
{
    struct url url = {0};
    if (text_starts(t, TEXT("https://")))
        url.scheme = (struct text){t.at, 5};
    else if (text_starts(t, TEXT("http://")))
        url.scheme = (struct text){t.at, 4};
    else
        return ERR_INVALID;
    struct text rest = {t.at + url.scheme.n + 3, t.n - url.scheme.n - 3};
    size_t n = 0;
    while (n < rest.n && rest.at[n] != '/')
        n++;
    url.authority = (struct text){rest.at, n};
    url.path = (struct text){rest.at + n, rest.n - n};
    if (!is_authority(url.authority) || !is_path(url.path))
        return ERR_INVALID;
    *ret_url = url;
    return OK;
}
