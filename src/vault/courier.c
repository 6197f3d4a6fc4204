/* SPDX-License-Identifier: ISC
 *
 * A child keeps the deadline of its job itself, and the kernel ends one that cannot: so an answer comes, or
 * the end of the channel, soon after the deadline. We wait that little longer, so that a slow server costs
 * us a job and not a signed-in child.
 */
#include "vault/courier.h"

#include <stdlib.h>
#include <unistd.h>

#include "os/clock.h"
#include "vault/wait.h"

enum { SPAWN_MS = 5000 };

struct child {
    struct list node;
    struct courier_key key; /* whom its job, or else its last one, is for */
    int64_t acts_for;       /* which connection it was told; its worker's own */
    struct link link;
    bool works;    /* owned by the thread that does its job */
    bool unwanted; /* to end when the job is done */
    int64_t idle_since_ms;
};

void couriers_init(struct couriers *couriers)
{
    *couriers = (struct couriers){0};
    pthread_mutex_init(&couriers->lock, NULL);
    pthread_mutex_init(&couriers->zygote_lock, NULL);
    wait_init(&couriers->freed);
    list_init(&couriers->children);
}

/* Take a child out of the list and end it. Lock held. */
static void end_child(struct couriers *couriers, struct child *child)
{
    list_remove(&child->node);
    couriers->n_children--;
    link_done(&child->link);
    free(child);
    pthread_cond_broadcast(&couriers->freed);
}

/* End every idle child for which wanted() says no. Lock held. */
static void end_idle(struct couriers *couriers, bool is_unwanted(const struct child *, int64_t),
                     int64_t value)
{
    for (struct list *node = couriers->children.next, *next; node != &couriers->children;
         node = next) {
        struct child *child = LIST_OWNER(node, struct child, node);
        next = node->next;
        if (!is_unwanted(child, value))
            continue;
        if (child->works)
            child->unwanted = true;
        else
            end_child(couriers, child);
    }
}

static bool is_any(const struct child *child, int64_t value)
{
    (void)child, (void)value;
    return true;
}

static bool is_of_connection(const struct child *child, int64_t connection)
{
    return child->key.connection == connection || child->key.sign_in == connection;
}

static bool is_idle_since(const struct child *child, int64_t then_ms)
{
    return !child->works && child->idle_since_ms <= then_ms;
}

void couriers_done(struct couriers *couriers)
{
    end_idle(couriers, is_any, 0);
    ENSURE(couriers->n_children == 0);
    if (couriers->has_zygote)
        link_done(&couriers->zygote);
    pthread_cond_destroy(&couriers->freed);
    pthread_mutex_destroy(&couriers->zygote_lock);
    pthread_mutex_destroy(&couriers->lock);
}

void couriers_attach(struct couriers *couriers, int fd)
{
    pthread_mutex_lock(&couriers->zygote_lock);
    if (couriers->has_zygote)
        link_done(&couriers->zygote);
    link_init(&couriers->zygote, fd);
    couriers->has_zygote = true;
    pthread_mutex_unlock(&couriers->zygote_lock);
    pthread_mutex_lock(&couriers->lock);
    end_idle(couriers, is_any, 0);
    pthread_mutex_unlock(&couriers->lock);
}

bool couriers_attached(struct couriers *couriers)
{
    pthread_mutex_lock(&couriers->zygote_lock);
    bool attached = couriers->has_zygote;
    pthread_mutex_unlock(&couriers->zygote_lock);
    return attached;
}

void couriers_forget(struct couriers *couriers, int64_t connection)
{
    pthread_mutex_lock(&couriers->lock);
    end_idle(couriers, is_of_connection, connection);
    pthread_mutex_unlock(&couriers->lock);
}

size_t couriers_connections(struct couriers *couriers,
                            int64_t ret_connections[COURIER_CHILDREN])
{
    size_t n = 0;
    pthread_mutex_lock(&couriers->lock);
    LIST_EACH (node, &couriers->children) {
        int64_t connection = LIST_OWNER(node, struct child, node)->key.connection;
        size_t i = 0;
        while (i < n && ret_connections[i] != connection)
            i++;
        if (connection > 0 && i == n && n < COURIER_CHILDREN)
            ret_connections[n++] = connection;
    }
    pthread_mutex_unlock(&couriers->lock);
    return n;
}

void couriers_tidy(struct couriers *couriers, int64_t now_ms)
{
    pthread_mutex_lock(&couriers->lock);
    end_idle(couriers, is_idle_since, now_ms - COURIER_IDLE_MS);
    pthread_mutex_unlock(&couriers->lock);
}

