/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gomalloc_sizeclasses - the class of a size, for the compiler
 *
 * Written by scripts/gen_sizeclasses.py. DO NOT EDIT.
 */
#ifndef _LINUX_GOMALLOC_SIZECLASSES_H
#define _LINUX_GOMALLOC_SIZECLASSES_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * Folds to a constant where @size is one; for other sizes the module has a
 * table. 0 stands for "large".
 */
static __always_inline unsigned int gomalloc_size_class(size_t size)
{
	if (size <= 8)
		return 1;
	if (size <= 16)
		return 2;
	if (size <= 24)
		return 3;
	if (size <= 32)
		return 4;
	if (size <= 48)
		return 5;
	if (size <= 64)
		return 6;
	if (size <= 80)
		return 7;
	if (size <= 96)
		return 8;
	if (size <= 112)
		return 9;
	if (size <= 128)
		return 10;
	if (size <= 144)
		return 11;
	if (size <= 160)
		return 12;
	if (size <= 176)
		return 13;
	if (size <= 192)
		return 14;
	if (size <= 208)
		return 15;
	if (size <= 224)
		return 16;
	if (size <= 240)
		return 17;
	if (size <= 256)
		return 18;
	if (size <= 288)
		return 19;
	if (size <= 320)
		return 20;
	if (size <= 352)
		return 21;
	if (size <= 384)
		return 22;
	if (size <= 416)
		return 23;
	if (size <= 448)
		return 24;
	if (size <= 480)
		return 25;
	if (size <= 512)
		return 26;
	if (size <= 576)
		return 27;
	if (size <= 640)
		return 28;
	if (size <= 704)
		return 29;
	if (size <= 768)
		return 30;
	if (size <= 896)
		return 31;
	if (size <= 1024)
		return 32;
	if (size <= 1152)
		return 33;
	if (size <= 1280)
		return 34;
	if (size <= 1408)
		return 35;
	if (size <= 1536)
		return 36;
	if (size <= 1792)
		return 37;
	if (size <= 2048)
		return 38;
	if (size <= 2304)
		return 39;
	if (size <= 2432)
		return 40;
	if (size <= 2560)
		return 41;
	if (size <= 2688)
		return 40;
	if (size <= 3072)
		return 41;
	if (size <= 3200)
		return 42;
	if (size <= 3328)
		return 44;
	if (size <= 3456)
		return 43;
	if (size <= 4096)
		return 44;
	if (size <= 4480)
		return 45;
	if (size <= 4608)
		return 47;
	if (size <= 4864)
		return 45;
	if (size <= 4992)
		return 46;
	if (size <= 5120)
		return 47;
	if (size <= 5376)
		return 46;
	if (size <= 6144)
		return 47;
	if (size <= 6272)
		return 48;
	if (size <= 6400)
		return 50;
	if (size <= 6528)
		return 48;
	if (size <= 6656)
		return 51;
	if (size <= 6784)
		return 49;
	if (size <= 6912)
		return 50;
	if (size <= 8192)
		return 51;
	if (size <= 8576)
		return 52;
	if (size <= 8704)
		return 53;
	if (size <= 9088)
		return 52;
	if (size <= 9216)
		return 54;
	if (size <= 9472)
		return 52;
	if (size <= 9728)
		return 53;
	if (size <= 10240)
		return 54;
	if (size <= 10368)
		return 55;
	if (size <= 10496)
		return 56;
	if (size <= 10624)
		return 55;
	if (size <= 10752)
		return 56;
	if (size <= 10880)
		return 55;
	if (size <= 12288)
		return 56;
	if (size <= 12672)
		return 57;
	if (size <= 12800)
		return 58;
	if (size <= 13184)
		return 57;
	if (size <= 13312)
		return 58;
	if (size <= 13568)
		return 57;
	if (size <= 14336)
		return 58;
	if (size <= 16384)
		return 59;
	if (size <= 18432)
		return 60;
	if (size <= 18560)
		return 61;
	if (size <= 18688)
		return 62;
	if (size <= 18816)
		return 61;
	if (size <= 18944)
		return 62;
	if (size <= 19072)
		return 61;
	if (size <= 20480)
		return 62;
	if (size <= 20864)
		return 63;
	if (size <= 20992)
		return 64;
	if (size <= 21376)
		return 63;
	if (size <= 21504)
		return 64;
	if (size <= 21760)
		return 63;
	if (size <= 24576)
		return 64;
	if (size <= 24704)
		return 65;
	if (size <= 24832)
		return 66;
	if (size <= 24960)
		return 65;
	if (size <= 25088)
		return 66;
	if (size <= 25216)
		return 65;
	if (size <= 25344)
		return 66;
	if (size <= 25472)
		return 65;
	if (size <= 25600)
		return 66;
	if (size <= 25728)
		return 65;
	if (size <= 25856)
		return 66;
	if (size <= 25984)
		return 65;
	if (size <= 26112)
		return 66;
	if (size <= 26240)
		return 65;
	if (size <= 26368)
		return 66;
	if (size <= 26496)
		return 65;
	if (size <= 26624)
		return 66;
	if (size <= 26752)
		return 65;
	if (size <= 26880)
		return 66;
	if (size <= 27008)
		return 65;
	if (size <= 27136)
		return 66;
	if (size <= 27264)
		return 65;
	if (size <= 28672)
		return 66;
	if (size <= 32768)
		return 67;
	return 0;
}

#endif /* _LINUX_GOMALLOC_SIZECLASSES_H */
