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
 *
 * With lockdep its tracepoints tell which locks were taken on the way, trylocks
 * included, which lockdep's own check of wait types leaves out.
 */
#include <kunit/test.h>

#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
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
/*
 * Where only preemptible() callers get pages from the pcplist: on PREEMPT_RT
 * its lock sleeps, and on UP it has none.
 */
#define PREEMPTIBLE_ONLY \
	(IS_ENABLED(CONFIG_PREEMPT_RT) || !IS_ENABLED(CONFIG_SMP))

struct obj {
	struct obj **slot;	/* where it is in flood.objs, if it is there */
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

	/* What @task did while @armed, interrupts left out. */
	struct task_struct *task;
	bool armed;
	int flagged;
	int flagged_ok;
	int sleeping;

	/* And while it held a raw lock, too: locks that are not for that. */
	bool raw;
	int locks;
	const char *lock;
	int overridden;

	/* Nobody else is to put blocks into the caches. */
	bool quiet;

	/* Objects to be freed from within tracepoints. */
	bool nest;
	bool in_alloc;
	unsigned int next_nested;
	int depth;
	int nested;
	int nested_flagged;
	int recursive;
};

static struct flood *flood;
static DEFINE_RAW_SPINLOCK(outer_lock);

static void saw(struct flood *f, void *ptr, int channel)
{
	void *entry = xa_load(&f->index, (unsigned long)ptr);
	unsigned long i;

	if (!entry)
		return;	/* not ours */
	i = xa_to_value(entry) - 1;
	if (((struct obj *)ptr)->slot != &f->objs[i])
		return;	/* no longer ours */
	atomic_inc(&f->channel[channel]);
	if (atomic_inc_return(&f->seen[i]) > 1)
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

static bool observed(struct flood *f)
{
	return READ_ONCE(f->armed) && current == f->task && in_task();
}

/* What a program on the tracepoint might do: free something of its own. */
static void free_nested(struct flood *f)
{
	/* Not in its own tracepoints: that recursion is its own fault. */
	if (!f->nest || f->depth || f->next_nested >= f->nr)
		return;
	f->depth++;
	f->nested++;
	kvfree_rcu(f->objs[f->next_nested++], rcu);
	f->depth--;
}

static void probe_page_alloc(void *data, struct page *page, unsigned int order,
			     gfp_t gfp, int migratetype)
{
	struct flood *f = flood;

	if (!observed(f))
		return;
	if (gfp & __GFP_NO_LOCKS) {
		f->flagged++;
		if (page)
			f->flagged_ok++;
		if (f->depth) {
			f->nested_flagged++;
			f->recursive += f->in_alloc;
		} else {
			f->in_alloc = true;
		}
		free_nested(f);
	} else if ((gfp & __GFP_DIRECT_RECLAIM) && (gfp & __GFP_NORETRY)) {
		f->sleeping++;
	}
}

/* The last one on the way of a block. */
static void probe_kvfree_block(void *data, const char *rcuname,
			       const char *source)
{
	struct flood *f = flood;

	if (!observed(f))
		return;
	free_nested(f);
	if (!f->depth)
		f->in_alloc = false;
}

/* These two come with pcp->lock and zone->lock held. */
static void probe_zone_locked(void *data, struct page *page,
			      unsigned int order, int migratetype,
			      int percpu_refill)
{
	if (observed(flood))
		free_nested(flood);
}

static void probe_pcpu_drain(void *data, struct page *page, unsigned int order,
			     int migratetype)
{
	if (observed(flood))
		free_nested(flood);
}

#ifdef CONFIG_LOCKDEP
/*
 * With a raw lock held only other raw locks may be taken, or tried, but for
 * the trylock of the pcplist where that is a spinning lock.
 */
static void check_lock(struct flood *f, struct lockdep_map *lock, int trylock)
{
	u8 wait_type = lock->wait_type_outer ?: lock->wait_type_inner;

	if (!f->raw || f->overridden || wait_type <= LD_WAIT_SPIN)
		return;
	if (!IS_ENABLED(CONFIG_PREEMPT_RT) && trylock &&
	    !strcmp(lock->name, "&pcp->lock"))
		return;
	if (!f->locks++)
		f->lock = lock->name;
}

static void probe_lock_acquire(void *data, struct lockdep_map *lock,
			       unsigned int subclass, int trylock, int read,
			       int check, struct lockdep_map *next_lock,
			       unsigned long ip)
{
	struct flood *f = flood;

	if (!observed(f))
		return;
	/* Debug objects are refilled wherever it happens to be. */
	if (lock->lock_type == LD_LOCK_WAIT_OVERRIDE)
		f->overridden++;
	check_lock(f, lock, trylock);

	/* krcp->lock: after the allocation, before it is taken again. */
	if (!strcmp(lock->name, "&pcp->lock") ||
	    (!strcmp(lock->name, "krc.lock") && f->in_alloc))
		free_nested(f);
}

/* Comes when the lock is still held. */
static void probe_lock_release(void *data, struct lockdep_map *lock,
			       unsigned long ip)
{
	struct flood *f = flood;

	if (!observed(f))
		return;
	if (lock->lock_type == LD_LOCK_WAIT_OVERRIDE)
		f->overridden--;
	if (!strcmp(lock->name, "&pcp->lock"))
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
	/* The worker of an earlier case, which this CPU runs before us. */
	msleep(20);
	flood = f;
	test->priv = f;

	ret = register_trace_rcu_invoke_kvfree_callback(probe_kvfree, NULL);
	if (!ret)
		ret = register_trace_rcu_invoke_kfree_bulk_callback(probe_bulk, NULL);
	if (!ret)
		ret = register_trace_mm_page_alloc(probe_page_alloc, NULL);
	if (!ret)
		ret = register_trace_rcu_kvfree_block(probe_kvfree_block, NULL);
	if (!ret)
		ret = register_trace_mm_page_alloc_zone_locked(probe_zone_locked, NULL);
	if (!ret)
		ret = register_trace_mm_page_pcpu_drain(probe_pcpu_drain, NULL);
#ifdef CONFIG_LOCKDEP
	if (!ret)
		ret = register_trace_lock_acquire(probe_lock_acquire, NULL);
	if (!ret)
		ret = register_trace_lock_release(probe_lock_release, NULL);
#endif
	return ret;
}

static void kvfree_rcu_exit_case(struct kunit *test)
{
	if (!flood)
		return;
	kvfree_rcu_barrier();
	flood->armed = false;
#ifdef CONFIG_LOCKDEP
	unregister_trace_lock_release(probe_lock_release, NULL);
	unregister_trace_lock_acquire(probe_lock_acquire, NULL);
#endif
	unregister_trace_mm_page_pcpu_drain(probe_pcpu_drain, NULL);
	unregister_trace_mm_page_alloc_zone_locked(probe_zone_locked, NULL);
	unregister_trace_rcu_kvfree_block(probe_kvfree_block, NULL);
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
		f->objs[i]->slot = &f->objs[i];
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
 * lock held. Where the pcplist is not for such callers that is only done if
 * @raw, and otherwise a reader keeps blocks from coming back meanwhile.
 */
static void do_flood(struct kunit *test, unsigned int first, unsigned int last,
		     bool raw)
{
	struct flood *f = test->priv;
	unsigned long flags;
	unsigned int i;

	raw |= !PREEMPTIBLE_ONLY;
	if (raw) {
		raw_spin_lock_irqsave(&outer_lock, flags);
	} else {
		/* Nor does the worker get to refill the cache. */
		sched_set_fifo(current);
		rcu_read_lock();
	}
	f->raw = raw;
	WRITE_ONCE(f->armed, true);
	for (i = first; i < last; i++)
		kvfree_rcu(f->objs[i], rcu);
	WRITE_ONCE(f->armed, false);
	f->raw = false;
	if (raw) {
		raw_spin_unlock_irqrestore(&outer_lock, flags);
	} else {
		rcu_read_unlock();
		sched_set_normal(current, 0);
	}
	KUNIT_EXPECT_EQ_MSG(test, f->locks, 0, "first lock: %s", f->lock);
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
	/* Debug objects allocate meanwhile, and make the section last seconds. */
	if (IS_ENABLED(CONFIG_DEBUG_OBJECTS) && f->flagged != f->flagged_ok)
		kunit_skip(test, "somebody else used the pcplist");

	/* The trylock may fail where somebody else can come in between. */
	if (PREEMPTIBLE_ONLY)
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
	int asked;

	/* Interrupts have to stay on, or debug objects allocate on the way. */
	if (PREEMPTIBLE_ONLY || IS_ENABLED(CONFIG_DEBUG_OBJECTS))
		kunit_skip(test, "cannot keep others from filling the pcplist");

	new_objs(test, NR_OBJS, 1);
	local_irq_save(flags);
	drain_local_pages(NULL);
	do_flood(test, 0, f->nr, false);
	local_irq_restore(flags);
	expect_freed_once(test);

	/* A failure is not followed by the next one before a block's worth. */
	asked = atomic_read(&f->channel[3]) / (BLOCK + 1);
	KUNIT_EXPECT_GT(test, asked, 1);
	KUNIT_EXPECT_GE(test, f->flagged, asked);
	KUNIT_EXPECT_LE(test, f->flagged, asked + 1);
	KUNIT_EXPECT_EQ(test, f->flagged_ok, 0);
	KUNIT_EXPECT_GE(test, atomic_read(&f->channel[3]),
			f->nr - (NR_CACHED + 1) * BLOCK);
}

/* Slab, large kmalloc() and vmalloc pointers, each to its own channel. */
static void flood_mixed(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned int i, left = 0;

	new_objs(test, 3 * BLOCK, NR_KINDS);
	fill_pcplist(test);
	do_flood(test, 0, f->nr, false);
	expect_freed_once(test);

	/* Debug objects may have used up the pcplist. */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT) &&
	    !(IS_ENABLED(CONFIG_DEBUG_OBJECTS) && f->flagged != f->flagged_ok)) {
		KUNIT_EXPECT_EQ(test, atomic_read(&f->channel[1]), 2 * BLOCK);
		KUNIT_EXPECT_EQ(test, atomic_read(&f->channel[2]), BLOCK);
	}
	/* Nor has a vmalloc area been left behind. */
	for (i = VMALLOC; i < f->nr; i += NR_KINDS)
		left += !!find_vm_area(f->objs[i]);
	KUNIT_EXPECT_EQ(test, left, 0);
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
	struct flood *f = READ_ONCE(flood);

	/* The case may end under us: this probe is gone only after it. */
	if (!f || current != f->task || !READ_ONCE(f->armed) ||
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

static void fail_end(void *unused)
{
	unregister_kprobe(&fail_kprobe);
}

static void fail_begin(struct kunit *test, gfp_t mask, int every)
{
	memset(&fail, 0, sizeof(fail));
	fail.mask = mask;
	fail.every = every;
	/* register_kprobe() wants it clean. */
	fail_kprobe.addr = NULL;
	fail_kprobe.flags = 0;
	KUNIT_ASSERT_EQ(test, register_kprobe(&fail_kprobe), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fail_end, NULL), 0);
}

static int nr_failed(void)
{
	return fail.failed;
}
#else
static void fail_begin(struct kunit *test, gfp_t mask, int every)
{
	kunit_skip(test, "needs kprobes and function error injection");
}

static int nr_failed(void)
{
	return 0;
}
#endif

/* As stock does it: every page that is asked for is refused. */
static void flood_all_fail(struct kunit *test)
{
	struct flood *f = test->priv;

	fail_begin(test, __GFP_NO_LOCKS, 1);
	new_objs(test, NR_OBJS - NR_OBJS % NR_KINDS, NR_KINDS);
	fill_pcplist(test);
	do_flood(test, 0, f->nr, false);
	expect_freed_once(test);

	KUNIT_EXPECT_GT(test, nr_failed(), 0);
	KUNIT_EXPECT_EQ(test, f->flagged_ok, 0);
	if (!PREEMPTIBLE_ONLY)
		KUNIT_EXPECT_GE(test, atomic_read(&f->channel[3]),
				f->nr - (NR_CACHED + 2) * BLOCK);
}

/* One page is had and the next one is not: blocks and list take turns. */
static void flood_some_fail(struct kunit *test)
{
	struct flood *f = test->priv;

	fail_begin(test, __GFP_NO_LOCKS, 2);
	new_objs(test, NR_OBJS - NR_OBJS % NR_KINDS, NR_KINDS);
	fill_pcplist(test);
	do_flood(test, 0, f->nr, false);
	expect_freed_once(test);

	KUNIT_EXPECT_GT(test, nr_failed(), 0);
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
	unsigned int i, failed, traced = 0;

	fail_begin(test, __GFP_NO_LOCKS | __GFP_NORETRY, 1);
	new_objs(test, NR_OBJS, 1);
	do_flood_single(test);
	failed = nr_failed();
	kvfree_rcu_barrier();
	/* On a slow kernel blocks come back faster than they are used up. */
	if (!failed)
		kunit_skip(test, "no block was needed");

	for (i = 0; i < f->nr; i++)
		traced += atomic_read(&f->seen[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->twice), 0);
	KUNIT_EXPECT_LT(test, traced, f->nr);
	KUNIT_EXPECT_GE(test, traced + failed, f->nr);
}

/* Whatever tracepoints have left over. */
static void free_rest(struct flood *f)
{
	unsigned int i;

	for (i = f->next_nested; i < f->nr; i++)
		kvfree_rcu(f->objs[i], rcu);
}

/*
 * Whoever hangs on a tracepoint within the allocation, and on those of its
 * locks, may call kvfree_rcu(): no deadlock, no recursion, nothing lost.
 */
static void reentrant(struct kunit *test)
{
	struct flood *f = test->priv;

	new_objs(test, NR_OBJS, 1);
	/* The second half is for the tracepoints. */
	f->next_nested = f->nr / 2;
	f->nest = true;
	fill_pcplist(test);
	do_flood(test, 0, f->nr / 2, false);
	f->nest = false;
	KUNIT_EXPECT_GT(test, f->nested, 0);
	if (IS_ENABLED(CONFIG_LOCKDEP))
		KUNIT_EXPECT_GT(test, f->nested, f->flagged_ok);
	KUNIT_EXPECT_EQ(test, f->recursive, 0);

	free_rest(f);
	expect_freed_once(test);
}

/*
 * The same where somebody else's allocation or drain on this CPU has pcp->lock
 * and zone->lock: there is no page then, and that is all.
 */
static void reentrant_locks_held(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned int i, n = 0;
	unsigned long flags;
	struct page *page;

	if (IS_ENABLED(CONFIG_DEBUG_OBJECTS))
		kunit_skip(test, "debug objects take zone->lock under krcp->lock");

	new_objs(test, NR_OBJS, 1);
	fill_pcplist(test);
	migrate_disable();
	if (PREEMPTIBLE_ONLY)
		rcu_read_lock();
	else
		local_irq_save(flags);
	WRITE_ONCE(f->armed, true);
	/* Up to where the next object needs a page from the pcplist. */
	for (i = 0; i < f->nr / 2 && n < BLOCK; i++) {
		kvfree_rcu(f->objs[i], rcu);
		if (f->flagged)
			n++;
	}
	f->next_nested = i;
	f->nest = true;
	drain_local_pages(NULL);
	page = alloc_page(GFP_NOWAIT);
	f->nest = false;
	WRITE_ONCE(f->armed, false);
	if (PREEMPTIBLE_ONLY)
		rcu_read_unlock();
	else
		local_irq_restore(flags);
	migrate_enable();
	if (page)
		__free_page(page);
	KUNIT_EXPECT_GT(test, f->nested, 0);
	/* It was asked for a page, but where tracepoints are not preemptible. */
	if (!PREEMPTIBLE_ONLY)
		KUNIT_EXPECT_GT(test, f->nested_flagged, 0);

	free_rest(f);
	expect_freed_once(test);
}

#ifdef CONFIG_SMP
#define NR_ROUNDS	(NR_BLOCKS / 2)
#define NR_MASKS	50

static int never_runs(void *unused)
{
	return 0;
}

/* Use up what the cache of this CPU holds, and drain all pcplists. */
static int disturber(void *arg)
{
	struct flood *f = arg;
	struct obj *obj;
	int i;

	while (!kthread_should_stop()) {
		for (i = 0; i < 2 * BLOCK && !READ_ONCE(f->quiet); i++) {
			obj = kmalloc(sizeof(*obj), GFP_KERNEL);
			if (!obj)
				break;
			obj->slot = NULL;
			kvfree_rcu(obj, rcu);
		}
		drain_all_pages(NULL);
		cond_resched();
	}
	return 0;
}

static void stop_kthread(void *p)
{
	kthread_stop(p);
}

static struct task_struct *new_kthread(struct kunit *test,
				       int (*fn)(void *), int cpu)
{
	struct task_struct *p = kthread_create(fn, test->priv, "kvfree_rcu_kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, stop_kthread, p), 0);
	if (cpu >= 0)
		kthread_bind(p, cpu);
	return p;
}

/*
 * The scheduler frees the user mask of @p, with the pi_lock of @p held; before
 * that objects @from to @to, as if it had so many. True if there was a mask.
 */
static bool free_under_pi_lock(struct kunit *test, struct task_struct *p,
			       unsigned int from, unsigned int to)
{
	struct flood *f = test->priv;
	unsigned long flags;
	bool freed;

	KUNIT_EXPECT_EQ(test, sched_setaffinity(p->pid, cpu_possible_mask), 0);
	fill_pcplist(test);

	raw_spin_lock_irqsave(&p->pi_lock, flags);
	freed = p->user_cpus_ptr;
	f->raw = true;
	WRITE_ONCE(f->armed, true);
	for (; from < to; from++)
		kvfree_rcu(f->objs[from], rcu);
	do_set_cpus_allowed(p, cpu_possible_mask);
	WRITE_ONCE(f->armed, false);
	f->raw = false;
	freed = freed && !p->user_cpus_ptr;
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);

	return freed;
}

/*
 * Again and again, masks alone and with objects. Meanwhile everybody else
 * floods, and drains the pcplists of this CPU, so that there are waiters for
 * its locks.
 */
static void pi_lock_held(struct kunit *test)
{
	unsigned int i, n, end, round, masks = 0;
	struct flood *f = test->priv;
	struct task_struct *p;
	int cpu;

	new_objs(test, NR_OBJS, 1);
	p = new_kthread(test, never_runs, -1);
	KUNIT_ASSERT_TRUE(test, wait_task_inactive(p, TASK_UNINTERRUPTIBLE));
	for_each_online_cpu(cpu)
		wake_up_process(new_kthread(test, disturber, cpu));

	for (round = 1, i = 0; round <= NR_ROUNDS; round++, i = end) {
		for (n = 0; n < NR_MASKS; n++)
			masks += free_under_pi_lock(test, p, i, i);
		end = round * BLOCK;
		/* At last as many at once as no cache holds blocks for. */
		if (round == NR_ROUNDS) {
			WRITE_ONCE(f->quiet, true);
			kvfree_rcu_barrier();
			end = f->nr;
		}
		masks += free_under_pi_lock(test, p, i, end);
	}
	expect_freed_once(test);

	KUNIT_EXPECT_EQ(test, masks, NR_ROUNDS * (NR_MASKS + 1));
	KUNIT_EXPECT_EQ_MSG(test, f->locks, 0, "first lock: %s", f->lock);
	if (PREEMPTIBLE_ONLY) {
		KUNIT_EXPECT_EQ(test, f->flagged, 0);
		/* The cache did run dry: the pcplist would have been asked. */
		KUNIT_EXPECT_GT(test, atomic_read(&f->channel[3]), 0);
	}
}
#else
static void pi_lock_held(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_SMP: otherwise tasks have no user mask");
}
#endif

/* After reclaim has asked no page is taken for a while. */
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

/*
 * That is over when its time is, whether or not anybody has run dry meanwhile,
 * and no matter how often reclaim asks.
 */
static void stale_backoff(struct kunit *test)
{
	struct flood *f = test->priv;

	new_objs(test, NR_OBJS, 1);
	/* The end of that of an earlier case. */
	msleep(6 * MSEC_PER_SEC);
	drop_slab();
	msleep(4 * MSEC_PER_SEC);
	drop_slab();
	msleep(2 * MSEC_PER_SEC);
	fill_pcplist(test);
	do_flood(test, 0, f->nr, false);
	KUNIT_EXPECT_GT(test, f->flagged, 0);
	expect_freed_once(test);
}

/* There nobody who holds a raw lock gets near the pcplist. */
static void raw_lock_refused(struct kunit *test)
{
	struct flood *f = test->priv;

	if (!PREEMPTIBLE_ONLY)
		kunit_skip(test, "only PREEMPT_RT and UP treat such callers differently");

	new_objs(test, NR_OBJS, 1);
	fill_pcplist(test);
	do_flood(test, 0, f->nr, true);
	expect_freed_once(test);

	KUNIT_EXPECT_EQ(test, f->flagged, 0);
	KUNIT_EXPECT_GE(test, atomic_read(&f->channel[3]),
			f->nr - (NR_CACHED + 1) * BLOCK);
}

/* With softirqs disabled, as networking frees: that is no reason to refuse. */
static void flood_bh(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned int i;

	new_objs(test, NR_OBJS, 1);
	fill_pcplist(test);
	local_bh_disable();
	WRITE_ONCE(f->armed, true);
	for (i = 0; i < f->nr; i++)
		kvfree_rcu(f->objs[i], rcu);
	WRITE_ONCE(f->armed, false);
	local_bh_enable();
	expect_freed_once(test);

	KUNIT_EXPECT_GT(test, f->flagged_ok, 0);
}

static void flood_hard_irq_fn(struct irq_work *work)
{
	struct flood *f = flood;
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		kvfree_rcu(f->objs[i], rcu);
}

/* Whom a hard interrupt has interrupted may hold raw locks. */
static void flood_hard_irq(struct kunit *test)
{
	struct irq_work work = IRQ_WORK_INIT_HARD(flood_hard_irq_fn);
	struct flood *f = test->priv;

	new_objs(test, NR_OBJS, 1);
	fill_pcplist(test);
	KUNIT_ASSERT_TRUE(test, irq_work_queue(&work));
	irq_work_sync(&work);
	expect_freed_once(test);

	if (PREEMPTIBLE_ONLY)
		KUNIT_EXPECT_GE(test, atomic_read(&f->channel[3]),
				f->nr - (NR_CACHED + 1) * BLOCK);
	else if (!IS_ENABLED(CONFIG_DEBUG_OBJECTS))
		KUNIT_EXPECT_EQ(test, atomic_read(&f->channel[3]), 0);
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
	KUNIT_CASE(reentrant_locks_held),
	KUNIT_CASE(raw_lock_refused),
	KUNIT_CASE(flood_bh),
	KUNIT_CASE(flood_hard_irq),
	KUNIT_CASE(pi_lock_held),
	/* The last ones, as all CPUs back off for some seconds. */
	KUNIT_CASE_SLOW(shrinker_backoff),
	KUNIT_CASE_SLOW(stale_backoff),
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
