/* SPDX-License-Identifier: ISC
 *
 * Weekly hours, dated exceptions and blocking states as a person writes them on the command line:
 *
 *     mon-fri 09:00-12:00 13:00-17:00; sat 10:00-12:00
 *     2026-12-24 closed; 2026-12-31 09:00-12:00
 *     tentative,busy,oof
 *
 * Whether spans overlap or make sense together is the vault's to say (book/rule.h).
 */
#ifndef HOURGATE_HOURS_H
#define HOURGATE_HOURS_H

#include "base/arena.h"
#include "base/error.h"
#include "wire/types.h"

/* Parse into rule; lists live in a. ERR_INVALID names the word that is wrong. */
enum status hours_parse(struct text t, struct arena *a, struct rule *rule,
                        struct error *err) MUST_CHECK;
enum status overrides_parse(struct text t, struct arena *a, struct rule *rule,
                            struct error *err) MUST_CHECK;
enum status blocks_parse(struct text t, struct rule *rule, struct error *err) MUST_CHECK;

/* Format them as they are parsed, equal days together where they follow each other. */
struct text hours_format(const struct rule *rule, struct arena *a);
struct text overrides_format(const struct rule *rule, struct arena *a);
struct text blocks_format(const struct rule *rule, struct arena *a);

#endif
