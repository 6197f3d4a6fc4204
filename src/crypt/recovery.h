/* SPDX-License-Identifier: ISC
 *
 * Recovery codes, for whoever lost what makes their one-time codes: 80 random bits each, in sixteen letters that are
 * read off paper without mistakes. The store keeps a keyed hash of each (doc/crypto.md).
 */
#ifndef CRYPT_RECOVERY_H
#define CRYPT_RECOVERY_H

#include "base/secret.h"
#include "base/status.h"
#include "base/text.h"

enum {
    RECOVERY_LETTERS = 16,
    RECOVERY_TEXT = 19, /* "abcd-efgh-ijkl-mnop" */
};

/* Draw a code: RECOVERY_TEXT characters. */
struct secret recovery_new(void);

/* Reduce a typed code to its letters: spaces, dashes and capitals do not count. False: it is none. */
bool recovery_fold(struct text typed, char ret_letters[static RECOVERY_LETTERS]) MUST_CHECK;

#endif
