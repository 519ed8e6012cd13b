// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for kvfree_rcu(): which way an object goes, and that it goes that
 * way once.
 *
 * Channel 1 are slab pointers in blocks, channel 2 vmalloc pointers in blocks,
 * channel 3 is the list through the objects' rcu_heads. The tracepoints that
 * RCU has where it frees tell which way an object went; they come just before
 * the object is freed, so whoever was not seen was lost, and whoever was seen
 * twice was freed twice.
 */
#include <kunit/test.h>

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <trace/events/kmem.h>
#include <trace/events/lock.h>
#include <trace/events/rcu.h>

/* What one block holds, see KVFREE_BULK_MAX_ENTR. */
#define BLOCK		((PAGE_SIZE - 5 * sizeof(void *)) / sizeof(void *))
#define NR_BLOCKS	16
#define NR_OBJS		(NR_BLOCKS * BLOCK)
/* rcutree.rcu_min_cached_objs is 5 by default. */
#define NR_CACHED	5

struct obj {
	unsigned long pad;
	struct rcu_head rcu;	/* offset != 0 gives channel 3 away */
};

enum kind { SLAB, LARGE, VMALLOC, NR_KINDS };

struct flood {
	struct kmem_cache *cache;
	struct obj **objs;
	atomic_t *seen;
	unsigned int nr;
	struct xarray index;	/* address -> number + 1 */
	atomic_t channel[4];
	atomic_t twice;

	/* Allocations of @task that came along meanwhile. */
	struct task_struct *task;
	bool armed;
	int flagged;
	int flagged_ok;
	int sleeping;

	/* Objects to be freed from within tracepoints. */
	bool nest;
	unsigned int next_nested;
	int depth;
	int max_depth;
};

static struct flood *flood;
static DEFINE_RAW_SPINLOCK(outer_lock);

static void saw(struct flood *f, void *ptr, int channel)
{
	void *entry = xa_load(&f->index, (unsigned long)ptr);

	if (!entry)
		return;	/* not ours */
	atomic_inc(&f->channel[channel]);
	if (atomic_inc_return(&f->seen[xa_to_value(entry) - 1]) > 1)
		atomic_inc(&f->twice);
}

static void probe_kvfree(void *data, const char *rcuname, struct rcu_head *rhp,
			 unsigned long offset)
{
	saw(flood, (void *)rhp - offset, offset ? 3 : 2);
}

static void probe_bulk(void *data, const char *rcuname, unsigned long nr,
		       void **p)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		saw(flood, p[i], is_vmalloc_addr(p[i]) ? 2 : 1);
}

/* What a program on the tracepoint might do: free something of its own. */
static void free_nested(struct flood *f)
{
	struct obj *obj;

	/* The depth is limited for the sake of the stack of a broken kernel. */
	if (!f->nest || f->depth > 8 || f->next_nested >= f->nr)
		return;
	f->depth++;
	f->max_depth = max(f->max_depth, f->depth);
	obj = f->objs[f->next_nested++];
	kvfree_rcu(obj, rcu);
	f->depth--;
}

static void probe_page_alloc(void *data, struct page *page, unsigned int order,
			     gfp_t gfp, int migratetype)
{
	struct flood *f = flood;

	if (!READ_ONCE(f->armed) || current != f->task || !in_task())
		return;
	if (gfp & __GFP_NO_LOCKS) {
		f->flagged++;
		if (page)
			f->flagged_ok++;
		free_nested(f);
	} else if ((gfp & __GFP_DIRECT_RECLAIM) && (gfp & __GFP_NORETRY)) {
		f->sleeping++;
	}
}

#ifdef CONFIG_LOCKDEP
static void probe_lock_acquire(void *data, struct lockdep_map *lock,
			       unsigned int subclass, int trylock, int read,
			       int check, struct lockdep_map *next_lock,
			       unsigned long ip)
{
	struct flood *f = flood;

	if (READ_ONCE(f->armed) && current == f->task && in_task() &&
	    !strcmp(lock->name, "&pcp->lock"))
		free_nested(f);
}
#endif

