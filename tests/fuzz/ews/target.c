/* SPDX-License-Identifier: ISC
 *
 * Any bytes as an answer of Exchange: the first one says to which operation, and in what steps they come. How
 * they are cut must make no difference; what fails has a reason.
 */
#include <string.h>

#include "calendar/ews/answer.h"
#include "calendar/ews/code.h"
#include "format/xml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static enum status read_answer(struct ews_answer *answer, struct text bytes, size_t step,
                               struct error *err)
{
    struct ews_reader *reader = ews_reader_new(answer);
    enum status status = OK;
    for (size_t at = 0; at < bytes.n && status == OK; at += step) {
        size_t n = bytes.n - at < step ? bytes.n - at : step;
        status = ews_reader_read(reader, (struct text){bytes.at + at, n}, err);
    }
    if (status == OK)
        status = ews_reader_end(reader, err);
    ews_reader_free(reader);
    return status;
}

/* What is kept for an owner's eyes fits its limits; for nobody else anything is kept. */
static void check_sights(const struct ews_answer *answer)
{
    ENSURE(answer->into_sights || !answer->sights);
    for (size_t i = 0; answer->sights && i < answer->n_items && i < MAX_EVENTS; i++)
        ENSURE(answer->sights[i].title.n <= MAX_EVENT_LINE &&
               answer->sights[i].place.n <= MAX_EVENT_LINE &&
               answer->sights[i].text.n <= MAX_EVENT_TEXT);
}

static void try_steps(unsigned char what, struct text bytes, size_t step,
                      struct ews_answer *answer, enum status *ret_status)
{
    struct error err = {0};
    ews_answer_init(answer, (enum ews_operation)(what % EWS_OPERATION_COUNT));
    answer->into_busy = what & 0x80;
    answer->into_sights = !answer->into_busy && what & 0x40;
    answer->own_uid = TEXT("booking-7");
    *ret_status = read_answer(answer, bytes, step, &err);
    check_sights(answer);
    ENSURE(*ret_status == OK || (*ret_status == ERR_UPSTREAM && err.what[0]));
    if (*ret_status == OK && ews_code_judge(answer, &err) != OK)
        ENSURE(err.what[0]);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static bool is_ready;
    if (!is_ready)
        xml_init();
    is_ready = true;
    if (size == 0)
        return 0;
    struct text bytes = {(const char *)data + 1, size - 1};
    struct ews_answer whole, cut;
    enum status status, cut_status;
    try_steps(data[0], bytes, bytes.n ? bytes.n : 1, &whole, &status);
    try_steps(data[0], bytes, 1 + data[0] % 13, &cut, &cut_status);
    ENSURE(status == cut_status);
    if (status == OK)
        ENSURE(whole.n_items == cut.n_items && whole.busy.n == cut.busy.n &&
               whole.n_errors == cut.n_errors && whole.view == cut.view &&
               strcmp(whole.code, cut.code) == 0);
    ews_answer_done(&whole);
    ews_answer_done(&cut);
    return 0;
}
