# SPDX-License-Identifier: GPL-2.0
#
# What is installed where: the one list, which the packages use too. A part is a
# list of words FILE=PLACE. "make install-PART" copies each FILE to its PLACE
# below DESTDIR, "make uninstall-PART" removes just these; see dist/files.

PREFIX		?= /usr/local
sysconfdir	?= /etc
bindir		?= $(PREFIX)/bin
libexecdir	?= $(PREFIX)/libexec/kmsgpipe
includedir	?= $(PREFIX)/include
docdir		?= $(PREFIX)/share/doc
mandir		?= $(PREFIX)/share/man
pkgconfigdir	?= $(PREFIX)/share/pkgconfig
bashdir		?= $(PREFIX)/share/bash-completion/completions
zshdir		?= $(PREFIX)/share/zsh/site-functions
fishdir		?= $(PREFIX)/share/fish/vendor_completions.d
sysusersdir	?= $(PREFIX)/lib/sysusers.d
udevdir		?= $(PREFIX)/lib/udev/rules.d
unitdir		?= $(PREFIX)/lib/systemd/system
presetdir	?= $(PREFIX)/lib/systemd/system-preset

VERSION	:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
# dkms looks nowhere else.
dkmsdir	:= /usr/src/kmsgpipe-$(VERSION)
# What is made for the place where it will be.
made	:= $(BUILD)/install

# $(call into,DIR,FILE...); kbuild leaves C files of its own in a checkout.
into = $(foreach file,$(filter-out %.mod.c,$(2)),$(file)=$(1)/$(notdir $(file)))

PARTS := dkms udev systemd utils dev

dkms = $(call into,$(dkmsdir),dkms.conf $(made)/Kbuild)
dkms += $(call into,$(dkmsdir)/src,src/Kbuild $(wildcard src/*.[ch]))
dkms += $(call into,$(dkmsdir)/src/include/linux,$(wildcard src/include/linux/*.h))
dkms += $(call into,$(dkmsdir)/src/uapi/linux,$(wildcard src/uapi/linux/*.h))
# ":=" are settings, which are not taken from who has changed them.
dkms += systemd/modprobe.d/kmsgpipe.conf:=$(sysconfdir)/modprobe.d/kmsgpipe.conf
dkms += $(call into,$(libexecdir),dist/build-for-kernels dist/report-loaded)
dkms += $(call into,$(docdir)/kmsgpipe-dkms,README.md)
dkms += $(call into,$(docdir)/kmsgpipe-dkms/examples/heartbeat,$(addprefix \
	samples/heartbeat/,Kbuild Makefile README.md heartbeat.c))

udev = $(call into,$(udevdir),udev/60-kmsgpipe.rules)
# The group that the rules name.
udev += $(call into,$(sysusersdir),systemd/sysusers.d/kmsgpipe.conf)

systemd = $(call into,$(unitdir),$(made)/kmsgpipe.service)
systemd += $(call into,$(presetdir),systemd/system-preset/80-kmsgpipe.preset)

utils = $(call into,$(bindir),$(BUILD)/tools/kmsgpipectl)
utils += $(foreach page,$(wildcard tools/man/*.[0-9]),$(call \
	into,$(mandir)/man$(lastword $(subst ., ,$(page))),$(page)))
utils += $(call into,$(bashdir),tools/completions/kmsgpipectl)
utils += $(call into,$(zshdir),tools/completions/_kmsgpipectl)
utils += $(call into,$(fishdir),tools/completions/kmsgpipectl.fish)
utils += tools/pipes.d/README:=$(sysconfdir)/kmsgpipe/pipes.d/README
utils += $(call into,$(docdir)/kmsgpipe-utils/examples,tools/pipes.d/pipes.conf)

dev = $(call into,$(includedir)/linux,src/uapi/linux/kmsgpipe.h)
dev += $(call into,$(pkgconfigdir),$(made)/kmsgpipe.pc)

install-dkms: $(made)/Kbuild
install-systemd: $(made)/kmsgpipe.service
install-utils: tools
install-dev: $(made)/kmsgpipe.pc

$(PARTS:%=install-%): install-%:
	@dist/files put "$(DESTDIR)" $($*)

$(PARTS:%=uninstall-%): uninstall-%:
	@dist/files remove "$(DESTDIR)" $($*)

# What dkms knows must have its source for as long as dkms knows it.
uninstall-dkms: dkms-forgets
dkms-forgets:
	@test -n "$(DESTDIR)" || test ! -e /var/lib/dkms/kmsgpipe/$(VERSION) || { \
		echo "First run: dkms remove kmsgpipe/$(VERSION) --all" >&2; \
		exit 1; \
	}

# Made each time: it depends on PREFIX.
$(made)/kmsgpipe.service: systemd/kmsgpipe.service always | $(made)
	@sed 's,/usr/share/doc,$(docdir),; s,/usr/bin,$(bindir),' $< >$@

$(made)/kmsgpipe.pc: tools/kmsgpipe.pc.in always | $(made)
	@sed '/^#/d; s,@PREFIX@,$(PREFIX),; s/@VERSION@/$(VERSION)/' $< >$@

# dkms before 3.1 runs kbuild's "make clean" here, not in src, and says that it
# failed where kbuild finds nothing to read.
$(made)/Kbuild: | $(made)
	@echo '# Empty: the module is in src' >$@

$(made):
	@mkdir -p $@

.PHONY: always dkms-forgets $(PARTS:%=install-%) $(PARTS:%=uninstall-%)
