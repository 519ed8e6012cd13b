/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the benchmark modules share. Their results are in <debugfs>/<module>/results,
 * a line each, separated by tabs:
 *
 *   RESULT <workload> <metric> <value> <unit>
 *
 * Under QEMU's icount the counter that get_cycles() reads advances by a fixed
 * amount an instruction, for all vCPUs together: use one vCPU where exactness
 * matters. insn_cycles= says how much it is (2 with shift=1); 0 means that the
 * guest is not run under icount, and figures are reported in cycles. On User-Mode
 * Linux they are nanoseconds.
 */
#ifndef NO_LOCKS_BENCH_H
#define NO_LOCKS_BENCH_H

#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/topology.h>

static char *name = "";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "Name of the workload in the results");
static unsigned int insn_cycles = 2;
module_param(insn_cycles, uint, 0444);
MODULE_PARM_DESC(insn_cycles, "Counts an instruction under icount, else 0");

/* --------------------------------------------------------------- clock */

/*
 * User-Mode Linux has no cycle counter, and its sched_clock() has the tick's
 * resolution. This one reads the host's clock, and is safe in any context.
 */
static __always_inline u64 bench_clock(void)
{
	return IS_ENABLED(CONFIG_UML) ? ktime_get_mono_fast_ns() : get_cycles();
}

/* ------------------------------------------------------------- results */

static struct result {
	char metric[48];
	const char *unit;
	u64 num;
	u64 den;	/* 1: print an integer */
} results[96];

static unsigned int nr_results;

static __printf(4, 5) __maybe_unused
void report(u64 num, u64 den, const char *unit, const char *fmt, ...)
{
	struct result *res;
	va_list args;

	if (!den || WARN_ON_ONCE(nr_results == ARRAY_SIZE(results)))
		return;
	res = &results[nr_results++];
	va_start(args, fmt);
	vscnprintf(res->metric, sizeof(res->metric), fmt, args);
	va_end(args);
	res->unit = unit;
	res->num = num;
	res->den = den;
}

/* @cycles over @den, as instructions if it is known what one takes. */
#define INSN_CYCLES	(IS_ENABLED(CONFIG_UML) ? 0 : insn_cycles)
#define report_cycles(cycles, den, fmt, ...)				\
	report(cycles, (u64)(den) * (INSN_CYCLES ?: 1),			\
	       IS_ENABLED(CONFIG_UML) ? "ns" :				\
	       INSN_CYCLES ? "insn" : "cycles", fmt, ##__VA_ARGS__)

/* Set by those who only know their results when they are read. */
static void (*results_now)(void);

static int results_show(struct seq_file *m, void *v)
{
	struct result *r;

	if (results_now) {
		nr_results = 0;
		results_now();
	}
	for (r = results; r < &results[nr_results]; r++) {
		seq_printf(m, "RESULT\t%s\t%s\t", name, r->metric);
		if (!(r->num % r->den))
			seq_printf(m, "%llu", div64_u64(r->num, r->den));
		else
			seq_printf(m, "%llu.%03llu", div64_u64(r->num, r->den),
				   div64_u64((r->num % r->den) * 1000, r->den));
		seq_printf(m, "\t%s\n", r->unit);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(results);

static struct dentry *results_dir;

static void results_create(void)
{
	results_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("results", 0400, results_dir, NULL, &results_fops);
}

static void results_remove(void)
{
	debugfs_remove_recursive(results_dir);
}

/* -------------------------------------------------------------- barrier */

static void (*barrier_fn)(void);

/*
 * Without kprobes, as on User-Mode Linux: look through the functions around one
 * of the same file that is exported.
 */
static int __maybe_unused find_barrier_nearby(void)
{
	unsigned long near = (unsigned long)kfree_sensitive;
	unsigned long addr = near - SZ_64K, size, off;
	char sym[KSYM_SYMBOL_LEN];
	char *plus;

	while (addr < near + SZ_64K) {
		sprint_symbol(sym, addr);
		plus = strchr(sym, '+');
		if (!plus || sscanf(plus, "+0x%lx/0x%lx", &off, &size) != 2 ||
		    size <= off) {
			addr += 16;
			continue;
		}
		*plus = '\0';
		if (!off && !strcmp(sym, "kvfree_rcu_barrier")) {
			barrier_fn = (void *)addr;
			return 0;
		}
		addr += size - off;
	}
	pr_err("no kvfree_rcu_barrier(): CONFIG_KALLSYMS?\n");
	return -ENOENT;
}

/* 7.3 does not export kvfree_rcu_barrier(): ask kprobes where it is. */
static int __maybe_unused find_barrier(void)
{
	struct kprobe kp = { .symbol_name = "kvfree_rcu_barrier" };
	char sym[KSYM_SYMBOL_LEN];
	unsigned int off = 0;
	char *plus;
	int ret;

	barrier_fn = symbol_get(kvfree_rcu_barrier);
	if (barrier_fn) {
		/* It is the kernel's own, which does not go away. */
		symbol_put(kvfree_rcu_barrier);
		return 0;
	}
	if (!IS_ENABLED(CONFIG_KPROBES))
		return find_barrier_nearby();
	ret = register_kprobe(&kp);
	if (ret) {
		pr_err("no kvfree_rcu_barrier(): CONFIG_KPROBES?\n");
		return ret;
	}
	/* A probe may sit behind an ENDBR. */
	sprint_symbol(sym, (unsigned long)kp.addr);
	plus = strchr(sym, '+');
	if (plus && sscanf(plus, "+0x%x/", &off) != 1)
		off = 0;
	barrier_fn = (void *)((unsigned long)kp.addr - off);
	unregister_kprobe(&kp);
	return 0;
}

/* -------------------------------------------------------------- memory */

/* Free memory, with what the pcplists hold: a block may come from either. */
static unsigned long __maybe_unused free_pages_now(void)
{
	unsigned long pages = 0;
	struct zone *zone;
	int nid, i, c;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			zone = &NODE_DATA(nid)->node_zones[i];
			if (!managed_zone(zone))
				continue;
			pages += zone_page_state_snapshot(zone, NR_FREE_PAGES);
			for_each_online_cpu(c)
				pages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset,
							       c)->count);
		}
	}
	return pages;
}

