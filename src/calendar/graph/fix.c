/* SPDX-License-Identifier: ISC */
#include "calendar/graph/fix.h"

const char *fix_graph_sign_in(enum auth_method method, enum status status)
{
    if (status == ERR_LIMIT)
        return "try again later";
    if (status != ERR_AUTH)
        return "see what stands between this machine and Microsoft";
    switch (method) {
    case AUTH_OAUTH:
        return "connect the calendar anew: the consent has ended, was withdrawn, or the "
               "password "
               "was changed";
    case AUTH_ASSERTION:
        return "in Entra, App registrations, Certificates & secrets: upload the certificate "
               "that "
               "stands in the key file, and check tenant and client id";
    default:
        return "in Entra, App registrations, Certificates & secrets: check that the secret has "
               "not ended, and tenant and client id";
    }
}

const char *fix_graph_mailbox(enum auth_method method, enum status status)
{
    switch (status) {
    case ERR_DENIED:
        return method == AUTH_OAUTH ? "in Entra, API permissions: Calendars.ReadWrite, and for "
                                      "others' calendars "
                                      "Calendars.ReadWrite.Shared; then connect anew"
                                    : "in Entra, API permissions: the application permission "
                                      "Calendars.ReadWrite "
                                      "with admin consent; where access is limited, let the "
                                      "application into this "
                                      "mailbox (New-ManagementRoleAssignment with a scope)";
    case ERR_NOT_FOUND:
        return "check the address given with --mailbox; a mailbox on the organisation's own "
               "Exchange is connected with --kind ews";
    case ERR_LIMIT:
        return "try again later: Microsoft Graph allows 10,000 requests in ten minutes and "
               "four at "
               "once for each mailbox";
    default:
        return "see https://status.cloud.microsoft and what the organisation's administrators "
               "say";
    }
}

const char *fix_graph_rights(struct arena *a, const struct server *server, struct text mailbox)
{
    if (server->method != AUTH_OAUTH)
        return fix_graph_mailbox(server->method, ERR_DENIED);
    if (!mailbox.n)
        return fix_graph_mailbox(AUTH_OAUTH, ERR_DENIED);
    return arena_printf(
        a,
        "have the calendar shared with the user who connected it (\"Can edit\"), "
        "or: Add-MailboxFolderPermission '" TEXT_FMT
        ":\\Calendar' -User USER -AccessRights Editor",
        TEXT_ARG(mailbox));
}
