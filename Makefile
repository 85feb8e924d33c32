# SPDX-License-Identifier: GPL-2.0
# What a person types. What is built is in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr
# What another module is built against
DEVEL = $(PREFIX)/src/gomalloc

all: modules

help:
	@echo 'gomalloc: the Go runtime'"'"'s memory allocator in the Linux kernel'
	@echo
	@echo '  make demo       boot a stock Debian kernel in QEMU, load gomalloc, and see'
	@echo '                  a module and a program use it (RIG=stock-6.12 for that one)'
	@echo '  make check      run all tests on all kernels (TESTS="kunit torture" for some)'
	@echo '  make lint       checkpatch, sparse, kernel-doc, and what lint-fast checks'
	@echo '  make lint-fast  sizes, words, scripts, licences: seconds, and no kernel'
	@echo '  make layers     that each file knows only files of the layers below it'
	@echo '  make shell      a prompt in the virtual machine, with gomalloc loaded'
	@echo '  make soak       for an hour or two: torture and fuzzer, with all checkers and'
	@echo '                  without (SOAK="fuzz-debug" for a part of it)'
	@echo '  make model      check the free protocol in all interleavings, with Spin, and'
	@echo '                  the barriers by the kernel'"'"'s memory model, with herd7'
	@echo '  make matrix     load, test, torture, unload on every kernel there is, 64-bit'
	@echo '                  Arm and RISC-V included (RIGS="stock-6.1 riscv64-6.1" for some)'
	@echo '  make mutants    break the source in many places; each time a test has to fail'
	@echo '  make bench      all benchmarks beside kmalloc, with a report in build/bench'
	@echo '                  (RIG=host measures on this machine, after asking)'
	@echo '  make bench-memory   what objects cost in pages, beside kmalloc; its figures'
	@echo '                  join those of make bench'
	@echo '  make instructions   count the instructions of the hot paths, beside kmalloc'
	@echo '  make host-bench the allocator as a program, beside those of glibc, tcmalloc,'
	@echo '                  jemalloc, mimalloc and the Go runtime; wants an idle machine'
	@echo '  make host       the allocator as a library of this machine, in build/host'
	@echo '  make host-test  its unit tests here, with the sanitizers: seconds, no kernel'
	@echo
	@echo '  make tools      the gomalloc command and libgomalloc, into build/tools'
	@echo '  make man        the manual pages, into build/man'
	@echo '  make htmldocs   Documentation and the interface as HTML, into build/htmldocs'
	@echo '  make modules    build for the running kernel, or that of KDIR='
	@echo '  make modules_install   install the module (as root)'
	@echo '  make install    all of these: module, tools, pages, headers, under'
	@echo '                  PREFIX=$(PREFIX)'
	@echo '  make tools_install   the tools and pages alone'
	@echo '  make clean      remove what was built here; kernels are kept in the cache,'
	@echo '                  $${XDG_CACHE_HOME:-~/.cache}/gomalloc'
	@echo
	@echo 'ACCEL=kvm runs the virtual machine on the processor instead of emulating one.'

modules modules_install: | check-kdir
	$(MAKE) -C $(KDIR) M=$(CURDIR) $@

check-kdir:
	@test -e $(KDIR)/Makefile || { \
		echo 'gomalloc: no kernel headers at $(KDIR);' \
		     'install linux-headers-$(shell uname -r), or set KDIR=, or try make demo' >&2; \
		exit 1; }

install: modules_install tools_install
	install -d $(DESTDIR)$(DEVEL)/include/linux
	install -m 644 include/linux/gomalloc.h include/linux/gomalloc_sizeclasses.h \
		$(DESTDIR)$(DEVEL)/include/linux
	install -m 644 Module.symvers $(DESTDIR)$(DEVEL)

tools:
	$(MAKE) -C tools O=$(CURDIR)/build/tools PREFIX=$(PREFIX)

tools_install: man
	$(MAKE) -C tools O=$(CURDIR)/build/tools PREFIX=$(PREFIX) install
	for page in build/man/*.[1349]; do \
		install -D -m 644 "$$page" \
		"$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}"; \
	done

host:
	$(MAKE) -C host O=$(CURDIR)/build/host

# A script for each, some with words for it
scripts = demo check lint lint-fast layers shell soak matrix mutants model man htmldocs \
	instructions bench bench-memory host-test host-bench
$(scripts): script = $@.sh
layers: script = layers.py
bench-memory: script = bench.sh
host-test: script = host.sh
host-bench: words = $(ROUNDS)
check: words = $(TESTS)
soak: words = $(SOAK)
matrix: words = $(RIGS)
mutants: words = $(MUTANTS)
bench: words = $(RIG)
bench-memory: words = memory
$(scripts):
	@scripts/$(script) $(words)

# Needs no kernel: what Kbuild leaves in the tree, and our own folder
clean:
	find . -path ./build -prune -o \( -name '*.o' -o -name '*.ko' -o \
		-name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' -o \
		-name 'modules.order' -o -name 'Module.symvers' \) -exec rm -f {} +
	rm -rf build

.PHONY: all help modules modules_install check-kdir install tools tools_install host clean $(scripts)