static void free_flood(struct flood *f)
{
	kvfree(f->objs);
	kvfree(f->seen);
	xa_destroy(&f->index);
	/* Complains if an object was lost. */
	kmem_cache_destroy(f->cache);
}

static int kvfree_rcu_init_case(struct kunit *test)
{
	struct flood *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	int ret;

	if (!f)
		return -ENOMEM;
	xa_init(&f->index);
	/* This thread runs this case only. */
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	f->task = current;
	f->cache = kmem_cache_create("kvfree_rcu_kunit", sizeof(struct obj), 0,
				     SLAB_NO_MERGE, NULL);
	f->objs = kvcalloc(NR_OBJS, sizeof(*f->objs), GFP_KERNEL);
	f->seen = kvcalloc(NR_OBJS, sizeof(*f->seen), GFP_KERNEL);
	if (!f->cache || !f->objs || !f->seen) {
		free_flood(f);
		return -ENOMEM;
	}
	kvfree_rcu_barrier();
	flood = f;
	test->priv = f;

	ret = register_trace_rcu_invoke_kvfree_callback(probe_kvfree, NULL);
	if (!ret)
		ret = register_trace_rcu_invoke_kfree_bulk_callback(probe_bulk, NULL);
	if (!ret)
		ret = register_trace_mm_page_alloc(probe_page_alloc, NULL);
#ifdef CONFIG_LOCKDEP
	if (!ret)
		ret = register_trace_lock_acquire(probe_lock_acquire, NULL);
#endif
	return ret;
}

static void kvfree_rcu_exit_case(struct kunit *test)
{
	if (!flood)
		return;
	kvfree_rcu_barrier();
#ifdef CONFIG_LOCKDEP
	unregister_trace_lock_acquire(probe_lock_acquire, NULL);
#endif
	unregister_trace_mm_page_alloc(probe_page_alloc, NULL);
	unregister_trace_rcu_invoke_kfree_bulk_callback(probe_bulk, NULL);
	unregister_trace_rcu_invoke_kvfree_callback(probe_kvfree, NULL);
	tracepoint_synchronize_unregister();
	free_flood(flood);
	flood = NULL;
}

static struct obj *new_obj(struct flood *f, enum kind kind)
{
	switch (kind) {
	case LARGE:
		return kmalloc(KMALLOC_MAX_CACHE_SIZE + 1, GFP_KERNEL);
	case VMALLOC:
		return vmalloc(PAGE_SIZE);
	default:
		return kmem_cache_alloc(f->cache, GFP_KERNEL);
	}
}

/* @nr objects of which @nr_kinds kinds take turns. */
static void new_objs(struct kunit *test, unsigned int nr, int nr_kinds)
{
	struct flood *f = test->priv;
	unsigned int i;
	void *entry;

	KUNIT_ASSERT_LE(test, nr, NR_OBJS);
	for (i = 0; i < nr; i++) {
		f->objs[i] = new_obj(f, i % nr_kinds);
		KUNIT_ASSERT_NOT_NULL(test, f->objs[i]);
		entry = xa_store(&f->index, (unsigned long)f->objs[i],
				 xa_mk_value(i + 1), GFP_KERNEL);
		KUNIT_ASSERT_EQ(test, 0, xa_err(entry));
	}
	f->nr = nr;
}

static int pcplist_pages(void)
{
	struct zone *zone;
	int nr = 0;

	for_each_populated_zone(zone)
		nr += per_cpu_ptr(zone->per_cpu_pageset,
				  raw_smp_processor_id())->count;
	return nr;
}

/* Make the pcplist hold a page for every block that may be needed. */
static void fill_pcplist(struct kunit *test)
{
	struct page *pages[2 * NR_BLOCKS];
	int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = alloc_page(GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		__free_page(pages[i]);
	}
}

/*
 * Free objects @first to @last, as the worst of callers: in one go, with a raw
 * lock held. On PREEMPT_RT that is only done if @raw, as the pcplist is not
 * for such callers there.
 */
