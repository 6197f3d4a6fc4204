/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <stdint.h>

#include "base/limits.h"

bool text_equal(struct text one, struct text other)
{
    return one.n == other.n && (one.n == 0 || memcmp(one.at, other.at, one.n) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_nocase(struct text one, struct text other)
{
    if (one.n != other.n)
        return false;
    for (size_t i = 0; i < one.n; i++)
        if (lower(one.at[i]) != lower(other.at[i]))
            return false;
    return true;
}

bool text_starts(struct text t, struct text prefix)
{
    return t.n >= prefix.n && text_equal((struct text){t.at, prefix.n}, prefix);
}

bool text_ends(struct text t, struct text suffix)
{
    return t.n >= suffix.n &&
           text_equal((struct text){t.at + t.n - suffix.n, suffix.n}, suffix);
}

bool text_cut(struct text t, char at, struct text *ret_before, struct text *ret_after)
{
    const char *found = t.n ? memchr(t.at, at, t.n) : NULL;
    if (!found)
        return false;
    size_t before = (size_t)(found - t.at);
    *ret_before = (struct text){t.at, before};
    *ret_after = (struct text){found + 1, t.n - before - 1};
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void text_print(struct text t, const char *ends, char *out, size_t size)
{
    size_t n = 0, n_ends = strlen(ends);
    for (size_t i = 0; i < t.n && n + 1 < size && !memchr(ends, t.at[i], n_ends); i++)
        out[n++] = t.at[i] >= 0x20 && t.at[i] < 0x7f ? t.at[i] : '?';
    out[n] = 0;
}

struct text text_first(struct text t, size_t max)
{
    if (t.n <= max)
        return t;
    while (max > 0 && ((unsigned char)t.at[max] & 0xC0) == 0x80)
        max--;
    return (struct text){t.at, max};
}

struct text text_trim(struct text t)
{
    while (t.n && is_space(t.at[0]))
        t = (struct text){t.at + 1, t.n - 1};
    while (t.n && is_space(t.at[t.n - 1]))
        t.n--;
    return t;
}

/* Return the length of the sequence at `at`, 0 where it is not valid. */
static size_t utf8_step(const unsigned char *at, size_t n)
{
    if (at[0] < 0x80)
        return 1;
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || n < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xed && at[1] >= 0xa0;
    bool beyond = at[0] == 0xf4 && at[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

enum { WORD = sizeof(uint64_t) };

/* Are these eight bytes printable ASCII? All are looked at together: where no top bit is set, adding 0x60
 * sets it in each byte from 0x20 on, and adding 1 in 0x7f alone. */
static bool is_plain(const unsigned char *at)
{
    static const uint64_t each = 0x0101010101010101, top = 0x8080808080808080;
    uint64_t word;
    memcpy(&word, at, WORD);
    return (word & top) == 0 && ((word + each * 0x60) & top) == top &&
           ((word + each) & top) == 0;
}

static bool check(struct text t, bool controls_allowed)
{
    const unsigned char *at = (const unsigned char *)t.at;
    for (size_t i = 0; i < t.n;) {
        if (t.n - i >= WORD && is_plain(at + i)) {
            i += WORD;
            continue;
        }
        size_t step = utf8_step(at + i, t.n - i);
        bool control = at[i] < 0x20
                           ? at[i] != '\t' && at[i] != '\n'
                           : at[i] == 0x7f || (at[i] == 0xc2 && step && at[i + 1] < 0xa0);
        if (step == 0 || (control && !controls_allowed))
            return false;
        i += step;
    }
    return true;
}

bool text_is_utf8(struct text t)
{
    return check(t, true);
}

bool text_is_clean(struct text t)
{
    return check(t, false);
}

/* The code point of the valid sequence at `at`, which is `step` long. */
static uint32_t code_point(const unsigned char *at, size_t step)
{
    static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = at[0] & lead[step];
    for (size_t i = 1; i < step; i++)
        c = c << 6 | (at[i] & 0x3fu);
    return c;
}

static bool misleads(uint32_t c)
{
    return (c >= 0x2028 && c <= 0x202e)      /* line, paragraph; embeddings and overrides */
           || (c >= 0x2066 && c <= 0x206f)   /* isolates; deprecated formatting */
           || (c >= 0xfff9 && c <= 0xfffb)   /* annotations */
           || (c >= 0xe0000 && c <= 0xe007f) /* tags */
           || c == 0xfeff;
}

bool text_misleads(struct text t)
{
    const unsigned char *at = (const unsigned char *)t.at;
    for (size_t i = 0, step; i < t.n; i += step ? step : 1) {
        step = at[i] < 0x80 ? 1 : utf8_step(at + i, t.n - i);
        if (step > 2 && misleads(code_point(at + i, step)))
            return true;
    }
    return false;
}

bool text_is_line(struct text t)
{
    return text_trim(t).n && text_is_clean(t) && !memchr(t.at, '\n', t.n) && !text_misleads(t);
}

bool text_is_link(struct text t)
{
    const struct text begin = TEXT("https://");
    static const char never[] = "\"'<>\\^`{|}";
    if (t.n <= begin.n || t.n > MAX_LINK || !text_starts(t, begin) || t.at[begin.n] == '/')
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] <= ' ' || t.at[i] > '~' || strchr(never, t.at[i]))
            return false;
    return true;
}

bool text_to_i64(struct text t, int64_t *ret_value)
{
    bool negative = t.n && t.at[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == t.n)
        return false;
    int64_t value = 0;
    for (; i < t.n; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
        int digit = t.at[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) /* downwards: INT64_MIN fits */
            return false;
    }
    if (!negative && __builtin_mul_overflow(value, -1, &value))
        return false;
    *ret_value = value;
    return true;
}

bool text_is_slug(struct text t, size_t max)
{
    if (t.n == 0 || t.n > max || t.at[0] == '-' || t.at[t.n - 1] == '-')
        return false;
    for (size_t i = 0; i < t.n; i++) {
        char c = t.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return true;
}

static bool has_any(struct text t, const char *chars)
{
    for (; *chars; chars++)
        if (memchr(t.at, *chars, t.n))
            return true;
    return false;
}

bool text_is_address(struct text t)
{
    struct text local, domain;
    return text_cut(t, '@', &local, &domain) && local.n && domain.n &&
           !memchr(domain.at, '@', domain.n) && !has_any(t, " \t\n\"(),:;<>[]\\");
}
