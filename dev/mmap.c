// SPDX-License-Identifier: GPL-2.0
/*
 * dev/mmap - large objects of /dev/gomalloc in a program's address space
 *
 * What: maps an object, or some of its pages, by page frame number. The page
 *	tables hold no reference to a page and none can be taken through them,
 *	so what keeps the memory is the object's reference count alone, and when
 *	that is 0 no access is left.
 * Locks: called with mmap_lock, so dev_file.resize must not be taken here: its
 *	holders fault.
 * Owns: a reference of the object for each mapping.
 * Invariant: a mapped object stays where it is; see dev_resize_object().
 */
#include <linux/mm.h>
#include <linux/personality.h>
#include <linux/sched.h>

#include "compat.h"
#include "dev/mmap.h"
#include "dev/object.h"
#include "hook.h"

#define OBJECT_PAGES	(GOMALLOC_MAX_SIZE >> PAGE_SHIFT)

/* What a fault brings, as the kernel's own do: no more than a page if that is it */
#define FAULT_BYTES	SZ_64K
static_assert(FAULT_BYTES >= PAGE_SIZE);

static struct dev_file *file_of(struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

/*
 * While a mapping is counted it holds the file. The upper half counts how often the
 * lower one, which is their number, has changed. Pairs with dev_is_only_mapped().
 */
static void count_map(struct dev_file *f, int n)
{
	atomic64_add_return((1LL << 32) + n, &f->maps);
}

/*
 * Called by who closes a descriptor of it. Return: no other is left, and no call that
 * may make one; only mappings have the file, if any.
 */
bool dev_is_only_mapped(struct file *file)
{
	struct dev_file *f = file->private_data;
	s64 maps = atomic64_read_acquire(&f->maps);
	long refs = file_count(file);

	/* Both orders pair with count_map(): the count of references is of this number */
	smp_rmb();
	return atomic64_read(&f->maps) == maps && refs == 1 + (u32)maps;
}

/* A mapping was copied, by fork(), or a part of it moved or cut off */
static void dev_vm_open(struct vm_area_struct *vma)
{
	struct dev_object *obj = vma->vm_private_data;

	atomic_inc(&obj->maps);
	refcount_inc(&obj->refs);
	count_map(file_of(vma), 1);
}

static void dev_vm_close(struct vm_area_struct *vma)
{
	struct dev_object *obj = vma->vm_private_data;

	count_map(file_of(vma), -1);
	atomic_dec(&obj->maps);
	dev_put_object(file_of(vma), obj);
}

/* The address in the kernel of what is mapped at @addr */
static void *mapped_at(struct vm_area_struct *vma, unsigned long addr)
{
	struct dev_object *obj = vma->vm_private_data;

	return obj->p + ((vma->vm_pgoff % OBJECT_PAGES) << PAGE_SHIFT) +
	       (addr - vma->vm_start);
}

/*
 * For a debugger, and /proc/PID/mem. As in a shared mapping of a file, nobody writes
 * where the program itself could not: check_vma_flags() of mm/gup.c.
 */
static int dev_vm_access(struct vm_area_struct *vma, unsigned long addr,
			 void *buf, int len, int write)
{
	if (write && !(vma->vm_flags & VM_WRITE))
		return -EFAULT;
	len = min_t(unsigned long, len, vma->vm_end - addr);
	if (write)
		hook_copy(mapped_at(vma, addr), buf, len);
	else
		hook_copy(buf, mapped_at(vma, addr), len);
	return len;
}

static vm_fault_t insert_page(struct vm_area_struct *vma, unsigned long addr)
{
	return vmf_insert_pfn(vma, addr,
			      PHYS_PFN(__pa(mapped_at(vma, addr))));
}

/*
 * Pages go into the page tables only here, when the mapping is complete: in
 * dev_mmap(), a failure would leave some behind while the object is put.
 */
static vm_fault_t dev_vm_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address & PAGE_MASK;
	unsigned long end = min(vma->vm_end, addr + FAULT_BYTES);
	vm_fault_t ret = insert_page(vma, addr);

	for (addr += PAGE_SIZE; ret == VM_FAULT_NOPAGE && addr < end;
	     addr += PAGE_SIZE) {
		if (insert_page(vma, addr) != VM_FAULT_NOPAGE)
			break;
	}
	return ret;
}

static const struct vm_operations_struct dev_vm_ops = {
	.fault	= dev_vm_fault,
	.open	= dev_vm_open,
	.close	= dev_vm_close,
	.access	= dev_vm_access,
};

/* Return: the object, which from now on may not move; or an ERR_PTR */
static struct dev_object *get_mapped(struct dev_file *f,
				     struct vm_area_struct *vma)
{
	unsigned long at = vma->vm_pgoff % OBJECT_PAGES;
	struct dev_object *obj;
	int err = 0;

	xa_lock(&f->objects);
	obj = xa_load(&f->objects, vma->vm_pgoff / OBJECT_PAGES);
	if (!obj || obj->class) {
		err = -ENOENT;
	} else if (at + vma_pages(vma) > obj->usable >> PAGE_SHIFT) {
		err = -EINVAL;
	} else {
		atomic_inc(&obj->maps);
		/* What is written through it, a REALLOC that is at work has not copied */
		obj->was_mapped = true;
		refcount_inc(&obj->refs);
	}
	xa_unlock(&f->objects);
	return err ? ERR_PTR(err) : obj;
}

/*
 * Objects are no code. A process with READ_IMPLIES_EXEC has not asked for that:
 * do_mmap() adds it, and leaves it out where a mount is noexec.
 */
static bool asks_for_exec(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_EXEC &&
	       !(current->personality & READ_IMPLIES_EXEC &&
		 vma->vm_flags & VM_READ);
}

int dev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct dev_file *f = file->private_data;
	struct dev_object *obj;

	/* Not VM_SHARED: a descriptor that is for reading only has it not */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (asks_for_exec(vma))
		return -EPERM;
	obj = get_mapped(f, vma);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	count_map(f, 1);
	compat_vm_flags_mod(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND |
			    VM_DONTDUMP, VM_EXEC | VM_MAYEXEC);
	vma->vm_private_data = obj;
	vma->vm_ops = &dev_vm_ops;
	return 0;
}
