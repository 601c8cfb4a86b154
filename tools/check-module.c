// SPDX-License-Identifier: GPL-2.0
/* Checks: from the kernel's headers to the module that is loaded. */

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"
#include "module.h"
#include "pipe.h"
#include "run.h"

#define DKMS_KEY	"/var/lib/dkms/mok.pub"
#define OPENSSL		"/usr/bin/openssl"
#define SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static const char *kernel(void)
{
	static struct utsname uts;

	if (!*uts.release)
		uname(&uts);
	return uts.release;
}

/* The first line of a file. Return: false if it cannot be read. */
static bool file_line(const char *path, char *line, size_t size)
{
	FILE *in = fopen(path, "re");
	bool got;

	line[0] = 0;
	if (!in)
		return false;
	got = fgets(line, size, in);
	fclose(in);
	line[strcspn(line, "\n")] = 0;
	return got;
}

void check_headers(void)
{
	char version[VERSION_MAX], text[128];

	snprintf(text, sizeof(text), "/lib/modules/%s/build/Makefile",
		 kernel());
	if (!access(text, F_OK)) {
		found(RESULT_OK, "headers", "those of %s are there", kernel());
		return;
	}
	/* Not needed before the module is built the next time. */
	found(module_installed(version) ? RESULT_WARNING : RESULT_PROBLEM,
	      "headers", "there are none of %s to build the module with",
	      kernel());
	snprintf(text, sizeof(text), "%s-%s",
		 has_dnf() ? "kernel-devel" : "linux-headers", kernel());
	mended_by_package(text);
}

/*
 * dkms
 */

struct dkms {
	char version[VERSION_MAX];
	char kernel[65];	/* empty: of none */
	char state[128];
};

/*
 * Reads a line of "dkms status", which is "kmsgpipe, 1.0, KERNEL, ARCH: STATE"
 * before dkms 3 and "kmsgpipe/1.0, KERNEL, ARCH: STATE" since; one that was not
 * built has no KERNEL and ARCH. Others are complaints.
 */
static bool dkms_line(const char *line, struct dkms *dkms)
{
	static const char name[] = "kmsgpipe";
	const char *colon = strchr(line, ':');

	memset(dkms, 0, sizeof(*dkms));
	if (!colon || strncmp(line, name, strlen(name)))
		return false;
	line += strlen(name);
	if (*line != '/' && strncmp(line, ", ", 2))
		return false;
	line += *line == '/' ? 1 : 2;
	snprintf(dkms->version, sizeof(dkms->version), "%.*s",
		 (int)strcspn(line, ",:"), line);
	line += strcspn(line, ",:");
	if (*line == ',')
		snprintf(dkms->kernel, sizeof(dkms->kernel), "%.*s",
			 (int)strcspn(line + 2, ",:"), line + 2);
	snprintf(dkms->state, sizeof(dkms->state), "%s",
		 colon + 1 + strspn(colon + 1, " "));
	return true;
}

/* How good it is to know this of the module: the best is told of. */
static int dkms_rank(const struct dkms *dkms)
{
	bool here = !strcmp(dkms->kernel, kernel());

	if (here && !strncmp(dkms->state, "installed", 9))
		return 5;
	if (here)
		return 4;
	if (!strncmp(dkms->state, "broken", 6))
		return 2;
	return 3;
}

static void dkms_judge(const struct dkms *dkms)
{
	switch (dkms_rank(dkms)) {
	case 5:
		if (strchr(dkms->state, '(')) {
			found(RESULT_WARNING, "dkms", "kmsgpipe/%s is %s",
			      dkms->version, dkms->state);
			mended_by("dkms install --force kmsgpipe/%s -k %s",
				  dkms->version, kernel());
		} else {
			found(RESULT_OK, "dkms", "kmsgpipe/%s is installed for %s",
			      dkms->version, kernel());
		}
		break;
	case 2:
		found(RESULT_PROBLEM, "dkms", "kmsgpipe/%s is broken: its source is gone",
		      dkms->version);
		mended_by_reinstall();
		break;
	default:
		found(RESULT_PROBLEM, "dkms", "kmsgpipe/%s is only %s, not installed for %s",
		      dkms->version, *dkms->kernel && strcmp(dkms->kernel, kernel()) ?
		      "there for other kernels" : dkms->state, kernel());
		mended_by("dkms install kmsgpipe/%s -k %s", dkms->version,
			  kernel());
	}
}