static void do_flood(struct kunit *test, unsigned int first, unsigned int last,
		     bool raw)
{
	struct flood *f = test->priv;
	unsigned long flags;
	unsigned int i;

	raw |= !IS_ENABLED(CONFIG_PREEMPT_RT);
	if (raw)
		raw_spin_lock_irqsave(&outer_lock, flags);
	WRITE_ONCE(f->armed, true);
	for (i = first; i < last; i++)
		kvfree_rcu(f->objs[i], rcu);
	WRITE_ONCE(f->armed, false);
	if (raw)
		raw_spin_unlock_irqrestore(&outer_lock, flags);
}

/* Wait for all that were freed so far, and see that none is missing. */
static void expect_freed_once(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned int i, lost = 0;

	kvfree_rcu_barrier();
	for (i = 0; i < f->nr; i++)
		lost += !atomic_read(&f->seen[i]);
	KUNIT_EXPECT_EQ(test, lost, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->twice), 0);
	KUNIT_EXPECT_EQ(test, f->nr, atomic_read(&f->channel[1]) +
				     atomic_read(&f->channel[2]) +
				     atomic_read(&f->channel[3]));
}

/* While the pcplist lasts nothing goes down channel 3. */
static void flood_in_blocks(struct kunit *test)
{
	struct flood *f = test->priv;

	new_objs(test, NR_OBJS, 1);
	fill_pcplist(test);
	KUNIT_EXPECT_GE(test, pcplist_pages(), NR_BLOCKS);
	do_flood(test, 0, f->nr, false);
	expect_freed_once(test);

	/* The trylock may fail where somebody else can come in between. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		KUNIT_EXPECT_LE(test, atomic_read(&f->channel[3]), f->nr / 20);
	else
		KUNIT_EXPECT_EQ(test, atomic_read(&f->channel[3]), 0);
	KUNIT_EXPECT_GE(test, f->flagged_ok, NR_BLOCKS - NR_CACHED - 1);
}

/* No page on the list: what does not fit into the cache goes down channel 3. */
static void flood_empty_pcplist(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned long flags;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "cannot keep others from filling the pcplist");

	new_objs(test, NR_OBJS, 1);
	local_irq_save(flags);
	drain_local_pages(NULL);
	do_flood(test, 0, f->nr, false);
	local_irq_restore(flags);
	expect_freed_once(test);

	KUNIT_EXPECT_GT(test, f->flagged, 0);
	/* Debug objects allocate in between, which refills the pcplist. */
	if (!IS_ENABLED(CONFIG_DEBUG_OBJECTS))
		KUNIT_EXPECT_EQ(test, f->flagged_ok, 0);
	KUNIT_EXPECT_GE(test, atomic_read(&f->channel[3]),
			f->nr - (NR_CACHED + 1 + f->flagged_ok) * BLOCK);
}

/* Slab, large kmalloc() and vmalloc pointers, each to its own channel. */
static void flood_mixed(struct kunit *test)
{
	unsigned long nr_vmalloc = vmalloc_nr_pages();
	struct flood *f = test->priv;

	new_objs(test, 3 * BLOCK, NR_KINDS);
	fill_pcplist(test);
	do_flood(test, 0, f->nr, false);
	expect_freed_once(test);

	if (!IS_ENABLED(CONFIG_PREEMPT_RT)) {
		KUNIT_EXPECT_EQ(test, atomic_read(&f->channel[1]), 2 * BLOCK);
		KUNIT_EXPECT_EQ(test, atomic_read(&f->channel[2]), BLOCK);
	}
	KUNIT_EXPECT_EQ(test, vmalloc_nr_pages(), nr_vmalloc);
}

#if defined(CONFIG_KPROBES) && defined(CONFIG_FUNCTION_ERROR_INJECTION) && \
	defined(CONFIG_HAVE_FUNCTION_ARG_ACCESS_API)
static struct {
	gfp_t mask;
	int every;
	int calls;
	int failed;
} fail;

