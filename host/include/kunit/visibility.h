/* SPDX-License-Identifier: GPL-2.0 */
/* All is linked into one program */
#ifndef _KUNIT_VISIBILITY_H
#define _KUNIT_VISIBILITY_H

#define EXPORT_SYMBOL_IF_KUNIT(symbol)	EXPORT_SYMBOL_GPL(symbol)

#endif /* _KUNIT_VISIBILITY_H */
