/* SPDX-License-Identifier: ISC
 *
 * What tools/lang makes of web/lang. Internal to lang/.
 */
#ifndef LANG_MESSAGE_TABLE_H
#define LANG_MESSAGE_TABLE_H

#include "lang/message.h"

enum { MESSAGE_FORMS = 2 }; /* none of our languages has more */

struct message_row {
    const char *english;
    const char *forms[LANGUAGE_COUNT - 1][MESSAGE_FORMS]; /* from LANGUAGE_DE on */
};

extern const struct message_row message_rows[]; /* by the bytes of english */
extern const size_t n_message_rows;

#endif
