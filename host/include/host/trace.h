/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace - tracepoints that nobody can listen to
 */
#ifndef _HOST_TRACE_H
#define _HOST_TRACE_H

#include <host/compiler.h>

#define TP_PROTO(...)	__VA_ARGS__
#define TP_ARGS(...)
#define TRACE_DEFINE_ENUM(value)	static_assert((value) >= 0)

#define TRACE_EVENT(name, proto, ...)					\
static inline void trace_##name(proto)					\
{									\
}									\
									\
static inline bool trace_##name##_enabled(void)				\
{									\
	return false;							\
}									\
static_assert(true)

#define TRACE_EVENT_FN(name, proto, ...)	TRACE_EVENT(name, PARAMS(proto))
#define PARAMS(...)	__VA_ARGS__

#endif /* _HOST_TRACE_H */
