/* SPDX-License-Identifier: ISC
 *
 * A permission is known by how its name ends: Microsoft's and Google's are addresses. One that is not known here is shown by
 * its name, so that nothing that is asked for goes unsaid.
 */
#include "edge/place/provider.h"

#include "edge/place/frame.h"

static const struct {
    const char *scope;
    struct message what;
} permissions[] = {
    {"openid", MESSAGE("Who you are there: which account this is, nothing else.")},
    {"email", MESSAGE("Your e-mail address, so that it is known whose calendar this is.")},
    {"offline_access",
     MESSAGE("Lasting access: bookings come while you are away. You can take it back at any "
             "time, here or there.")},
    {"Calendars.ReadWrite",
     MESSAGE(
         "Read and write your calendars: when you are busy is read, and the events of your "
         "bookings are written. Microsoft knows no narrower permission that writes events.")},
    {"calendar.events",
     MESSAGE(
         "See and edit events: the events of your bookings are written, moved and removed.")},
    {"calendar.freebusy", MESSAGE("See when you are busy, without what for.")},
    {"calendar.calendarlist.readonly",
     MESSAGE("See the names of your calendars, so that you can choose which count.")},
};

static bool ends_in(struct text scope, struct text name)
{
    size_t before = scope.n - name.n;
    return scope.n >= name.n && text_equal((struct text){scope.at + before, name.n}, name) &&
           (before == 0 || scope.at[before - 1] == '/' ||
            (before >= 5 &&
             text_equal((struct text){scope.at + before - 5, 5}, TEXT("auth/"))));
}

static struct permission_view permission_of(struct visit *visit, struct text scope)
{
    for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
        if (ends_in(scope, text_from(permissions[i].scope)))
            return (struct permission_view){text_from(permissions[i].scope),
                                            visit_say(visit, permissions[i].what)};
    return (struct permission_view){.name = scope, .what = ""};
}

static void add_permissions(struct visit *visit, struct text scopes, struct provider_view *view)
{
    struct text rest = scopes;
    view->permissions = ARENA_ARRAY(&visit->arena, scopes.n + 1, struct permission_view);
    while (rest.n) {
        struct text one = rest, after = {0};
        (void)text_cut(rest, ' ', &one, &after);
        if (one.n)
            view->permissions[view->n_permissions++] = permission_of(visit, one);
        rest = after;
    }
}

struct providers_view provider_list(struct visit *visit,
                                    const struct oauth_offers_answer *offers)
{
    size_t n = offers ? offers->n_offers : 0;
    struct providers_view view = {
        .form = visit->session->form,
        .providers = ARENA_ARRAY(&visit->arena, n + 1, struct provider_view),
        .lacks_microsoft = offers != NULL,
        .lacks_google = offers != NULL,
    };
    for (size_t i = 0; i < n; i++) {
        const struct oauth_offer *offer = &offers->offers[i];
        struct provider_view *provider = &view.providers[view.n_providers++];
        *provider = (struct provider_view){.name = offer->name, .label = offer->label};
        add_permissions(visit, offer->scope, provider);
        view.lacks_microsoft &= offer->kind != CALENDAR_GRAPH;
        view.lacks_google &= offer->kind != CALENDAR_GOOGLE;
    }
    view.lacks_any = view.lacks_microsoft || view.lacks_google;
    return view;
}