/* Make every n-th __get_free_page() with one of the flags fail. */
static int fail_get_free_pages(struct kprobe *p, struct pt_regs *regs)
{
	gfp_t gfp = (__force gfp_t)regs_get_kernel_argument(regs, 0);

	if (!flood || current != flood->task || !READ_ONCE(flood->armed) ||
	    !(gfp & fail.mask) || ++fail.calls % fail.every)
		return 0;
	fail.failed++;
	regs_set_return_value(regs, 0);
	override_function_with_return(regs);
	return 1;
}

NOKPROBE_SYMBOL(fail_get_free_pages);

/* Its presence keeps the probe from being optimised, see fail_function.c. */
static void fail_post_handler(struct kprobe *p, struct pt_regs *regs,
			      unsigned long flags)
{
}

static struct kprobe fail_kprobe = {
	.symbol_name = "get_free_pages_noprof",
	.pre_handler = fail_get_free_pages,
	.post_handler = fail_post_handler,
};

static void fail_begin(struct kunit *test, gfp_t mask, int every)
{
	memset(&fail, 0, sizeof(fail));
	fail.mask = mask;
	fail.every = every;
	/* register_kprobe() wants it clean. */
	fail_kprobe.addr = NULL;
	fail_kprobe.flags = 0;
	KUNIT_ASSERT_EQ(test, register_kprobe(&fail_kprobe), 0);
}

static int fail_end(void)
{
	unregister_kprobe(&fail_kprobe);
	return fail.failed;
}
#else
static void fail_begin(struct kunit *test, gfp_t mask, int every)
{
	kunit_skip(test, "needs kprobes and function error injection");
}

static int fail_end(void)
{
	return 0;
}
#endif

/* As stock does it: every page that is asked for is refused. */
static void flood_all_fail(struct kunit *test)
{
	struct flood *f = test->priv;
	int failed;

	fail_begin(test, __GFP_NO_LOCKS, 1);
	new_objs(test, NR_OBJS - NR_OBJS % NR_KINDS, NR_KINDS);
	fill_pcplist(test);
	do_flood(test, 0, f->nr, false);
	failed = fail_end();
	expect_freed_once(test);

	KUNIT_EXPECT_GT(test, failed, 0);
	KUNIT_EXPECT_EQ(test, f->flagged_ok, 0);
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		KUNIT_EXPECT_GE(test, atomic_read(&f->channel[3]),
				f->nr - (NR_CACHED + 2) * BLOCK);
}

/* Blocks and list take turns. */
static void flood_some_fail(struct kunit *test)
{
	struct flood *f = test->priv;
	int failed;

	fail_begin(test, __GFP_NO_LOCKS, 2);
	new_objs(test, NR_OBJS - NR_OBJS % NR_KINDS, NR_KINDS);
	fill_pcplist(test);
	do_flood(test, 0, f->nr, false);
	failed = fail_end();
	expect_freed_once(test);

	KUNIT_EXPECT_GT(test, failed, 0);
	KUNIT_EXPECT_GT(test, f->flagged_ok, 0);
	KUNIT_EXPECT_GT(test, atomic_read(&f->channel[3]), 0);
}

static void do_flood_single(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned int i;

	WRITE_ONCE(f->armed, true);
	for (i = 0; i < f->nr; i++)
		kvfree_rcu_mightsleep(f->objs[i]);
	WRITE_ONCE(f->armed, false);
}

/* One argument: the pcplist is asked before GFP_KERNEL is. */
static void single_argument(struct kunit *test)
{
	struct flood *f = test->priv;

	new_objs(test, NR_OBJS, 1);
	fill_pcplist(test);
	do_flood_single(test);
	expect_freed_once(test);

	/* On a slow kernel blocks come back faster than they are used up. */
	if (!f->flagged)
		kunit_skip(test, "no block was needed");
	KUNIT_EXPECT_GT(test, f->flagged_ok, 0);
	KUNIT_EXPECT_EQ(test, f->sleeping, f->flagged - f->flagged_ok);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->channel[1]), f->nr);
}

