# SPDX-License-Identifier: GPL-2.0
#
# For a directory in which every .c file is one program. `make OUT=dir` puts them
# all into dir.

OUT	?= .
CFLAGS	?= -O2 -g
CPPFLAGS	+= -D_GNU_SOURCE -I../../src/uapi
CFLAGS	+= -std=c11 -Wall -Wextra -Werror -pthread
# mq_*() are in librt before glibc 2.34 (Debian 11).
LDLIBS	+= -lrt

PROGS	:= $(patsubst %.c,$(OUT)/%,$(wildcard *.c))

all: $(PROGS)

$(OUT)/%: %.c $(wildcard *.h) Makefile | $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LDLIBS)

$(OUT):
	mkdir -p $@

clean:
	$(RM) $(PROGS)

.PHONY: all clean
