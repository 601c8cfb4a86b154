# SPDX-License-Identifier: GPL-2.0
# For people. What the module is made of stands in src/Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
# Debian suite: bookworm, trixie, trixie-backports, bullseye
SUITE ?= bookworm
# Where to make what is made
BUILD ?= $(CURDIR)/build

all: module

include dist/install.mk

module: ## build the module for the running kernel, or for KDIR=
	@test -e $(KDIR)/Makefile || { \
		echo "No kernel headers in $(KDIR): run apt install linux-headers-$$(uname -r), or set KDIR" >&2; \
		exit 1; \
	}
	$(MAKE) -C $(KDIR) M=$(CURDIR)/src modules

tools: ## build kmsgpipectl into build/tools/; needs libinih-dev, libsmartcols-dev
	$(MAKE) -C tools OUT=$(BUILD)/tools

install: $(PARTS:%=install-%) ## without a package: PREFIX= (/usr/local), DESTDIR=
	@test -n "$(DESTDIR)" || printf '%s\n' 'Installed. Now run, as root:' \
		'	systemd-sysusers && udevadm control --reload' \
		'	dkms install kmsgpipe/$(VERSION)' \
		'	systemctl daemon-reload && systemctl enable --now kmsgpipe'

uninstall: $(PARTS:%=uninstall-%) ## remove what install has put there

dist: ## pack the last commit as build/kmsgpipe-VERSION.tar.gz
	@dist/pack $(VERSION)

rpm: ## build the RPM packages in a clean bookworm, into build/rpm/
	@tests/setup
	@tests/vm/build --rpm
	@ls build/rpm/*.rpm

deb: ## build the Debian packages in a clean SUITE, into build/SUITE/
	@tests/setup
	@tests/vm/build --suite $(SUITE)
	@ls build/$(SUITE)/*.deb

demo: ## install the package in a virtual machine, pass messages there
	@tests/setup
	@tests/vm/run --suite $(SUITE) --share tests/demo -- /mnt/share/demo

check: ## lint, compile for every kernel, test in a virtual machine
	@tests/check setup lint compile guest:$(SUITE)

check-kernels: ## test in virtual machines of every supported kernel
	@tests/check setup guest:bullseye guest:bookworm guest:trixie guest:trixie-backports

check-lifecycle: ## install, upgrade and remove the packages in virtual machines
	@tests/check setup lifecycle

check-debug: ## test with a kernel that watches memory and locks
	@tests/check setup debug caught

fuzz: ## give kmsgpipectl any configuration, for FUZZ_SECONDS=60; needs clang
	@tests/check fuzz

bench-quick: ## what a message costs, in instructions, beside pipes and others
	@tests/setup
	@tests/vm/build --suite $(SUITE)
	@tests/vm/run --suite $(SUITE) --icount --share build/$(SUITE)/bench -- /mnt/share/quick

bench-mechanisms: ## what each mechanism saves, for docs/analysis.md
	@tests/setup
	@tests/vm/build --suite $(SUITE)
	@tests/vm/run --suite $(SUITE) --icount --share build/$(SUITE)/bench -- /mnt/share/mechanisms

lint: ## check sources and packages without running them
	@tests/check setup lint

shell: ## a prompt in a virtual machine with the package installed
	@tests/setup
	@tests/vm/shell --suite $(SUITE)

clean: ## remove what was built
	test ! -e $(KDIR)/Makefile || $(MAKE) -C $(KDIR) M=$(CURDIR)/src clean
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 16

.PHONY: all module tools deb demo check check-kernels check-lifecycle check-debug bench-quick bench-mechanisms fuzz install uninstall dist rpm lint shell clean help
