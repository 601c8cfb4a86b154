/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_RECORDS_H
#define KMSGPIPECTL_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct records - a file that is read record by record
 * @fd: the file
 * @what: its name for complaints
 * @end: the byte that ends a record
 * @buf: what was read
 * @size: bytes of memory there
 * @start: where the next record begins in @buf
 * @len: bytes in @buf
 * @eof: there is no more to read
 *
 * Not stdio: who sends in batches wants to know when there is no whole record
 * yet, to send what he has before he waits for more.
 */
struct records {
	int fd;
	const char *what;
	char end;
	char *buf;
	size_t size;
	size_t start;
	size_t len;
	bool eof;
};

/*
 * Takes the next record that is in memory; the last one needs no end. It stays
 * where it is until records_fill(). Return: false if there is none.
 */
bool records_next(struct records *records, char **data, size_t *len);

/* Reads more, and waits for it. Return: false at the end of the file. */
bool records_fill(struct records *records);

void records_free(struct records *records);

#endif /* KMSGPIPECTL_RECORDS_H */
