/* SPDX-License-Identifier: ISC
 *
 * What tools/lang makes of web/lang. Internal to lang/.
 */
#ifndef LANG_MESSAGE_TABLE_H
#define LANG_MESSAGE_TABLE_H

#include "lang/message.h"

struct message_row {
    const char *english;
    /* From LANGUAGE_DE on; NULL: not translated. The forms of a counted message stand one behind the other. */
    const char *translated[LANGUAGE_COUNT - 1];
};

extern const struct message_row message_rows[]; /* by the bytes of english */
extern const size_t n_message_rows;

#endif
