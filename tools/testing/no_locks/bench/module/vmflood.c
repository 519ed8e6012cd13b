// SPDX-License-Identifier: GPL-2.0
/*
 * vmflood - what vmalloc(), vfree() and vfree_bulk() cost.
 *
 * Allocates nr areas of vpages pages, then frees them, in order, in reverse or
 * shuffled, by vfree() or in arrays of 500 by vfree_bulk(), and purges. All
 * that runs on the CPU meanwhile is counted, so boot with one CPU online
 * (maxcpus=1) of several possible ones: the purge may run in a worker.
 * The first round is not reported.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "bench.h"

static unsigned int nr = 20000;
module_param(nr, uint, 0444);
static unsigned int vpages = 1;
module_param(vpages, uint, 0444);
static char *order = "fifo";
module_param(order, charp, 0444);
MODULE_PARM_DESC(order, "fifo, lifo or random");
static unsigned long bulk;
module_param(bulk, ulong, 0444);
MODULE_PARM_DESC(bulk, "Address of vfree_bulk(), which is not exported; 0: vfree()");
static bool huge;
module_param(huge, bool, 0444);
MODULE_PARM_DESC(huge, "vmalloc_huge() instead of vmalloc()");
static unsigned int rounds = 3;
module_param(rounds, uint, 0444);

#define VMF_BLOCK	500

static void (*vmf_free_bulk)(size_t nr, void **ptrs);

static void vmf_sort(void **ptrs)
{
	struct rnd_state rnd;
	unsigned int i, j;

	prandom_seed_state(&rnd, 42);
	for (i = nr - 1; i; i--) {
		j = !strcmp(order, "lifo") ? nr - 1 - i :
					    prandom_u32_state(&rnd) % (i + 1);
		if (*order == 'l' && j >= i)
			break;
		swap(ptrs[i], ptrs[j]);
	}
}

static int __init vmf_init(void)
{
	u64 alloc = 0, free = 0, purge = 0;
	unsigned int i, n, round;
	cycles_t t[4];
	void **ptrs;
	int ret = 0;

	if (!nr || !vpages || !rounds)
		return -EINVAL;
	vmf_free_bulk = (void *)bulk;
	ptrs = vmalloc_array(nr, sizeof(*ptrs));
	if (!ptrs)
		return -ENOMEM;
	if (!*name)
		name = KBUILD_MODNAME;
	pr_info("%u of %u CPUs online\n", num_online_cpus(), nr_cpu_ids);

	for (round = 0; round < rounds; round++) {
		cond_resched();
		t[0] = get_cycles();
		for (i = 0; i < nr; i++) {
			ptrs[i] = huge ? vmalloc_huge(vpages * PAGE_SIZE, GFP_KERNEL) :
					 vmalloc(vpages * PAGE_SIZE);
			if (!ptrs[i])
				ret = -ENOMEM;
		}
		t[1] = get_cycles();
		if (strcmp(order, "fifo"))
			vmf_sort(ptrs);
		cond_resched();
		t[2] = get_cycles();
		if (!bulk) {
			for (i = 0; i < nr; i++)
				vfree(ptrs[i]);
		} else {
			for (i = 0; i < nr; i += n) {
				n = min_t(unsigned int, VMF_BLOCK, nr - i);
				vmf_free_bulk(n, ptrs + i);
			}
		}
		t[3] = get_cycles();
		vm_unmap_aliases();
		if (!round)
			continue;
		alloc += t[1] - t[0];
		free += t[3] - t[2];
		purge += get_cycles() - t[3];
	}
	if (rounds > 1) {
		n = (rounds - 1) * nr;
		report_cycles(alloc, n, "vmalloc");
		report_cycles(free, n, "free");
		report_cycles(purge, n, "rest of the purge");
		report_cycles(free + purge, n, "free+purge");
	}
	vfree(ptrs);
	if (!ret)
		results_create();
	return ret;
}

static void __exit vmf_exit(void)
{
	results_remove();
}

module_init(vmf_init);
module_exit(vmf_exit);

MODULE_DESCRIPTION("vmalloc() and vfree() benchmark");
MODULE_LICENSE("GPL");
