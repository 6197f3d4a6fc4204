/* SPDX-License-Identifier: ISC
 *
 * The named property in which every event of ours carries the booking's uid. Exchange cannot search its own
 * UID, but it searches this. Never change these: events of the past are found by them.
 */
#ifndef EWS_PROPERTY_H
#define EWS_PROPERTY_H

#define EWS_PROPERTY_SET "e236b71a-1ca1-4a99-928b-b4f8b2c721db"
#define EWS_PROPERTY_NAME "hourgate-booking"
#define EWS_PROPERTY_URI                                                                       \
    "<t:ExtendedFieldURI PropertySetId=\"" EWS_PROPERTY_SET                                    \
    "\" PropertyName=\"" EWS_PROPERTY_NAME "\" PropertyType=\"String\"/>"

#endif
