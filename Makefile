# SPDX-License-Identifier: GPL-2.0
# What a person types. What is built is in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr
# What another module is built against
DEVEL = $(PREFIX)/src/gomalloc
VERSION = $(shell scripts/version.sh)
# What DKMS builds the module from
DKMS = $(PREFIX)/src/gomalloc-$(VERSION)

all: modules

help:
	@echo 'gomalloc: the Go runtime'"'"'s memory allocator in the Linux kernel'
	@echo
	@echo '  make demo       boot a stock Debian kernel in QEMU, load gomalloc, and see'
	@echo '                  a module and a program use it (RIG=stock-6.12 for that one)'
	@echo '  make check      run all tests on all kernels (TESTS="kunit torture" for some)'
	@echo '  make check-long what of the tests takes too long for each change: other kernels,'
	@echo '                  data races (TESTS= as above)'
	@echo '  make lint       checkpatch, sparse, kernel-doc, and what lint-fast checks'
	@echo '  make lint-fast  sizes, words, scripts, licences: seconds, and no kernel'
	@echo '  make layers     that each file knows only files of the layers below it'
	@echo '  make shell      a prompt in the virtual machine, with gomalloc loaded'
	@echo '  make try M=DIR  build a module twice, for kmalloc() and for gomalloc, and have both'
	@echo '                  work in the virtual machine: memory, instructions, what is wrong'
	@echo '                  with it (WORKLOAD=script; M=fs/xfs takes one of the kernel)'
	@echo '  make everywhere all of the kernel on gomalloc, in the virtual machine, and what a'
	@echo '                  pair of calls costs then (Documentation/everywhere.rst)'
	@echo '  make adopt      that of modules of the kernel (ROWS="xfs ext4" for some)'
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
	@echo '  make dkms_source   what DKMS builds the module from, into'
	@echo '                  $(DKMS); then dkms install gomalloc/$(VERSION)'
	@echo '  make dist       a tarball of what git knows, in build/dist; the same files'
	@echo '                  give the same bytes'
	@echo '  make deb        packages for Debian, made of that, in build/deb'
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

install: modules_install tools_install headers_install
	install -m 644 Module.symvers $(DESTDIR)$(DEVEL)

headers_install:
	install -d $(DESTDIR)$(DEVEL)/include/linux
	install -m 644 include/linux/gomalloc*.h $(DESTDIR)$(DEVEL)/include/linux

dkms_source: headers_install
	for file in Kbuild COPYING *.c dev/*.[ch] everywhere/Kbuild everywhere/*.[chS] $$(find include -name '*.h'); do \
		case $$file in *.mod.c) continue ;; esac; \
		install -D -m 644 "$$file" "$(DESTDIR)$(DKMS)/$$file" || exit; \
	done
	install -D scripts/dkms-keep-symvers $(DESTDIR)$(DKMS)/scripts/dkms-keep-symvers
	sed 's/#MODULE_VERSION#/$(VERSION)/' dkms.conf >$(DESTDIR)$(DKMS)/dkms.conf

tools:
	$(MAKE) -C tools O=$(CURDIR)/build/tools PREFIX=$(PREFIX)

tools_install: man
	$(MAKE) -C tools O=$(CURDIR)/build/tools PREFIX=$(PREFIX) install
	for page in build/man/*.[13479]; do \
		install -D -m 644 "$$page" \
		"$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}"; \
	done

host:
	$(MAKE) -C host O=$(CURDIR)/build/host

# A script for each, some with words for it
scripts = demo everywhere try adopt check check-long dist deb lint lint-fast layers shell soak matrix mutants model man htmldocs \
	instructions bench bench-memory host-test host-bench
$(scripts): script = $@.sh
layers: script = layers.py
check-long: script = check.sh
check-long: words = --long $(TESTS)
bench-memory: script = bench.sh
host-test: script = host.sh
host-bench: words = $(ROUNDS)
check: words = $(TESTS)
try: words = $(M) $(WORKLOAD)
adopt: words = $(ROWS)
try adopt: export RIG := $(or $(RIG),stock-6.1)
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

.PHONY: all help modules modules_install headers_install dkms_source check-kdir install tools \
	tools_install host clean $(scripts)