/* Other versions in @text, which an upgrade should have taken away. */
static void dkms_others(char *text, const char *version)
{
	char before[VERSION_MAX] = "", *line;
	struct dkms dkms;

	while ((line = strsep(&text, "\n"))) {
		if (!dkms_line(line, &dkms) || !strcmp(dkms.version, version) ||
		    !strcmp(dkms.version, before))
			continue;
		found(RESULT_WARNING, "dkms", "kmsgpipe/%s is there beside kmsgpipe/%s",
		      dkms.version, version);
		mended_by("dkms remove kmsgpipe/%s --all", dkms.version);
		strcpy(before, dkms.version);
	}
}

#define DKMS_TEXT	16384

/* What dkms has of the module: all, and the best of it. */
static bool dkms_ask(char text[DKMS_TEXT], struct dkms *best)
{
	char *const status[] = { "dkms", "status", "-m", "kmsgpipe", NULL };
	char copy[DKMS_TEXT], *rest = copy, *line;
	struct dkms dkms;

	memset(best, 0, sizeof(*best));
	run_text(status, text, DKMS_TEXT);
	strcpy(copy, text);
	while ((line = strsep(&rest, "\n")))
		if (dkms_line(line, &dkms) &&
		    (!*best->state || dkms_rank(&dkms) > dkms_rank(best)))
			*best = dkms;
	return *best->state;
}

/* The version of the source that is there to be built, the last of several. */
static bool source_version(char version[VERSION_MAX])
{
	static const char before[] = "/usr/src/kmsgpipe-", after[] = "/dkms.conf";
	const char *path;
	glob_t paths;
	int len;

	version[0] = 0;
	if (!glob("/usr/src/kmsgpipe-*/dkms.conf", 0, NULL, &paths)) {
		path = paths.gl_pathv[paths.gl_pathc - 1] + strlen(before);
		len = strlen(path) - strlen(after);
		snprintf(version, VERSION_MAX, "%.*s", len, path);
	}
	globfree(&paths);
	return *version;
}

/*
 * dkms has no kmsgpipe. The package may be there all the same, since dkms up
 * to 3.0.10 forgets a module with the last kernel for which it was built.
 */
static void mended_by_source(void)
{
	char version[VERSION_MAX];

	if (source_version(version))
		mended_by("dkms install --force kmsgpipe/%s -k %s", version,
			  kernel());
	else
		mended_by_package(MODULE_PACKAGE);
}

void check_dkms(void)
{
	char text[DKMS_TEXT];
	struct dkms dkms;

	if (dkms_ask(text, &dkms)) {
		dkms_judge(&dkms);
		dkms_others(text, dkms.version);
	} else {
		found(RESULT_WARNING, "dkms", "it has no kmsgpipe: a new kernel will have no module");
		mended_by_source();
	}
}

/*
 * The module
 */

void check_installed(void)
{
	char version[VERSION_MAX], text[DKMS_TEXT];
	struct dkms dkms;

	if (module_installed(version)) {
		found(RESULT_OK, "installed", "kmsgpipe %s for %s", version,
		      kernel());
		return;
	}
	found(RESULT_PROBLEM, "installed", "there is no module for %s",
	      kernel());
	if (dkms_ask(text, &dkms))
		mended_by("dkms install --force kmsgpipe/%s -k %s",
			  dkms.version, kernel());
	else
		mended_by_source();
}

/* Why a module has to be signed, or NULL. */
static const char *signatures_asked(void)
{
	char line[128];

	if (file_line("/sys/kernel/security/lockdown", line, sizeof(line)) &&
	    strchr(line, '[') && strncmp(strchr(line, '['), "[none]", 6))
		return "the kernel is locked down";
	if (file_line("/sys/module/module/parameters/sig_enforce", line,
		      sizeof(line)) && *line == 'Y')
		return "module.sig_enforce is on";
	return NULL;
}

