/* SPDX-License-Identifier: ISC */
#include "wire/words.h"

const char *const calendar_kind_words[CALENDAR_KIND_COUNT] = {
    [CALENDAR_EWS] = "ews",       [CALENDAR_GRAPH] = "graph",
    [CALENDAR_GOOGLE] = "google", [CALENDAR_CALDAV] = "caldav",
    [CALENDAR_ICS] = "ics",       [CALENDAR_CONNECTOR] = "connector",
};

const char *const auth_method_words[AUTH_METHOD_COUNT] = {
    [AUTH_NTLM] = "ntlm",     [AUTH_BASIC] = "basic", [AUTH_NEGOTIATE] = "negotiate",
    [AUTH_BEARER] = "bearer", [AUTH_OAUTH] = "oauth", [AUTH_ASSERTION] = "assertion",
    [AUTH_NONE] = "none",
};

bool word_find(const char *const *words, int n, struct text word, int *ret_at)
{
    for (int i = 0; i < n; i++)
        if (text_equal(word, text_from(words[i]))) {
            *ret_at = i;
            return true;
        }
    return false;
}
