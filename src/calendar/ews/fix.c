/* SPDX-License-Identifier: ISC */
#include "calendar/ews/fix.h"

/* The administrator's line that turns off what our NTLM cannot do. */
#define ALLOW_PROTECTION                                                                       \
    "Set-WebServicesVirtualDirectory -Identity 'SERVER\\EWS (Default Web Site)' "              \
    "-ExtendedProtectionTokenChecking Allow"

static const char *refused_fix(enum auth_method method)
{
    switch (method) {
    case AUTH_NEGOTIATE:
        return "check user and password or keytab, setspn -Q HTTP/HOST, and that the clocks of "
               "KDC, "
               "Exchange and this machine agree within 5 minutes; a server that "
               "demands Extended Protection (Get-WebServicesVirtualDirectory | fl "
               "ExtendedProtectionTokenChecking) takes Basic or OAuth: " ALLOW_PROTECTION;
    case AUTH_BEARER:
        return "check client id, secret and scope; at Exchange: Get-AuthServer, and "
               "Get-PartnerApplication must know the application with a role that may "
               "impersonate";
    case AUTH_NTLM:
        return "check user and password (user@domain or DOMAIN\\user); if they are right, "
               "Extended Protection is \"Require\" (Get-WebServicesVirtualDirectory | fl "
               "ExtendedProtectionTokenChecking): use Basic or OAuth, or " ALLOW_PROTECTION;
    default:
        return "check user and password (user@domain or DOMAIN\\user)";
    }
}

const char *fix_sign_in(enum auth_method method, enum status status)
{
    switch (status) {
    case ERR_AUTH:
        return refused_fix(method);
    case ERR_DENIED:
        return "allow EWS for this user: Set-CASMailbox USER -EwsEnabled $true";
    case ERR_NOT_FOUND:
        return "register the service's name: setspn -S HTTP/HOST ACCOUNT";
    case ERR_LIMIT:
        return "try again later";
    default:
        return method == AUTH_NEGOTIATE
                   ? "check krb5.conf on this machine and that its KDCs answer at port 88, and "
                     "set all "
                     "clocks by NTP: timedatectl set-ntp true; w32tm /resync"
                   : "see what stands between this machine and Exchange";
    }
}

const char *fix_mailbox(enum status status)
{
    switch (status) {
    case ERR_DENIED:
        return "give the user the right that is missing, or use the mailbox's own user";
    case ERR_NOT_FOUND:
        return "check the address given with --impersonate or --mailbox; a mailbox that moved "
               "to "
               "Microsoft 365 is connected with --kind graph";
    case ERR_LIMIT:
        return "try again later; what holds for this user: see throttling";
    default:
        return "see what the server's own log says";
    }
}

/* Quote for PowerShell: a single quote within is doubled. */
static const char *quoted(struct arena *a, struct text t)
{
    char *out = arena_alloc(a, 2 * t.n + 3), *at = out;
    *at++ = '\'';
    for (size_t i = 0; i < t.n; i++) {
        if (t.at[i] == '\'')
            *at++ = '\'';
        *at++ = t.at[i];
    }
    *at = '\'';
    return out;
}

const char *fix_impersonation(struct arena *a, const struct server *server)
{
    return arena_printf(
        a,
        "New-ManagementScope hourgate -RecipientRestrictionFilter {MemberOfGroup "
        "-eq 'GROUP-DN'}; New-ManagementRoleAssignment -Role "
        "ApplicationImpersonation -User %s -CustomRecipientWriteScope hourgate",
        quoted(a, server->user.n ? server->user : TEXT("USER")));
}

const char *fix_rights(struct arena *a, const struct server *server, struct text mailbox,
                       const char *rights)
{
    return arena_printf(
        a, "Add-MailboxFolderPermission %s -User %s -AccessRights %s",
        quoted(a, text_from(arena_printf(a, TEXT_FMT ":\\Calendar",
                                         TEXT_ARG(mailbox.n ? mailbox : TEXT("MAILBOX"))))),
        quoted(a, server->user.n ? server->user : TEXT("USER")), rights);
}

const char *fix_throttling(struct arena *a, const struct server *server)
{
    const char *user = quoted(a, server->user.n ? server->user : TEXT("USER"));
    return arena_printf(
        a,
        "see what holds: Get-ThrottlingPolicyAssociation %s; Get-ThrottlingPolicy | fl "
        "Name,Ews*; "
        "give a service account of many hosts more: New-ThrottlingPolicy hourgate "
        "-ThrottlingPolicyScope Regular -EwsMaxConcurrency 54 -EwsMaxBurst 600000 "
        "-EwsRechargeRate 1800000; Set-ThrottlingPolicyAssociation %s -ThrottlingPolicy "
        "hourgate",
        user, user);
}

const char *fix_room_rights(struct arena *a, struct text room)
{
    return arena_printf(
        a, "Set-MailboxFolderPermission %s -User Default -AccessRights AvailabilityOnly",
        quoted(a, text_from(arena_printf(a, TEXT_FMT ":\\Calendar", TEXT_ARG(room)))));
}

const char *fix_room_processing(struct arena *a, struct text room)
{
    return arena_printf(a,
                        "Set-CalendarProcessing %s -AutomateProcessing AutoAccept "
                        "-AllowConflicts $false -AllBookInPolicy $true "
                        "-BookingWindowInDays 730",
                        quoted(a, room));
}
