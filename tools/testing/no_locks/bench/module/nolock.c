// SPDX-License-Identifier: GPL-2.0
/*
 * nolock - __GFP_NO_LOCKS beside alloc_pages_nolock(), on the same pcplist.
 *
 * With interrupts off, as under a raw spinlock: this CPU's list is brought to a
 * length, then pages are asked for one after the other, first with the flag, then
 * with alloc_pages_nolock(). Loading the module does it; the results are in
 * <debugfs>/nolock/results (see bench.h).
 *
 * For both, and each length: share that got a page, instructions of those that
 * did and of those that did not, the longest single call, and how many pages came
 * from behind zone->lock. Needs alloc_pages_nolock() with a gfp mask (6.18 and
 * later), and !PREEMPT_RT.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/version.h>

#include "bench.h"

static unsigned int nr = 64;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "Pages to ask for");

#if defined(__GFP_NO_LOCKS) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
enum { FLAG, NOLOCK, NR_WAYS };

static struct page *ask(int way)
{
	if (way == FLAG)
		return alloc_page(__GFP_NO_LOCKS);
	return alloc_pages_nolock(0, NUMA_NO_NODE, 0);
}

static unsigned int on_list(void)
{
	unsigned long all, unmovable;

	pcplist_pages(&all, &unmovable);
	return unmovable;
}

/* What lies behind zone->lock. */
static unsigned long free_in_zones(void)
{
	pg_data_t *pgdat = NODE_DATA(numa_mem_id());
	unsigned long pages = 0;
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		pages += zone_page_state_snapshot(&pgdat->node_zones[i],
						  NR_FREE_PAGES);
	return pages;
}

/* Put some pages onto the list, then take off what is too many. */
static void measure(unsigned int level, int way)
{
	static const char * const ways[] = { "flag", "alloc_pages_nolock" };
	u64 hit = 0, miss = 0, worst = 0;
	unsigned long flags, before;
	unsigned int i, got = 0;
	LIST_HEAD(spare);
	LIST_HEAD(mine);
	struct page *page;

	fill_pcplist(512, 0);
	local_irq_save(flags);
	while (on_list() > level) {
		page = alloc_page(__GFP_NO_LOCKS);
		if (!page)
			break;
		list_add(&page->lru, &spare);
	}
	before = free_in_zones();
	for (i = 0; i < nr; i++) {
		cycles_t t = get_cycles();

		page = ask(way);
		t = get_cycles() - t;
		worst = max_t(u64, worst, t);
		if (page) {
			list_add(&page->lru, &mine);
			got++;
			hit += t;
		} else {
			miss += t;
		}
	}
	before -= free_in_zones();
	local_irq_restore(flags);
	give_back(&mine, 0);
	give_back(&spare, 0);

	report(100 * got, nr, "%", "%u on the list, %s: got", level, ways[way]);
	report_cycles(hit, got, "%u on the list, %s: a hit", level, ways[way]);
	report_cycles(miss, nr - got, "%u on the list, %s: a miss", level,
		      ways[way]);
	report_cycles(worst, 1, "%u on the list, %s: longest", level, ways[way]);
	report(before, 1, "pages", "%u on the list, %s: from zone", level,
	       ways[way]);
}

static int measure_all(void)
{
	static const unsigned int levels[] = { 0, 1, 16, 64, 256 };
	int l, way, warm;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return -EOPNOTSUPP;
	for (warm = 1; warm >= 0; warm--) {
		nr_results = 0;
		for (l = 0; l < ARRAY_SIZE(levels); l++)
			for (way = 0; way < NR_WAYS; way++)
				measure(levels[l], way);
	}
	return 0;
}
#else
/* Nothing to compare: no results, no error. */
static int measure_all(void)
{
	return 0;
}
#endif

static int __init nolock_init(void)
{
	int ret;

	if (!nr)
		return -EINVAL;
	if (!*name)
		name = "nolock";
	ret = measure_all();
	if (!ret)
		results_create();
	return ret;
}

static void __exit nolock_exit(void)
{
	results_remove();
}

module_init(nolock_init);
module_exit(nolock_exit);

MODULE_DESCRIPTION("__GFP_NO_LOCKS beside alloc_pages_nolock()");
MODULE_LICENSE("GPL");