/* Is an idle child still there? An idle one has nothing to say, so that anything but silence is its end. */
static bool is_alive(struct child *child)
{
    return child->link.ch.in.n == 0 && channel_fill(&child->link.ch) == ERR_NOT_FOUND;
}

/* Take an idle child that holds key's sign-in, best one that acts for the connection already; end those
 * found dead or out of date on the way. Lock held. */
static struct child *take_idle(struct couriers *couriers, const struct courier_key *key)
{
    struct child *other = NULL;
    for (struct list *node = couriers->children.back, *back; node != &couriers->children;
         node = back) {
        struct child *child = LIST_OWNER(node, struct child, node);
        back = node->back;
        if (child->works || child->key.sign_in != key->sign_in)
            continue;
        if (child->key.version != key->version || !is_alive(child))
            end_child(couriers, child);
        else if (child->key.connection == key->connection)
            return child;
        else if (!other)
            other = child;
    }
    return other;
}

static size_t count_children(const struct couriers *couriers, const struct courier_key *key,
                             bool working)
{
    size_t n = 0;
    LIST_EACH (node, &couriers->children) {
        const struct child *child = LIST_OWNER(node, struct child, node);
        n += child->key.connection == key->connection && (child->works || !working);
    }
    return n;
}

static size_t count_signed_in(const struct couriers *couriers, int64_t sign_in, bool working)
{
    size_t n = 0;
    LIST_EACH (node, &couriers->children) {
        const struct child *child = LIST_OWNER(node, struct child, node);
        n += child->key.sign_in == sign_in && (child->works || !working);
    }
    return n;
}

/* May one more job of that kind go out for this connection, and for its sign-in? Lock held. */
static bool may_work(const struct couriers *couriers, const struct courier_job *job)
{
    const struct courier_key *key = &job->key;
    return key->connection == 0 ||
           (count_children(couriers, key, true) <
                (job->yields ? COURIER_READS : COURIER_PER_CONNECTION) &&
            count_signed_in(couriers, key->sign_in, true) <
                (job->yields ? COURIER_SIGN_IN_READS : COURIER_PER_SIGN_IN));
}

/* May one more child sign in? If need be another idle one of the same sign-in ends for it. Lock held. */
static bool make_way(struct couriers *couriers, int64_t sign_in)
{
    if (sign_in == 0 || count_signed_in(couriers, sign_in, false) < COURIER_PER_SIGN_IN)
        return true;
    LIST_EACH (node, &couriers->children) {
        struct child *child = LIST_OWNER(node, struct child, node);
        if (!child->works && child->key.sign_in == sign_in) {
            end_child(couriers, child);
            return true;
        }
    }
    return false;
}

/* Make room for one child by ending the least recently used idle one. Lock held. */
static bool make_room(struct couriers *couriers)
{
    if (couriers->n_children < COURIER_CHILDREN)
        return true;
    LIST_EACH (node, &couriers->children) {
        struct child *child = LIST_OWNER(node, struct child, node);
        if (!child->works) {
            end_child(couriers, child);
            return true;
        }
    }
    return false;
}

/* Add a child without a link yet, owned by the caller. Lock held. */
static struct child *add_child(struct couriers *couriers, const struct courier_key *key)
{
    struct child *child = calloc(1, sizeof *child);
    ENSURE(child);
    child->key = *key;
    child->link.ch.fd = -1;
    list_add_last(&couriers->children, &child->node);
    couriers->n_children++;
    couriers->n_spawned++;
    return child;
}

/* Get a child for a job: an idle one, or a new one whose link is still to be made. */
static enum status take_child(struct couriers *couriers, const struct courier_job *job,
                              struct child **ret_child)
{
    struct child *child = NULL;
    bool in_time = true;
    pthread_mutex_lock(&couriers->lock);
    while (!child && in_time) {
        if (may_work(couriers, job)) {
            child = take_idle(couriers, &job->key);
            if (!child && make_way(couriers, job->key.sign_in) && make_room(couriers))
                child = add_child(couriers, &job->key);
        }
        if (!child)
            in_time = wait_until(&couriers->freed, &couriers->lock, job->deadline_ms);
    }
    if (child) {
        child->key = job->key;
        child->works = true;
        couriers->n_jobs++;
    }
    pthread_mutex_unlock(&couriers->lock);
    *ret_child = child;
    return child ? OK : ERR_FULL;
}

/* Give a child back: to the pool, or to its end. */
static void give_back(struct couriers *couriers, struct child *child, bool is_sound)
{
    pthread_mutex_lock(&couriers->lock);
    if (!is_sound || child->unwanted || child->key.connection == 0) {
        end_child(couriers, child);
    } else {
        child->works = false;
        child->idle_since_ms = clock_ms();
        list_remove(&child->node);
        list_add_last(&couriers->children, &child->node);
        pthread_cond_broadcast(&couriers->freed);
    }
    pthread_mutex_unlock(&couriers->lock);
}

