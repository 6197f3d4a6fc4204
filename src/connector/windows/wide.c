/* SPDX-License-Identifier: ISC */
#include "connector/windows/system.h"

#include "connector/windows/wide.h"

wchar_t *wide_from(struct arena *a, struct text utf8)
{
    int n = utf8.n ? MultiByteToWideChar(CP_UTF8, 0, utf8.at, (int)utf8.n, NULL, 0) : 0;
    wchar_t *wide = ARENA_ARRAY(a, (size_t)n + 1, wchar_t);
    if (n)
        MultiByteToWideChar(CP_UTF8, 0, utf8.at, (int)utf8.n, wide, n);
    return wide;
}

struct text wide_to(struct arena *a, const wchar_t *wide)
{
    int n_wide = wide ? (int)wcslen(wide) : 0;
    int n = n_wide ? WideCharToMultiByte(CP_UTF8, 0, wide, n_wide, NULL, 0, NULL, NULL) : 0;
    if (!n)
        return (struct text){0};
    char *utf8 = ARENA_ARRAY(a, (size_t)n + 1, char);
    WideCharToMultiByte(CP_UTF8, 0, wide, n_wide, utf8, n, NULL, NULL);
    return (struct text){utf8, (size_t)n};
}

const char *wide_error(struct arena *a, unsigned long code)
{
    wchar_t words[256];
    DWORD n = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                 FORMAT_MESSAGE_MAX_WIDTH_MASK,
                             NULL, code, 0, words, sizeof words / sizeof *words, NULL);
    while (n && (words[n - 1] == L' ' || words[n - 1] == L'.'))
        n--;
    words[n < 256 ? n : 255] = 0;
    struct text said = wide_to(a, words);
    return arena_printf(a, TEXT_FMT "%serror 0x%lx", TEXT_ARG(said), said.n ? ", " : "", code);
}
