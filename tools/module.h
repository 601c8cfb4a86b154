/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_MODULE_H
#define KMSGPIPECTL_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is known of the module: the one that is loaded, and the one that is
 * installed for the kernel that runs.
 */

#define VERSION_MAX	32

/* Its version. Return: false if none is loaded, or installed. */
bool module_loaded(char version[VERSION_MAX]);
bool module_installed(char version[VERSION_MAX]);

/* Asks for its ABI. Return: false if no node may be opened. */
bool module_abi(uint32_t *abi);

#endif /* KMSGPIPECTL_MODULE_H */