/*
 * What this CPU's pcplists hold: all pages, and those that a block can come
 * from: order 0, unmovable.
 */
static void __maybe_unused pcplist_pages(unsigned long *all, unsigned long *unmovable)
{
	pg_data_t *pgdat = NODE_DATA(numa_mem_id());
	struct per_cpu_pages *pcp;
	struct list_head *pos;
	unsigned long flags;
	int i;

	*all = 0;
	*unmovable = 0;
	local_irq_save(flags);
	for (i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *zone = &pgdat->node_zones[i];

		if (!managed_zone(zone))
			continue;
		pcp = this_cpu_ptr(zone->per_cpu_pageset);
		*all += READ_ONCE(pcp->count);
		if (IS_ENABLED(CONFIG_PREEMPT_RT) || !spin_trylock(&pcp->lock))
			continue;
		list_for_each(pos, &pcp->lists[MIGRATE_UNMOVABLE])
			(*unmovable)++;
		spin_unlock(&pcp->lock);
	}
	local_irq_restore(flags);
}

/*
 * Bring @nr pointers into a random order, the same one on every run. Runs of @run
 * neighbours stay together; 1 shuffles single pointers, 0 leaves all as it is.
 */
static void __maybe_unused shuffle_runs(void **ptrs, unsigned int nr,
					unsigned int run)
{
	u32 seed = 2463534242;
	unsigned int i, j, k;

	if (!run)
		return;
	for (i = nr / run; i > 1; i--) {
		seed ^= seed << 13;
		seed ^= seed >> 17;
		seed ^= seed << 5;
		j = seed % i;
		for (k = 0; k < run; k++)
			swap(ptrs[(i - 1) * run + k], ptrs[j * run + k]);
	}
}

static void give_back(struct list_head *list, unsigned int order)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, list, lru)
		__free_pages(page, order);
	INIT_LIST_HEAD(list);
}

/* Put pages onto this CPU's list: it keeps as many as its ->high allows. */
static void __maybe_unused fill_pcplist(unsigned int pages, unsigned int order)
{
	struct page *page;
	LIST_HEAD(list);

	while (pages--) {
		page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY,
				   order);
		if (!page)
			break;
		list_add(&page->lru, &list);
	}
	give_back(&list, order);
}

#endif