/* A zygote that fails is dropped: the parent attaches another. */
enum status couriers_spawn(struct couriers *couriers, int *ret_fd)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct spawn_ask ask = {0};
    struct spawn_answer answer;
    struct reply reply = {0};
    int fd = -1;
    pthread_mutex_lock(&couriers->zygote_lock);
    enum status status = ERR_CLOSED;
    if (couriers->has_zygote) {
        int64_t deadline_ms = clock_ms() + SPAWN_MS;
        status = link_send(&couriers->zygote, WIRE_spawn, &ask, -1, deadline_ms);
        if (status == OK)
            status = link_receive(&couriers->zygote, WIRE_spawn, deadline_ms, &a, &reply,
                                  &answer, &fd);
        if (status != OK) {
            link_done(&couriers->zygote);
            couriers->has_zygote = false;
        }
    }
    pthread_mutex_unlock(&couriers->zygote_lock);
    if (status == OK && (reply.status != OK || fd < 0)) {
        if (fd >= 0)
            close(fd);
        return ERR_CLOSED;
    }
    *ret_fd = fd;
    return status == OK ? OK : ERR_CLOSED;
}

/* Tell a child that last acted for another connection of its sign-in for which one it acts now. */
static enum status act(struct child *child, const struct courier_job *job)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct act_ask ask = {.impersonate = job->server->impersonate,
                          .mailbox = job->server->mailbox};
    struct act_answer answer;
    struct reply reply;
    TRY(link_ask(&child->link, WIRE_act, &ask, -1, job->deadline_ms, &a, &reply, &answer,
                 NULL));
    child->acts_for = job->key.connection;
    return OK;
}

/* Tell a child which provider it serves. */
static enum status open_provider(struct child *child, const struct courier_job *job)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct oauth_open_ask ask = {.registration = *job->registration};
    struct oauth_open_answer answer;
    struct reply reply;
    return link_ask(&child->link, WIRE_oauth_open, &ask, -1, job->deadline_ms, &a, &reply,
                    &answer, NULL);
}

/* Make a new child's link and tell it whom it serves. */
static enum status open_child(struct couriers *couriers, struct child *child,
                              const struct courier_job *job)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct open_ask ask;
    struct open_answer answer;
    struct mail_open_ask mail_ask;
    struct mail_open_answer mail_answer;
    struct reply reply;
    int fd;
    TRY(couriers_spawn(couriers, &fd));
    link_init(&child->link, fd);
    child->acts_for = job->key.connection;
    if (job->registration)
        return open_provider(child, job);
    if (job->mail_server) {
        mail_ask = (struct mail_open_ask){.server = *job->mail_server};
        return link_ask(&child->link, WIRE_mail_open, &mail_ask, -1, job->deadline_ms, &a,
                        &reply, &mail_answer, NULL);
    }
    ask = (struct open_ask){.server = *job->server};
    return link_ask(&child->link, WIRE_open, &ask, -1, job->deadline_ms, &a, &reply, &answer,
                    NULL);
}

enum status courier_do(struct couriers *couriers, struct courier_job *job, struct arena *a,
                       void *ret_answer, struct error *err)
{
    struct child *child;
    if (take_child(couriers, job, &child) != OK)
        return error_set(err, ERR_FULL, "courier", "every courier of this mailbox is at work");
    job->is_new = child->link.ch.fd < 0;
    if (job->is_new && open_child(couriers, child, job) != OK) {
        give_back(couriers, child, false);
        return error_set(err, ERR_CLOSED, "courier", "no courier could be started");
    }
    if ((child->acts_for != job->key.connection && act(child, job) != OK) ||
        link_send(&child->link, job->type, job->ask, -1, job->deadline_ms) != OK) {
        give_back(couriers, child, false);
        return error_set(err, ERR_CLOSED, "courier", "the courier ended before its job");
    }
    struct reply reply;
    child->link.parts = job->parts;
    enum status status =
        link_receive(&child->link, job->type, job->deadline_ms + COURIER_GRACE_MS, a, &reply,
                     ret_answer, NULL);
    child->link.parts = NULL;
    give_back(couriers, child, status == OK);
    if (status == ERR_TIMEOUT)
        return error_set(err, ERR_UNCERTAIN, "courier", "no answer in time");
    if (status != OK)
        return error_set(err, ERR_UNCERTAIN, "courier", "the courier ended during its job");
    reply_to_error(&reply, err);
    return reply.status;
}
