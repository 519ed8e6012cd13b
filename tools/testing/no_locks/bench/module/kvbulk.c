// SPDX-License-Identifier: GPL-2.0
/*
 * kvbulk - kfree() beside kfree_bulk(), by the order in which objects are freed.
 *
 * Allocates nr objects, brings them into an order, and frees them: once by
 * kfree() of each, once by kfree_bulk() of 500 at a time. Orders are that of
 * allocation, runs of 16 and of 4 neighbours shuffled, and all shuffled.
 * Loading the module does it; the results are in <debugfs>/kvbulk/results (see
 * bench.h), per object: instructions under icount, else nanoseconds (insn_cycles=0).
 *
 * cold=1 reads 64 MiB before each measurement, so that no object is in a cache.
 * Runs preemptible. The first of all rounds is not reported, the others' median is.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "bench.h"

static unsigned int nr = 20000;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "Objects");
static unsigned int size = 64;
module_param(size, uint, 0444);
MODULE_PARM_DESC(size, "Bytes of an object");
static unsigned int rounds = 4;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "Rounds, of which the first is not reported");
static bool cold;
module_param(cold, bool, 0444);
MODULE_PARM_DESC(cold, "Empty the caches before objects are freed");

#define BATCH		500
#define MAX_ROUNDS	64
#define COLD_BYTES	(64UL << 20)

static void **objs;
static unsigned long *cold_area;

static u64 now(void)
{
	return insn_cycles ? get_cycles() : ktime_get_ns();
}

static void empty_caches(void)
{
	unsigned long i, sum = 0;

	if (!cold)
		return;
	for (i = 0; i < COLD_BYTES / sizeof(long); i += 8)
		sum += READ_ONCE(cold_area[i]);
	WRITE_ONCE(cold_area[0], sum);
}

static int free_all(unsigned int run, bool bulk, u64 *took)
{
	unsigned int i;
	u64 start;

	for (i = 0; i < nr; i++) {
		objs[i] = kmalloc(size, GFP_KERNEL);
		if (!objs[i])
			goto nomem;
	}
	shuffle_runs(objs, nr, run);
	empty_caches();
	start = now();
	if (bulk)
		for (i = 0; i < nr; i += BATCH)
			kfree_bulk(min(BATCH, nr - i), objs + i);
	else
		for (i = 0; i < nr; i++)
			kfree(objs[i]);
	*took = now() - start;
	cond_resched();
	return 0;
nomem:
	while (i--)
		kfree(objs[i]);
	return -ENOMEM;
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(u64 *)a, y = *(u64 *)b;

	return x < y ? -1 : x > y;
}

static int measure(const char *order, unsigned int run, bool bulk)
{
	u64 took[MAX_ROUNDS];
	unsigned int i;
	int ret;

	for (i = 0; i < rounds; i++) {
		ret = free_all(run, bulk, &took[i]);
		if (ret)
			return ret;
	}
	sort(took + 1, rounds - 1, sizeof(*took), by_value, NULL);
	report(took[rounds / 2], (u64)nr * (insn_cycles ?: 1),
	       insn_cycles ? "insn" : "ns", "%s, %s", bulk ? "kfree_bulk" : "kfree",
	       order);
	return 0;
}

static int measure_all(void)
{
	static const struct {
		const char *name;
		unsigned int run;
	} orders[] = {
		{ "in order", 0 }, { "runs of 16", 16 }, { "runs of 4", 4 },
		{ "shuffled", 1 },
	};
	int i, bulk, ret;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		for (bulk = 0; bulk < 2; bulk++) {
			ret = measure(orders[i].name, orders[i].run, bulk);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int __init kvbulk_init(void)
{
	int ret = -ENOMEM;

	if (!nr || !size || rounds < 2 || rounds > MAX_ROUNDS)
		return -EINVAL;
	if (!*name)
		name = "kvbulk";
	objs = vmalloc_array(nr, sizeof(*objs));
	cold_area = cold ? vmalloc(COLD_BYTES) : NULL;
	if (objs && (!cold || cold_area))
		ret = measure_all();
	vfree(cold_area);
	vfree(objs);
	if (!ret)
		results_create();
	return ret;
}

static void __exit kvbulk_exit(void)
{
	results_remove();
}

module_init(kvbulk_init);
module_exit(kvbulk_exit);

MODULE_DESCRIPTION("kfree() beside kfree_bulk(), by the order of frees");
MODULE_LICENSE("GPL");
