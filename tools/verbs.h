/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_VERBS_H
#define KMSGPIPECTL_VERBS_H

#include "option.h"

/* In the order of --help; a new one is put here and into main.c's list. */
extern const struct verb verb_list;		/* list.c */
extern const struct verb verb_status;		/* status.c */
extern const struct verb verb_create;		/* create.c */
extern const struct verb verb_remove;
extern const struct verb verb_set;		/* set.c */
extern const struct verb verb_apply;		/* apply.c */
extern const struct verb verb_clear;		/* clear.c */
extern const struct verb verb_cleanup;
extern const struct verb verb_send;		/* send.c */
extern const struct verb verb_recv;		/* recv.c */
extern const struct verb verb_stats;		/* list.c */
extern const struct verb verb_monitor;		/* monitor.c */
extern const struct verb verb_log;		/* log.c */
extern const struct verb verb_metrics;		/* metrics.c */
extern const struct verb verb_doctor;		/* doctor.c */
extern const struct verb verb_version;		/* version.c */

#endif /* KMSGPIPECTL_VERBS_H */
