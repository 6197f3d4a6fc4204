/* SPDX-License-Identifier: ISC
 *
 * Looking at a database from beside the vault that serves from it: what scans and facts are made of.
 */
#include "fixture.h"

#include "base/needle.h"
#include "store/facts.h"
#include "store/inventory.h"

/* Look for one text, from a store of its own. */
static struct search_answer search(struct fixture *f, struct text wanted)
{
    struct search_answer answer = {0};
    struct store *beside = NULL;
    struct needles *needles = needles_new(&wanted, 1);
    assert_int_equal(store_open_beside(f->path, NULL, &beside, &f->err), OK);
    assert_int_equal(store_search(beside, needles, &f->a, &answer, &f->err), OK);
    store_close(beside);
    needles_free(needles);
    return answer;
}

static void what_stands_in_the_clear_is_found_by_its_column(void **state)
{
    struct fixture *f = *state;
    struct search_answer answer = search(f, TEXT("Europe/Zurich"));
    bool is_found = false;
    for (size_t i = 0; i < answer.n_found; i++)
        is_found = is_found || (text_equal(answer.found[i].table, TEXT("users")) &&
                                text_equal(answer.found[i].column, TEXT("zone")) &&
                                answer.found[i].row == 1);
    assert_true(is_found && answer.more == 0);
}

static void what_is_sealed_is_not(void **state)
{
    struct fixture *f = *state;
    confirmed_at(f, NOW + 7 * 86400);
    assert_int_equal(search(f, TEXT("ada@example.org")).n_found, 0);
    assert_int_equal(search(f, fixture_customer().email).n_found, 0);
}

/* All of them: a table that was forgotten would never be searched. */
static void every_table_is_looked_at(void **state)
{
    struct fixture *f = *state;
    struct search_answer answer = search(f, TEXT("nowhere to be found"));
    assert_int_equal(answer.n_found, 0);
    for (size_t i = 0; i < inventory_n; i++) {
        bool is_there = false;
        for (size_t j = 0; j < answer.n_tables; j++)
            is_there =
                is_there || text_equal(answer.tables[j].table, text_from(inventory[i].table));
        assert_true(is_there);
    }
}

static void facts_are_of_the_whole(void **state)
{
    struct fixture *f = *state;
    struct store_facts facts;
    assert_int_equal(store_facts_read(f->st, &facts, &f->err), OK);
    assert_true(facts.n_accounts >= 1 && facts.n_plain == 0 && facts.key_since.s > 0);
    assert_int_equal(facts.last_backup.s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_stands_in_the_clear_is_found_by_its_column),
        FIXTURE_TEST(what_is_sealed_is_not),
        FIXTURE_TEST(every_table_is_looked_at),
        FIXTURE_TEST(facts_are_of_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
