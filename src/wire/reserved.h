/* SPDX-License-Identifier: ISC
 *
 * First path segments that no account can have: the vault makes no such account, the edge looks for none.
 */
#ifndef WIRE_RESERVED_H
#define WIRE_RESERVED_H

#include "base/text.h"

bool reserved_segment(struct text segment);

#endif
