/* SPDX-License-Identifier: ISC
 *
 * The tables behind types.h and messages.h: the same lists of fields, seen as data for the codec. A type
 * that is declared there and forgotten here does not link.
 */
#include "wire/messages.h"

#define ROW_PLAIN(field_kind, field, maximum)                                                  \
    {.kind = field_kind, .name = #field, .offset = offsetof(self, field), .max = maximum},
#define ROW_FLAG(field, maximum, shape) ROW_PLAIN(FIELD_FLAG, field, maximum)
#define ROW_CODE(field, maximum, shape) ROW_PLAIN(FIELD_CODE, field, maximum)
#define ROW_I64(field, maximum, shape) ROW_PLAIN(FIELD_I64, field, maximum)
#define ROW_INSTANT(field, maximum, shape) ROW_PLAIN(FIELD_INSTANT, field, maximum)
#define ROW_TEXT(field, maximum, shape) ROW_PLAIN(FIELD_TEXT, field, maximum)
#define ROW_BYTES(field, maximum, shape) ROW_PLAIN(FIELD_BYTES, field, maximum)
#define ROW_SECRET(field, maximum, shape) ROW_PLAIN(FIELD_SECRET, field, maximum)
#define ROW_ONE(field, maximum, shape)                                                         \
    {.kind = FIELD_ONE, .name = #field, .offset = offsetof(self, field), .of = shape##_shape},
#define ROW_LIST(field, maximum, shape)                                                        \
    {.kind = FIELD_LIST,                                                                       \
     .name = #field,                                                                           \
     .offset = offsetof(self, field),                                                          \
     .count_offset = offsetof(self, n_##field),                                                \
     .max = maximum,                                                                           \
     .of = shape##_shape},
#define ROW(field_kind, field, maximum, shape) ROW_##field_kind(field, maximum, shape)

#define SHAPE_TABLE(type, FIELDS)                                                              \
    const struct shape *type##_shape(void)                                                     \
    {                                                                                          \
        typedef struct type self;                                                              \
        static const struct field fields[] = {FIELDS(ROW)};                                    \
        static const struct shape shape = {#type, sizeof(self), fields,                        \
                                           sizeof fields / sizeof *fields};                    \
        return &shape;                                                                         \
    }

SHAPE_TABLE(slot, SLOT_FIELDS)
SHAPE_TABLE(busy, BUSY_FIELDS)
SHAPE_TABLE(reason, REASON_FIELDS)
SHAPE_TABLE(hours, HOURS_FIELDS)
SHAPE_TABLE(override, OVERRIDE_FIELDS)
SHAPE_TABLE(rule, RULE_FIELDS)
SHAPE_TABLE(page_public, PAGE_PUBLIC_FIELDS)
SHAPE_TABLE(question, QUESTION_FIELDS)
SHAPE_TABLE(question_list, QUESTION_LIST_FIELDS)
SHAPE_TABLE(answer, ANSWER_FIELDS)
SHAPE_TABLE(answer_list, ANSWER_LIST_FIELDS)
SHAPE_TABLE(customer, CUSTOMER_FIELDS)
SHAPE_TABLE(booking_public, BOOKING_PUBLIC_FIELDS)
SHAPE_TABLE(event, EVENT_FIELDS)
SHAPE_TABLE(event_ref, EVENT_REF_FIELDS)
SHAPE_TABLE(pin, PIN_FIELDS)
SHAPE_TABLE(pin_list, PIN_LIST_FIELDS)
SHAPE_TABLE(token_server, TOKEN_SERVER_FIELDS)
SHAPE_TABLE(proxy, PROXY_FIELDS)
SHAPE_TABLE(server, SERVER_FIELDS)
SHAPE_TABLE(layer, LAYER_FIELDS)
SHAPE_TABLE(audit_details, AUDIT_DETAILS_FIELDS)
SHAPE_TABLE(edge_start_ask, EDGE_START_ASK_FIELDS)
SHAPE_TABLE(edge_start_answer, NO_FIELDS)
SHAPE_TABLE(vault_start_ask, VAULT_START_ASK_FIELDS)
SHAPE_TABLE(vault_start_answer, NO_FIELDS)
SHAPE_TABLE(migrate_ask, MIGRATE_ASK_FIELDS)
SHAPE_TABLE(migrated, MIGRATED_FIELDS)
SHAPE_TABLE(migrate_answer, MIGRATE_ANSWER_FIELDS)
SHAPE_TABLE(needle, NEEDLE_FIELDS)
SHAPE_TABLE(search_ask, SEARCH_ASK_FIELDS)
SHAPE_TABLE(search_found, SEARCH_FOUND_FIELDS)
SHAPE_TABLE(search_table, SEARCH_TABLE_FIELDS)
SHAPE_TABLE(search_answer, SEARCH_ANSWER_FIELDS)
SHAPE_TABLE(attach_ask, ATTACH_ASK_FIELDS)
SHAPE_TABLE(attach_answer, NO_FIELDS)
SHAPE_TABLE(network, NETWORK_FIELDS)
SHAPE_TABLE(courier_start_ask, COURIER_START_ASK_FIELDS)
SHAPE_TABLE(courier_start_answer, NO_FIELDS)
SHAPE_TABLE(spawn_ask, NO_FIELDS)
SHAPE_TABLE(spawn_answer, NO_FIELDS)
SHAPE_TABLE(open_ask, OPEN_ASK_FIELDS)
SHAPE_TABLE(open_answer, NO_FIELDS)
SHAPE_TABLE(act_ask, ACT_ASK_FIELDS)
SHAPE_TABLE(act_answer, NO_FIELDS)
SHAPE_TABLE(source, SOURCE_FIELDS)
SHAPE_TABLE(source_list, SOURCE_LIST_FIELDS)
SHAPE_TABLE(busy_ask, BUSY_ASK_FIELDS)
SHAPE_TABLE(busy_answer, BUSY_ANSWER_FIELDS)
SHAPE_TABLE(create_ask, CREATE_ASK_FIELDS)
SHAPE_TABLE(create_answer, EVENT_REF_ANSWER_FIELDS)
SHAPE_TABLE(find_ask, FIND_ASK_FIELDS)
SHAPE_TABLE(find_answer, EVENT_REF_ANSWER_FIELDS)
SHAPE_TABLE(update_ask, UPDATE_ASK_FIELDS)
SHAPE_TABLE(update_answer, EVENT_REF_ANSWER_FIELDS)
SHAPE_TABLE(remove_ask, REMOVE_ASK_FIELDS)
SHAPE_TABLE(remove_answer, NO_FIELDS)
SHAPE_TABLE(check_ask, CHECK_ASK_FIELDS)
SHAPE_TABLE(check_answer, CHECK_ANSWER_FIELDS)
SHAPE_TABLE(mailbox, MAILBOX_FIELDS)
SHAPE_TABLE(view_ask, VIEW_ASK_FIELDS)
SHAPE_TABLE(mailbox_view, MAILBOX_VIEW_FIELDS)
SHAPE_TABLE(view_answer, VIEW_ANSWER_FIELDS)
SHAPE_TABLE(calendars_ask, NO_FIELDS)
SHAPE_TABLE(calendar_row, CALENDAR_ROW_FIELDS)
SHAPE_TABLE(calendars_answer, CALENDARS_ANSWER_FIELDS)
SHAPE_TABLE(consent, CONSENT_FIELDS)
SHAPE_TABLE(discover_ask, DISCOVER_ASK_FIELDS)
SHAPE_TABLE(discover_answer, DISCOVER_ANSWER_FIELDS)
SHAPE_TABLE(page_ask, PAGE_ASK_FIELDS)
SHAPE_TABLE(page_answer, PAGE_ANSWER_FIELDS)
SHAPE_TABLE(slots_ask, SLOTS_ASK_FIELDS)
SHAPE_TABLE(slots_answer, SLOTS_ANSWER_FIELDS)
SHAPE_TABLE(book_ask, BOOK_ASK_FIELDS)
SHAPE_TABLE(mistake, MISTAKE_FIELDS)
SHAPE_TABLE(book_answer, BOOK_ANSWER_FIELDS)
SHAPE_TABLE(booking_ask, BOOKING_ASK_FIELDS)
SHAPE_TABLE(booking_answer, BOOKING_ANSWER_FIELDS)
SHAPE_TABLE(move_slots_ask, MOVE_SLOTS_ASK_FIELDS)
SHAPE_TABLE(move_slots_answer, MOVE_SLOTS_ANSWER_FIELDS)
SHAPE_TABLE(move_ask, MOVE_ASK_FIELDS)
SHAPE_TABLE(move_answer, MOVE_SLOTS_ANSWER_FIELDS)
SHAPE_TABLE(cancel_ask, BOOKING_ASK_FIELDS)
SHAPE_TABLE(cancel_answer, BOOKING_ANSWER_FIELDS)
SHAPE_TABLE(health_ask, NO_FIELDS)
SHAPE_TABLE(counter, COUNTER_FIELDS)
SHAPE_TABLE(health_answer, HEALTH_ANSWER_FIELDS)
SHAPE_TABLE(account_add_ask, ACCOUNT_ADD_ASK_FIELDS)
SHAPE_TABLE(account_add_answer, NO_FIELDS)
SHAPE_TABLE(account_list_ask, ACCOUNT_LIST_ASK_FIELDS)
SHAPE_TABLE(account_row, ACCOUNT_ROW_FIELDS)
SHAPE_TABLE(account_list_answer, ACCOUNT_LIST_ANSWER_FIELDS)
SHAPE_TABLE(account_show_ask, ACCOUNT_SHOW_ASK_FIELDS)
SHAPE_TABLE(account_show_answer, ACCOUNT_SHOW_ANSWER_FIELDS)
SHAPE_TABLE(user_add_ask, USER_ADD_ASK_FIELDS)
SHAPE_TABLE(user_add_answer, NO_FIELDS)
SHAPE_TABLE(user_list_ask, USER_LIST_ASK_FIELDS)
SHAPE_TABLE(user_row, USER_ROW_FIELDS)
SHAPE_TABLE(user_list_answer, USER_LIST_ANSWER_FIELDS)
SHAPE_TABLE(user_role_ask, USER_ROLE_ASK_FIELDS)
SHAPE_TABLE(user_role_answer, NO_FIELDS)
SHAPE_TABLE(token_add_ask, TOKEN_ADD_ASK_FIELDS)
SHAPE_TABLE(token_add_answer, TOKEN_ADD_ANSWER_FIELDS)
SHAPE_TABLE(token_list_ask, TOKEN_LIST_ASK_FIELDS)
SHAPE_TABLE(token_row, TOKEN_ROW_FIELDS)
SHAPE_TABLE(token_list_answer, TOKEN_LIST_ANSWER_FIELDS)
SHAPE_TABLE(token_revoke_ask, TOKEN_REVOKE_ASK_FIELDS)
SHAPE_TABLE(token_revoke_answer, NO_FIELDS)
SHAPE_TABLE(connection_add_ask, CONNECTION_ADD_ASK_FIELDS)
SHAPE_TABLE(connection_add_answer, CONNECTION_ADD_ANSWER_FIELDS)
SHAPE_TABLE(connection_list_ask, CONNECTION_LIST_ASK_FIELDS)
SHAPE_TABLE(connection_row, CONNECTION_ROW_FIELDS)
SHAPE_TABLE(connection_list_answer, CONNECTION_LIST_ANSWER_FIELDS)
SHAPE_TABLE(connection_check_ask, CONNECTION_CHECK_ASK_FIELDS)
SHAPE_TABLE(connection_check_answer, CHECK_ANSWER_FIELDS)
SHAPE_TABLE(connection_password_ask, CONNECTION_PASSWORD_ASK_FIELDS)
SHAPE_TABLE(connection_password_answer, NO_FIELDS)
SHAPE_TABLE(connection_remove_ask, CONNECTION_REMOVE_ASK_FIELDS)
SHAPE_TABLE(connection_remove_answer, CONNECTION_REMOVE_ANSWER_FIELDS)
SHAPE_TABLE(connection_move_ask, CONNECTION_MOVE_ASK_FIELDS)
SHAPE_TABLE(connection_move_answer, CHECK_ANSWER_FIELDS)
SHAPE_TABLE(connection_calendars_ask, CONNECTION_CALENDARS_ASK_FIELDS)
SHAPE_TABLE(calendar_use, CALENDAR_USE_FIELDS)
SHAPE_TABLE(connection_calendars_answer, CONNECTION_CALENDARS_ANSWER_FIELDS)
SHAPE_TABLE(connection_discover_ask, CONNECTION_DISCOVER_ASK_FIELDS)
SHAPE_TABLE(connection_discover_answer, DISCOVER_ANSWER_FIELDS)
SHAPE_TABLE(page_put_ask, PAGE_PUT_ASK_FIELDS)
SHAPE_TABLE(page_put_answer, PAGE_PUT_ANSWER_FIELDS)
SHAPE_TABLE(page_list_ask, PAGE_LIST_ASK_FIELDS)
SHAPE_TABLE(page_row, PAGE_ROW_FIELDS)
SHAPE_TABLE(page_list_answer, PAGE_LIST_ANSWER_FIELDS)
SHAPE_TABLE(page_show_ask, PAGE_ASK_FIELDS)
SHAPE_TABLE(page_show_answer, PAGE_SHOW_ANSWER_FIELDS)
SHAPE_TABLE(page_remove_ask, PAGE_ASK_FIELDS)
SHAPE_TABLE(page_remove_answer, NO_FIELDS)
SHAPE_TABLE(booking_list_ask, BOOKING_LIST_ASK_FIELDS)
SHAPE_TABLE(booking_list_answer, BOOKING_LIST_ANSWER_FIELDS)
SHAPE_TABLE(booking_show_ask, BOOKING_OF_ASK_FIELDS)
SHAPE_TABLE(booking_show_answer, BOOKING_ANSWER_FIELDS)
SHAPE_TABLE(booking_cancel_ask, BOOKING_OF_ASK_FIELDS)
SHAPE_TABLE(booking_cancel_answer, BOOKING_ANSWER_FIELDS)
SHAPE_TABLE(attention_list_ask, ATTENTION_LIST_ASK_FIELDS)
SHAPE_TABLE(attention_row, ATTENTION_ROW_FIELDS)
SHAPE_TABLE(attention_list_answer, ATTENTION_LIST_ANSWER_FIELDS)
SHAPE_TABLE(attention_done_ask, ATTENTION_DONE_ASK_FIELDS)
SHAPE_TABLE(attention_done_answer, NO_FIELDS)
SHAPE_TABLE(team_ask, TEAM_ASK_FIELDS)
SHAPE_TABLE(team_row, TEAM_ROW_FIELDS)
SHAPE_TABLE(team_answer, TEAM_ANSWER_FIELDS)
SHAPE_TABLE(inventory_ask, NO_FIELDS)
SHAPE_TABLE(inventory_row, INVENTORY_ROW_FIELDS)
SHAPE_TABLE(inventory_answer, INVENTORY_ANSWER_FIELDS)
SHAPE_TABLE(why_ask, WHY_ASK_FIELDS)
SHAPE_TABLE(spell, SPELL_FIELDS)
SHAPE_TABLE(why_answer, WHY_ANSWER_FIELDS)
SHAPE_TABLE(audit_head, AUDIT_HEAD_FIELDS)
SHAPE_TABLE(audit_verify_ask, AUDIT_VERIFY_ASK_FIELDS)
SHAPE_TABLE(audit_verify_answer, AUDIT_VERIFY_ANSWER_FIELDS)
SHAPE_TABLE(audit_export_ask, AUDIT_EXPORT_ASK_FIELDS)
SHAPE_TABLE(audit_row, AUDIT_ROW_FIELDS)
SHAPE_TABLE(audit_export_answer, AUDIT_EXPORT_ANSWER_FIELDS)
SHAPE_TABLE(audit_show_ask, AUDIT_SHOW_ASK_FIELDS)
SHAPE_TABLE(audit_shown, AUDIT_SHOWN_FIELDS)
SHAPE_TABLE(audit_show_answer, AUDIT_SHOW_ANSWER_FIELDS)
SHAPE_TABLE(reply, REPLY_FIELDS)
SHAPE_TABLE(as_ask, AS_ASK_FIELDS)
SHAPE_TABLE(as_answer, AS_ANSWER_FIELDS)

static const struct wire_message messages[WIRE_TYPE_MAX] = {
#define MESSAGE(number, name_, askers_)                                                        \
    [number] = {#name_, askers_, name_##_ask_shape, name_##_answer_shape},
    WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
};

const struct wire_message *wire_message_of(unsigned type)
{
    return type < WIRE_TYPE_MAX && messages[type].name ? &messages[type] : NULL;
}

bool wire_may_ask(unsigned type, enum wire_role role)
{
    const struct wire_message *message = wire_message_of(type);
    return message && (message->askers & (unsigned)role) != 0;
}