/*
 * One argument and no page at all: the caller waits and frees by itself, which
 * no tracepoint tells. The slab cache does when it is destroyed.
 */
static void single_argument_fail(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned int i, traced = 0;
	int failed;

	fail_begin(test, __GFP_NO_LOCKS | __GFP_NORETRY, 1);
	new_objs(test, NR_OBJS, 1);
	do_flood_single(test);
	failed = fail_end();
	kvfree_rcu_barrier();
	/* On a slow kernel blocks come back faster than they are used up. */
	if (!failed)
		kunit_skip(test, "no block was needed");

	for (i = 0; i < f->nr; i++)
		traced += atomic_read(&f->seen[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->twice), 0);
	KUNIT_EXPECT_LT(test, traced, f->nr);
	KUNIT_EXPECT_GE(test, traced, f->nr - failed);
}

/*
 * Whoever hangs on a tracepoint within the allocation may call kvfree_rcu():
 * no deadlock, no recursion, nothing lost.
 */
static void reentrant(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned int i;

	new_objs(test, NR_OBJS, 1);
	/* The second half is for the tracepoints. */
	f->next_nested = f->nr / 2;
	f->nest = true;
	fill_pcplist(test);
	do_flood(test, 0, f->nr / 2, false);
	f->nest = false;
	KUNIT_EXPECT_GT(test, f->next_nested, f->nr / 2);
	KUNIT_EXPECT_EQ(test, f->max_depth, 1);

	for (i = f->next_nested; i < f->nr; i++)
		kvfree_rcu(f->objs[i], rcu);
	expect_freed_once(test);
}

/* After the shrinker has spoken no page is taken until the worker ends that. */
static void shrinker_backoff(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned int part = 2 * BLOCK;

	new_objs(test, NR_OBJS, 1);
	fill_pcplist(test);
	drop_slab();
	fill_pcplist(test);
	do_flood(test, 0, part, false);
	KUNIT_EXPECT_EQ(test, f->flagged, 0);

	/* rcutree.rcu_delay_page_cache_fill_msec is 5000 by default. */
	msleep(6 * MSEC_PER_SEC);
	fill_pcplist(test);
	do_flood(test, part, f->nr, false);
	KUNIT_EXPECT_GT(test, f->flagged, 0);
	expect_freed_once(test);
}

/* On PREEMPT_RT nobody who holds a raw lock gets near the pcplist. */
static void rt_raw_lock(struct kunit *test)
{
	struct flood *f = test->priv;

	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "only PREEMPT_RT treats such callers differently");

	new_objs(test, NR_OBJS, 1);
	fill_pcplist(test);
	do_flood(test, 0, f->nr, true);
	expect_freed_once(test);

	KUNIT_EXPECT_EQ(test, f->flagged, 0);
	KUNIT_EXPECT_GE(test, atomic_read(&f->channel[3]),
			f->nr - (NR_CACHED + 1) * BLOCK);
}

static struct kunit_case kvfree_rcu_cases[] = {
	KUNIT_CASE(flood_in_blocks),
	KUNIT_CASE(flood_empty_pcplist),
	KUNIT_CASE(flood_mixed),
	KUNIT_CASE(flood_all_fail),
	KUNIT_CASE(flood_some_fail),
	KUNIT_CASE(single_argument),
	KUNIT_CASE(single_argument_fail),
	KUNIT_CASE(reentrant),
	KUNIT_CASE_SLOW(shrinker_backoff),
	KUNIT_CASE(rt_raw_lock),
	{}
};

static struct kunit_suite kvfree_rcu_suite = {
	.name = "kvfree_rcu",
	.init = kvfree_rcu_init_case,
	.exit = kvfree_rcu_exit_case,
	.test_cases = kvfree_rcu_cases,
};

kunit_test_suite(kvfree_rcu_suite);

MODULE_DESCRIPTION("KUnit tests for kvfree_rcu()");
MODULE_LICENSE("GPL");
