// SPDX-License-Identifier: GPL-2.0
/*
 * nolock - __GFP_NO_LOCKS beside alloc_pages_nolock(), on the same pcplist.
 *
 * With interrupts off, as under a raw spinlock: this CPU's list is brought to a
 * length, then pages are asked for one after the other, first with the flag, then
 * with alloc_pages_nolock(). Loading the module does it; <debugfs>/nolock/results
 * has lines as those of kvflood: RESULT <workload> <metric> <value> <unit>.
 *
 * For both, and each length: share that got a page, instructions of those that
 * did and of those that did not, the longest single call, and how many pages came
 * from behind zone->lock. Figures are instructions under QEMU's icount (shift=1:
 * get_cycles() advances by 2 an instruction); with insn_cycles=0 they are cycles.
 * Needs alloc_pages_nolock() with a gfp mask (6.18 and later), and !PREEMPT_RT.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/timex.h>
#include <linux/topology.h>
#include <linux/version.h>

static unsigned int nr = 64;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "Pages to ask for");
static unsigned int insn_cycles = 2;
module_param(insn_cycles, uint, 0444);
MODULE_PARM_DESC(insn_cycles, "Counts an instruction under icount, else 0");

static const unsigned int levels[] = { 0, 1, 16, 64, 256 };

struct figures {
	unsigned int left;
	unsigned int got;
	u64 hit;
	u64 miss;
	u64 worst;
	unsigned long from_zone;
};

enum { FLAG, NOLOCK, NR_WAYS };

static const char * const ways[] = { "flag", "alloc_pages_nolock" };
static struct figures figures[ARRAY_SIZE(levels)][NR_WAYS];

#if defined(__GFP_NO_LOCKS) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
static struct page *ask(int way)
{
	if (way == FLAG)
		return alloc_page(__GFP_NO_LOCKS);
	return alloc_pages_nolock(0, NUMA_NO_NODE, 0);
}

/* Unmovable order-0 pages on this CPU's lists: what such a caller can get. */
static unsigned int on_list(void)
{
	pg_data_t *pgdat = NODE_DATA(numa_mem_id());
	struct list_head *pos;
	unsigned int pages = 0;
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *zone = &pgdat->node_zones[i];

		struct per_cpu_pages *pcp;

		if (!managed_zone(zone))
			continue;
		pcp = this_cpu_ptr(zone->per_cpu_pageset);
		list_for_each(pos, &pcp->lists[MIGRATE_UNMOVABLE])
			pages++;
	}
	return pages;
}

static unsigned long free_pages_now(void)
{
	pg_data_t *pgdat = NODE_DATA(numa_mem_id());
	unsigned long pages = 0;
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		pages += zone_page_state_snapshot(&pgdat->node_zones[i],
						  NR_FREE_PAGES);
	return pages;
}

static void give_back(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru)
		__free_page(page);
	INIT_LIST_HEAD(pages);
}

/* Put some pages onto the list, then take off what is too many. */
static void measure(struct figures *f, unsigned int level, int way)
{
	unsigned long flags, before;
	LIST_HEAD(spare);
	LIST_HEAD(mine);
	struct page *page;
	unsigned int i;

	for (i = 0; i < 512; i++) {
		page = alloc_page(GFP_KERNEL);
		if (page)
			list_add(&page->lru, &spare);
	}
	give_back(&spare);

	local_irq_save(flags);
	while (on_list() > level) {
		page = alloc_page(__GFP_NO_LOCKS);
		if (!page)
			break;
		list_add(&page->lru, &spare);
	}
	f->left = on_list();
	before = free_pages_now();
	for (i = 0; i < nr; i++) {
		cycles_t t = get_cycles();

		page = ask(way);
		t = get_cycles() - t;
		f->worst = max_t(u64, f->worst, t);
		if (page) {
			list_add(&page->lru, &mine);
			f->got++;
			f->hit += t;
		} else {
			f->miss += t;
		}
	}
	f->from_zone = before - free_pages_now();
	local_irq_restore(flags);
	give_back(&mine);
	give_back(&spare);
}

static int measure_all(void)
{
	int l, way, warm;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return -EOPNOTSUPP;
	for (warm = 1; warm >= 0; warm--) {
		memset(figures, 0, sizeof(figures));
		for (l = 0; l < ARRAY_SIZE(levels); l++)
			for (way = 0; way < NR_WAYS; way++)
				measure(&figures[l][way], levels[l], way);
	}
	return 0;
}
#else
/* Nothing to compare: no results, no error. */
static int measure_all(void)
{
	nr = 0;
	return 0;
}
#endif

static void result(struct seq_file *m, int l, int way, const char *what,
		   u64 value, const char *unit)
{
	seq_printf(m, "RESULT\tnolock\t%u on the list, %s: %s\t%llu\t%s\n",
		   levels[l], ways[way], what, value, unit);
}

static int results_show(struct seq_file *m, void *v)
{
	const char *unit = insn_cycles ? "insn" : "cycles";
	unsigned int per = insn_cycles ?: 1;
	int l, way;

	for (l = 0; nr && l < ARRAY_SIZE(levels); l++) {
		for (way = 0; way < NR_WAYS; way++) {
			struct figures *f = &figures[l][way];

			result(m, l, way, "got", 100 * f->got / nr, "%");
			if (f->got)
				result(m, l, way, "a hit",
				       f->hit / f->got / per, unit);
			if (f->got < nr)
				result(m, l, way, "a miss",
				       f->miss / (nr - f->got) / per, unit);
			result(m, l, way, "longest", f->worst / per, unit);
			result(m, l, way, "from zone", f->from_zone, "pages");
		}
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(results);

static struct dentry *dir;

static int __init nolock_init(void)
{
	int ret = measure_all();

	if (ret)
		return ret;
	dir = debugfs_create_dir("nolock", NULL);
	debugfs_create_file("results", 0400, dir, NULL, &results_fops);
	return 0;
}

static void __exit nolock_exit(void)
{
	debugfs_remove_recursive(dir);
}

module_init(nolock_init);
module_exit(nolock_exit);

MODULE_DESCRIPTION("__GFP_NO_LOCKS beside alloc_pages_nolock()");
MODULE_LICENSE("GPL");
