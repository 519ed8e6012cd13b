// SPDX-License-Identifier: GPL-2.0
/*
 * kvfree_user - floods of kvfree_rcu() that any user can start.
 *
 * Each test makes the kernel free NR objects with kfree_rcu(), by system calls
 * that need no privilege beyond a limit of open files:
 *
 *   epoll    close an epoll set of NR eventfds (ep_remove_epi(), ep->mtx)
 *   timerfd  close NR timerfds (timerfd_release(), no lock)
 *   rename   rename a file between long names (copy_name(), d_lock, rename_lock)
 *   fasync   close pipes of which both ends have O_ASYNC (fasync_remove_entry(),
 *            f_lock and fasync_lock)
 *   kernfs   open and close an attribute in sysfs (kernfs_unlink_open_file(),
 *            a mutex)
 *
 * Usage: kvfree_user [NR [TEST...]]; 100000 and all of them by default. KTAP. A
 * test passes if every call did, no file is left open, and the memory that the
 * objects took comes back, but for half of it and 1 MB. What the freeing cost is
 * a line of its own:
 *
 *   # TEST: NR objects, N ns of this process
 *
 * Not part of the series: what it measures, the way an object goes, is not a
 * matter of pass and fail on a kernel that does not promise one.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>

#include "kselftest.h"

#define ATTRIBUTE "/sys/kernel/notes"
#define NAME_LEN 200

static unsigned int nr = 100000;
static int *fds;

/* Closes all that it opened before it returns false. */
static bool fill_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	unsigned int i;

	fds[nr] = epoll_create1(0);
	if (fds[nr] < 0)
		return false;
	for (i = 0; i < nr; i++) {
		fds[i] = eventfd(0, EFD_NONBLOCK);
		if (fds[i] >= 0 &&
		    !epoll_ctl(fds[nr], EPOLL_CTL_ADD, fds[i], &event))
			continue;
		ksft_perror("epoll set");
		return false;
	}
	return true;
}

static bool free_epoll(void)
{
	return !close(fds[nr]);
}

static bool fill_timerfd(void)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		fds[i] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
		if (fds[i] < 0) {
			ksft_perror("timerfd_create");
			return false;
		}
	}
	return true;
}

static bool free_all(void)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < nr; i++)
		ok &= !close(fds[i]);
	return ok;
}

static bool fill_fasync(void)
{
	unsigned int i;

	for (i = 0; i + 1 < nr; i += 2) {
		if (!pipe2(&fds[i], O_NONBLOCK) &&
		    !fcntl(fds[i], F_SETFL, O_NONBLOCK | O_ASYNC) &&
		    !fcntl(fds[i + 1], F_SETFL, O_NONBLOCK | O_ASYNC))
			continue;
		ksft_perror("pipe with O_ASYNC");
		return false;
	}
	return true;
}

static char names[2][NAME_LEN + 1];

static bool fill_rename(void)
{
	int i, fd;

	for (i = 0; i < 2; i++) {
		memset(names[i], 'a' + i, NAME_LEN);
		memcpy(names[i], "/tmp/", 5);
	}
	fd = open(names[0], O_CREAT | O_WRONLY, 0600);
	return fd >= 0 && !close(fd);
}

static bool free_rename(void)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < nr; i++)
		ok &= !rename(names[i % 2], names[!(i % 2)]);
	return ok;
}

static bool free_kernfs(void)
{
	unsigned int i;
	bool ok = true;
	int fd;

	for (i = 0; i < nr; i++) {
		fd = open(ATTRIBUTE, O_RDONLY);
		ok &= fd >= 0 && !close(fd);
	}
	return ok;
}

static bool no_fill(void)
{
	return true;
}

static const struct flood {
	const char *name;
	bool (*fill)(void);
	bool (*free)(void);
	/* Of what is freed by kfree_rcu(); at least, for any architecture */
	unsigned int size;
} floods[] = {
	{ "epoll",	fill_epoll,	free_epoll,	64 },
	{ "timerfd",	fill_timerfd,	free_all,	128 },
	{ "rename",	fill_rename,	free_rename,	NAME_LEN - 5 },
	{ "fasync",	fill_fasync,	free_all,	32 },
	{ "kernfs",	no_fill,	free_kernfs,	32 },
};

/* Not by /proc/self/fd, which would leave an inode for each in the slabs. */
static unsigned int open_files(void)
{
	unsigned int n = 0, fd;

	for (fd = 0; fd < nr + 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static long slab_kb(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Slab: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static long long cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void run(const struct flood *f)
{
	/* Of files and inodes, too, slab keeps some, in sheaves. */
	long may_keep = (long)nr * f->size / 1024 / 2 + 1024;
	unsigned int files = open_files(), i;
	long before = slab_kb(), after;
	bool ok = f->fill();
	long long ns;

	if (ok) {
		ns = cpu_ns();
		ok = f->free();
		ns = cpu_ns() - ns;
		ksft_print_msg("%s: %u objects, %lld ns of this process\n",
			       f->name, nr, ns);
	}
	if (files != open_files())
		close_range(3, ~0U, 0);

	/* Freeing is lazy: 5 s, and more if there is much of it. */
	for (i = 0; i < 30; i++) {
		after = slab_kb();
		if (after - before <= may_keep)
			break;
		sleep(1);
	}
	if (i == 30)
		ksft_print_msg("%s: %ld kB of slab not given back, may be %ld\n",
			       f->name, after - before, may_keep);
	ksft_test_result(ok && i < 30 && files == open_files(), "%s\n", f->name);
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	unsigned int i, n = 0;
	int j;

	ksft_print_header();
	if (argc > 1)
		nr = strtoul(argv[1], NULL, 0) & ~1U;
	for (i = 0; i < ARRAY_SIZE(floods); i++) {
		for (j = 2; j < argc && strcmp(argv[j], floods[i].name); j++)
			;
		n += argc <= 2 || j < argc;
	}
	if (!nr || n != (argc > 2 ? (unsigned int)argc - 2 : ARRAY_SIZE(floods)))
		ksft_exit_fail_msg("usage: %s [NR [TEST...]]\n", argv[0]);
	ksft_set_plan(n);

	fds = calloc(nr + 1, sizeof(*fds));
	if (!fds)
		ksft_exit_fail_msg("no memory\n");
	limit.rlim_cur = nr + 64;
	limit.rlim_max = nr + 64;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		ksft_exit_skip("cannot have %u open files\n", nr + 64);

	for (i = 0; i < ARRAY_SIZE(floods); i++) {
		for (j = 2; j < argc && strcmp(argv[j], floods[i].name); j++)
			;
		if (argc <= 2 || j < argc)
			run(&floods[i]);
	}
	ksft_finished();
}