static const char *secure_boot(void)
{
	/* Four bytes of attributes come first. */
	unsigned char bytes[5] = { 0 };
	int fd = open(SECURE_BOOT, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return "not there";
	len = read(fd, bytes, sizeof(bytes));
	close(fd);
	return len == sizeof(bytes) && bytes[4] == 1 ? "on" : "off";
}

/* Whether the kernel has a key with this name; only root sees it. */
static bool key_known(const char *signer)
{
	FILE *in = fopen("/proc/keys", "re");
	char line[1024];
	bool got = false;

	while (in && !got && fgets(line, sizeof(line), in))
		got = strstr(line, "asymmetri") && strstr(line, signer);
	if (in)
		fclose(in);
	return got;
}

static void judge_signed(const char *why, const char *signer)
{
	char version[VERSION_MAX];

	if (module_loaded(version) || key_known(signer)) {
		found(RESULT_OK, "signature", "%s, and the kernel trusts '%s'",
		      why, signer);
	} else if (geteuid()) {
		found(RESULT_UNKNOWN, "signature", "%s; only root can see whether the kernel trusts '%s'",
		      why, signer);
	} else if (access(DKMS_KEY, F_OK)) {
		found(RESULT_PROBLEM, "signature", "%s, the kernel does not trust '%s', and the key is not in %s: enrol it by mokutil --import",
		      why, signer, DKMS_KEY);
	} else {
		found(RESULT_PROBLEM, "signature", "%s, and the kernel does not trust '%s' before its key is enrolled, which the next boot asks for",
		      why, signer);
		mended_by("mokutil --import %s", DKMS_KEY);
	}
}

/* dkms signs what it builds; "install --force" does not build it again. */
static void mended_by_building(const char *before, const char *version)
{
	mended_by("%sdkms remove kmsgpipe/%s -k %s && dkms install kmsgpipe/%s -k %s",
		  before, version, kernel(), version, kernel());
}

static void judge_unsigned(const char *why)
{
	const char *made = "", *before = "";
	char version[VERSION_MAX];

	module_installed(version);
	if (!access(DKMS_KEY, F_OK)) {
		found(RESULT_PROBLEM, "signature", "%s, but the module is not signed; dkms has a key in %s, to be enrolled by mokutil --import, and signs what it builds",
		      why, DKMS_KEY);
	} else {
		if (access(OPENSSL, X_OK)) {
			made = ", which it makes with openssl";
			before = has_dnf() ? "dnf install openssl && " :
					     "apt install openssl && ";
		}
		found(RESULT_PROBLEM, "signature", "%s, but the module is not signed, and dkms has no key %s%s: see \"Secure Boot\" in dkms(8)",
		      why, DKMS_KEY, made);
	}
	mended_by_building(before, version);
}

void check_signature(void)
{
	char *const modinfo[] = {
		"modinfo", "--field=signer", "kmsgpipe", NULL
	};
	const char *why = signatures_asked();
	char version[VERSION_MAX], signer[256];

	if (!why)
		found(RESULT_OK, "signature", "none is asked for; Secure Boot is %s",
		      secure_boot());
	else if (!module_installed(version))
		found(RESULT_WARNING, "signature", "%s: a module has to be signed to be loaded",
		      why);
	else if (!run_line(modinfo, signer, sizeof(signer)) && *signer)
		judge_signed(why, signer);
	else
		judge_unsigned(why);
}

void check_loaded(void)
{
	char version[VERSION_MAX], installed[VERSION_MAX];

	if (module_loaded(version)) {
		found(RESULT_OK, "loaded", "kmsgpipe %s", version);
		return;
	}
	found(RESULT_PROBLEM, "loaded", "the module is not loaded%s",
	      module_installed(installed) ? "" : ", and has to be installed first");
	/* The unit makes the pipes, too. */
	mended_by("%s", has_systemd() ? "systemctl restart kmsgpipe" :
					"modprobe kmsgpipe");
}

void check_versions(void)
{
	char loaded[VERSION_MAX], installed[VERSION_MAX];
	bool is_loaded = module_loaded(loaded);
	bool is_installed = module_installed(installed);
	const char *version = is_installed ? installed : loaded;
	uint32_t abi;

	if (is_loaded && module_abi(&abi) && abi < ABI_OLDEST) {
		found(RESULT_PROBLEM, "versions", "%s is loaded, which is too old for this program; reboot, or with all pipes closed, whose messages are lost",
		      loaded);
		mended_by("modprobe -r kmsgpipe && systemctl restart kmsgpipe");
	} else if (is_loaded && is_installed && strcmp(loaded, installed)) {
		found(RESULT_WARNING, "versions", "%s is loaded, but %s installed; reboot, or with all pipes closed, whose messages are lost",
		      loaded, installed);
		mended_by("modprobe -r kmsgpipe && systemctl restart kmsgpipe");
	} else if ((is_installed || is_loaded) &&
		   strcmp(version, KMSGPIPE_VERSION)) {
		found(RESULT_WARNING, "versions", "kmsgpipectl is " KMSGPIPE_VERSION ", but the module %s %s",
		      is_installed ? "installed" : "loaded", version);
		mended_by_package("kmsgpipe-dkms kmsgpipe-utils");
	} else {
		found(RESULT_OK, "versions", "kmsgpipectl is " KMSGPIPE_VERSION "%s",
		      is_installed || is_loaded ? ", and so is the module" : "");
	}
}
