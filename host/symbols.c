// SPDX-License-Identifier: GPL-2.0
/*
 * symbols - names of functions, for what is reported
 *
 * What: reads the symbol table of the program itself, static functions included.
 * Owns: the mapping of the program's file, for as long as it runs.
 */
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <host/kernel.h>

extern const char __executable_start[];

/**
 * struct table - the symbols of a program
 * @sym: they
 * @nr: how many
 * @names: their names
 * @base: what their addresses are relative to
 */
struct table {
	const Elf64_Sym	*sym;
	unsigned long	nr;
	const char	*names;
	unsigned long	base;
};

static const void *map_program(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct stat st;
	void *p = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &st))
		p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static void read_table(struct table *t, const Elf64_Ehdr *file)
{
	const Elf64_Shdr *section = (void *)file + file->e_shoff;
	unsigned int i;

	for (i = 0; i < file->e_shnum; i++) {
		if (section[i].sh_type != SHT_SYMTAB)
			continue;
		t->sym = (void *)file + section[i].sh_offset;
		t->nr = section[i].sh_size / sizeof(*t->sym);
		t->names = (void *)file + section[section[i].sh_link].sh_offset;
	}
	if (file->e_type == ET_DYN)
		t->base = (unsigned long)__executable_start;
}

static const Elf64_Sym *find(const struct table *t, unsigned long addr)
{
	unsigned long i;

	for (i = 0; i < t->nr; i++) {
		if (ELF64_ST_TYPE(t->sym[i].st_info) == STT_FUNC &&
		    addr - t->base - t->sym[i].st_value < t->sym[i].st_size)
			return &t->sym[i];
	}
	return NULL;
}

/* Not for two at a time at first */
void host_name_function(unsigned long addr, char *name, size_t size)
{
	static struct table table;
	const void *file;
	const Elf64_Sym *sym;

	if (!table.sym) {
		file = map_program();
		if (file)
			read_table(&table, file);
	}
	sym = find(&table, addr);
	if (sym)
		scnprintf(name, size, "%s+%#lx/%#lx", table.names + sym->st_name,
			  addr - table.base - sym->st_value, sym->st_size);
	else
		scnprintf(name, size, "%#lx", addr);
}
