// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for __GFP_NO_LOCKS: a page that lies on this CPU's pcplist, or
 * NULL, and no lock that is waited for.
 *
 * Most cases pin themselves to a CPU, bring its pcplists into a known state,
 * allocate, and look at what changed. With interrupts off nobody else touches
 * these pcplists, but NR_FREE_PAGES and the watermarks are the business of all
 * CPUs, and on PREEMPT_RT, where interrupts have to stay on, other tasks may
 * come in between. Such a case is tried until it was not disturbed, NR_TRIES
 * times at most; what it asserts would fail every time on a kernel that breaks
 * the contract.
 */
#include <kunit/test.h>

#include <linux/bug.h>
#include <linux/cpuset.h>
#include <linux/gfp.h>
#include <linux/hardirq.h>
#include <linux/irq_work.h>
#include <linux/memcontrol.h>
#include <linux/mempolicy.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include <asm/sections.h>

#include <trace/events/error_report.h>
#include <trace/events/kmem.h>
#include <trace/events/lock.h>
#include <trace/events/vmscan.h>

#include "../slab.h"

#define NR_FILL		16
#define NR_TRIES	50

/* What the tracepoints saw of @task while @armed, interrupts left out. */
struct observer {
	struct task_struct *task;
	bool armed;
	int kswapd;
	int reclaim;
	int zone_locked;
	int warnings;
	int locks;
	const char *lock;
};

static struct observer obs;

static bool obs_here(void)
{
	return READ_ONCE(obs.armed) && current == obs.task && in_task();
}

static void probe_wakeup_kswapd(void *data, int nid, int zid, int order,
				gfp_t gfp)
{
	if (obs_here())
		obs.kswapd++;
}

static void probe_reclaim(void *data, int order, gfp_t gfp)
{
	if (obs_here())
		obs.reclaim++;
}

/* Fires for every page that leaves the buddy lists, zone->lock held. */
static void probe_zone_locked(void *data, struct page *page,
			      unsigned int order, int migratetype,
			      int percpu_refill)
{
	if (obs_here())
		obs.zone_locked++;
}

static void probe_error_report(void *data, enum error_detector detector,
			       unsigned long id)
{
	if (obs.task == current && detector == ERROR_DETECTOR_WARN)
		obs.warnings++;
}

#ifdef CONFIG_LOCKDEP
/*
 * Everything counts but two: the trylock of the pcplist, and an RCU read-side
 * critical section, which is annotated like a lock but never waits.
 */
static void probe_lock_acquire(void *data, struct lockdep_map *lock,
			       unsigned int subclass, int trylock, int read,
			       int check, struct lockdep_map *next_lock,
			       unsigned long ip)
{
	if (!obs_here())
		return;
	if (trylock && !strcmp(lock->name, "&pcp->lock"))
		return;
	if (lock == &rcu_lock_map)
		return;
	/* DEBUG_RT_MUTEXES: the inside of that trylock, and of its unlock. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) &&
	    !strcmp(lock->name, "&lock->wait_lock"))
		return;
	if (!obs.locks++)
		obs.lock = lock->name;
}
#endif

static int register_probes(struct kunit_suite *suite)
{
	int ret;

	ret = register_trace_mm_vmscan_wakeup_kswapd(probe_wakeup_kswapd, NULL);
	if (!ret)
		ret = register_trace_mm_vmscan_direct_reclaim_begin(probe_reclaim, NULL);
	if (!ret)
		ret = register_trace_mm_page_alloc_zone_locked(probe_zone_locked, NULL);
	if (!ret)
		ret = register_trace_error_report_end(probe_error_report, NULL);
#ifdef CONFIG_LOCKDEP
	if (!ret)
		ret = register_trace_lock_acquire(probe_lock_acquire, NULL);
#endif
	return ret;
}

static void unregister_probes(struct kunit_suite *suite)
{
	unregister_trace_mm_vmscan_wakeup_kswapd(probe_wakeup_kswapd, NULL);
	unregister_trace_mm_vmscan_direct_reclaim_begin(probe_reclaim, NULL);
	unregister_trace_mm_page_alloc_zone_locked(probe_zone_locked, NULL);
	unregister_trace_error_report_end(probe_error_report, NULL);
#ifdef CONFIG_LOCKDEP
	unregister_trace_lock_acquire(probe_lock_acquire, NULL);
#endif
	tracepoint_synchronize_unregister();
}

/* Warn once a case, or once an allocation, not once a boot. */
static void clear_warn_once(void)
{
	generic_bug_clear_once();
	/* And where WARN_ON_ONCE() is not an architecture's own. */
	memset(__start_once, 0, __end_once - __start_once);
}

static int no_locks_init(struct kunit *test)
{
	memset(&obs, 0, sizeof(obs));
	obs.task = current;
	/*
	 * The pcplists that are filled must be those that are asked. This thread
	 * runs this case only.
	 */
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	clear_warn_once();
	return 0;
}

static void no_locks_exit(struct kunit *test)
{
	obs.armed = false;
	obs.task = NULL;
}

/* Stay on this CPU, with its pcplists to ourselves as far as can be. */
static void pin(unsigned long *flags)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		migrate_disable();
		sched_set_fifo(current);
	} else {
		local_irq_save(*flags);
	}
}

static void unpin(unsigned long *flags)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		sched_set_normal(current, 0);
		migrate_enable();
	} else {
		local_irq_restore(*flags);
	}
}

/* Put at least one, normally @NR_FILL, pages of @order onto the pcplist. */
static void fill_pcplist(struct kunit *test, unsigned int order)
{
	struct page *pages[NR_FILL], *single = alloc_page(GFP_KERNEL);
	int i;

	for (i = 0; i < NR_FILL; i++)
		pages[i] = alloc_pages(GFP_KERNEL, order);
	KUNIT_ASSERT_NOT_NULL(test, single);
	for (i = 0; i < NR_FILL; i++) {
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		/* Recognisable, for __GFP_ZERO. */
		memset(page_address(pages[i]), 0xa5, PAGE_SIZE << order);
		/*
		 * Many frees of a higher order in a row empty the list
		 * (PCPF_PREV_FREE_HIGH_ORDER): not with the last one.
		 */
		if (i == NR_FILL - 1)
			__free_page(single);
		__free_pages(pages[i], order);
	}
}

static struct per_cpu_pages *this_pcp(struct zone *zone)
{
	return per_cpu_ptr(zone->per_cpu_pageset, raw_smp_processor_id());
}

/* The zones that a flagged allocation looks at: those of one node. */
#define for_each_local_zone(zone, z)					\
	for_each_zone_zonelist(zone, z,					\
			       node_zonelist(numa_mem_id(), __GFP_THISNODE), \
			       MAX_NR_ZONES - 1)

/* All that a flagged allocation must leave alone. */
struct state {
	unsigned long free;
	unsigned long stalls;
	int count;
	int high;
	int alloc_factor;
};

static unsigned long allocstalls(void)
{
	unsigned long sum = 0;

#ifdef CONFIG_VM_EVENT_COUNTERS
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		sum += raw_cpu_read(vm_event_states.event[ALLOCSTALL_NORMAL -
							  ZONE_NORMAL + i]);
#endif
	return sum;
}

static void get_state(struct state *s)
{
	struct zone *zone;

	memset(s, 0, sizeof(*s));
	for_each_populated_zone(zone) {
		s->free += zone_page_state_snapshot(zone, NR_FREE_PAGES);
		s->count += this_pcp(zone)->count;
		s->high += this_pcp(zone)->high;
		s->alloc_factor += this_pcp(zone)->alloc_factor;
	}
	s->stalls = allocstalls();
}

static void observe(void)
{
	obs.kswapd = 0;
	obs.reclaim = 0;
	obs.zone_locked = 0;
	/*
	 * A lock that is taken once, say for a stack that is not known yet, is
	 * one too many, unless the unlock of PREEMPT_RT had to wake a waiter.
	 */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		obs.locks = 0;
	WRITE_ONCE(obs.armed, true);
}

/* One allocation under observation, to be called pinned. */
static struct page *observed_alloc(gfp_t gfp, unsigned int order,
				   struct state *before, struct state *after)
{
	struct page *page;

	get_state(before);
	observe();
	page = alloc_pages(gfp, order);
	WRITE_ONCE(obs.armed, false);
	get_state(after);

	return page;
}

/*
 * What others may have done. Not what only this CPU does, as that would go on
 * for some tries and then be at its limit, which looks like no change.
 */
static bool disturbed(const struct state *before, const struct state *after,
		      unsigned int nr_taken)
{
	if (before->free != after->free ||
	    before->count - nr_taken != after->count)
		return true;
	return IS_ENABLED(CONFIG_PREEMPT_RT) &&
	       (obs.locks || before->high != after->high ||
		before->alloc_factor != after->alloc_factor);
}

static void expect_untouched(struct kunit *test, const struct state *before,
			     const struct state *after, unsigned int nr_taken)
{
	KUNIT_EXPECT_EQ(test, before->free, after->free);
	KUNIT_EXPECT_EQ(test, before->count - nr_taken, after->count);
	KUNIT_EXPECT_EQ(test, before->high, after->high);
	KUNIT_EXPECT_EQ(test, before->alloc_factor, after->alloc_factor);
	KUNIT_EXPECT_EQ(test, before->stalls, after->stalls);
	KUNIT_EXPECT_EQ(test, obs.kswapd, 0);
	KUNIT_EXPECT_EQ(test, obs.reclaim, 0);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
	KUNIT_EXPECT_EQ_MSG(test, obs.locks, 0, "first lock: %s", obs.lock);
}

/* Allocate with @gfp from a filled (@filled) or an emptied pcplist. */
static void check_alloc(struct kunit *test, gfp_t gfp, unsigned int order,
			bool filled)
{
	unsigned int nr_taken = filled ? 1 << order : 0;
	struct state before, after;
	unsigned long flags;
	struct page *page;
	int try;

	for (try = 0; try < NR_TRIES; try++) {
		if (filled)
			fill_pcplist(test, order);

		pin(&flags);
		if (!filled)
			drain_local_pages(NULL);
		page = observed_alloc(gfp, order, &before, &after);
		unpin(&flags);
		if (page)
			__free_pages(page, order);
		if (!!page == filled && !disturbed(&before, &after, nr_taken))
			break;
	}

	if (filled)
		KUNIT_EXPECT_NOT_NULL(test, page);
	else
		KUNIT_EXPECT_NULL(test, page);
	expect_untouched(test, &before, &after, nr_taken);
}

static void filled_list(struct kunit *test)
{
	check_alloc(test, __GFP_NO_LOCKS, 0, true);
}

static void empty_list(struct kunit *test)
{
	check_alloc(test, __GFP_NO_LOCKS, 0, false);
}

/* Orders that pcplists hold. */
static void higher_orders(struct kunit *test)
{
	int order;

	for (order = 1; order <= PAGE_ALLOC_COSTLY_ORDER; order++) {
		check_alloc(test, __GFP_NO_LOCKS | __GFP_COMP, order, true);
		check_alloc(test, __GFP_NO_LOCKS, order, false);
	}
}

/*
 * Which pages are on the list says the migratetype, and it is the caller's
 * list that is looked at: a list of another type is as good as empty.
 */
static void own_migratetype(struct kunit *test)
{
	unsigned long flags;
	struct page *page, *other;
	int try;

	if (page_group_by_mobility_disabled)
		kunit_skip(test, "there is one migratetype only");

	for (try = 0; try < NR_TRIES; try++) {
		page = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, page);
		pin(&flags);
		drain_local_pages(NULL);
		__free_page(page);
		other = alloc_page(__GFP_NO_LOCKS | __GFP_RECLAIMABLE);
		page = alloc_page(__GFP_NO_LOCKS);
		unpin(&flags);
		if (page)
			__free_page(page);
		if (other)
			__free_page(other);
		if (page && !other)
			break;
	}

	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, other);
}

static void zeroed(struct kunit *test)
{
	unsigned long flags;
	struct page *page;
	int try;

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		page = alloc_page(__GFP_NO_LOCKS | __GFP_ZERO);
		unpin(&flags);
		if (page)
			break;
	}

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page), 0, PAGE_SIZE));
	__free_page(page);
}

static void bulk(struct kunit *test)
{
	struct page *pages[NR_FILL / 2] = {}, *none[NR_FILL / 2] = {};
	unsigned long nr, nr_none, flags;
	struct state before, after;
	int i, try;

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		get_state(&before);
		observe();
		nr = alloc_pages_bulk_array(__GFP_NO_LOCKS, ARRAY_SIZE(pages), pages);
		WRITE_ONCE(obs.armed, false);
		get_state(&after);

		drain_local_pages(NULL);
		WRITE_ONCE(obs.armed, true);
		nr_none = alloc_pages_bulk_array(__GFP_NO_LOCKS, ARRAY_SIZE(none), none);
		WRITE_ONCE(obs.armed, false);
		unpin(&flags);

		for (i = 0; i < ARRAY_SIZE(pages); i++) {
			if (pages[i])
				__free_page(pages[i]);
			if (none[i])
				__free_page(none[i]);
			pages[i] = NULL;
			none[i] = NULL;
		}
		if (!disturbed(&before, &after, nr) && !nr_none)
			break;
	}

	/* With page_owner the bulk allocator falls back on a single page. */
	KUNIT_EXPECT_GE(test, nr, 1);
	if (!IS_ENABLED(CONFIG_PAGE_OWNER))
		KUNIT_EXPECT_EQ(test, nr, ARRAY_SIZE(pages));
	KUNIT_EXPECT_EQ(test, nr_none, 0);
	expect_untouched(test, &before, &after, nr);
}

/* An unflagged allocation on an empty list still refills it. */
static void unflagged_refills(struct kunit *test)
{
	struct state before, after;
	unsigned long flags;
	struct page *page;
	int try;

	for (try = 0; try < NR_TRIES; try++) {
		pin(&flags);
		drain_local_pages(NULL);
		page = observed_alloc(GFP_NOWAIT, 0, &before, &after);
		unpin(&flags);
		KUNIT_ASSERT_NOT_NULL(test, page);
		__free_page(page);
		if (after.count > before.count)
			break;
	}

	KUNIT_EXPECT_GT(test, obs.zone_locked, 1);
	KUNIT_EXPECT_GT(test, after.count, before.count);
}

/*
 * With every zone->lock taken whoever tries to take one hangs, and whoever
 * merely tries it fails.
 */
static void zone_locks_held(struct kunit *test)
{
	struct page *page, *none = NULL;
	unsigned long flags;
	struct zone *zone;
	struct zoneref *z;
	int nr, try;

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		nr = 0;
		for_each_local_zone(zone, z)
			spin_lock_nested(&zone->lock, nr++ % MAX_LOCKDEP_SUBCLASSES);
		page = alloc_page(__GFP_NO_LOCKS);
		for_each_local_zone(zone, z)
			spin_unlock(&zone->lock);

		drain_local_pages(NULL);
		nr = 0;
		for_each_local_zone(zone, z)
			spin_lock_nested(&zone->lock, nr++ % MAX_LOCKDEP_SUBCLASSES);
		none = alloc_page(__GFP_NO_LOCKS);
		for_each_local_zone(zone, z)
			spin_unlock(&zone->lock);
		unpin(&flags);

		if (page)
			__free_page(page);
		if (none)
			__free_page(none);
		if (page && !none)
			break;
	}

	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, none);
}

/* A drain on another CPU, or whoever this CPU interrupted, holds pcp->lock. */
static void pcp_lock_held(struct kunit *test)
{
	struct state before, after;
	struct zone *zone;
	struct zoneref *z;
	unsigned long flags;
	struct page *page;
	int nr, try;

	if (!IS_ENABLED(CONFIG_SMP) && !IS_ENABLED(CONFIG_DEBUG_SPINLOCK))
		kunit_skip(test, "a trylock cannot fail on UP");

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		nr = 0;
		for_each_local_zone(zone, z)
			spin_lock_nested(&this_pcp(zone)->lock,
					 nr++ % MAX_LOCKDEP_SUBCLASSES);
		page = observed_alloc(__GFP_NO_LOCKS, 0, &before, &after);
		for_each_local_zone(zone, z)
			spin_unlock(&this_pcp(zone)->lock);
		unpin(&flags);
		/* On PREEMPT_RT an interrupt may wake softirqs in our name. */
		if (page || !obs.locks)
			break;
	}

	KUNIT_EXPECT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, before.count, after.count);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
	KUNIT_EXPECT_EQ_MSG(test, obs.locks, 0, "first lock: %s", obs.lock);
	if (page)
		__free_page(page);
}

/*
 * With the watermarks out of reach the list is all there is. Its pages have
 * left NR_FREE_PAGES before, so no watermark has a say, and nobody is woken.
 */
static void below_watermark(struct kunit *test)
{
	unsigned long wmark[MAX_NR_ZONES][NR_WMARK];
	struct state before, after;
	unsigned long flags;
	struct zone *zone;
	struct zoneref *z;
	struct page *page;
	int i, w, try;

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		i = 0;
		for_each_local_zone(zone, z) {
			for (w = WMARK_MIN; w < NR_WMARK; w++) {
				wmark[i][w] = zone->_watermark[w];
				WRITE_ONCE(zone->_watermark[w], LONG_MAX / 2);
			}
			i++;
		}
		page = observed_alloc(__GFP_NO_LOCKS, 0, &before, &after);
		i = 0;
		for_each_local_zone(zone, z) {
			for (w = WMARK_MIN; w < NR_WMARK; w++)
				WRITE_ONCE(zone->_watermark[w], wmark[i][w]);
			clear_bit(ZONE_BELOW_HIGH, &zone->flags);
			i++;
		}
		unpin(&flags);
		if (page)
			__free_page(page);
		if (page && !disturbed(&before, &after, 1))
			break;
	}

	KUNIT_EXPECT_NOT_NULL(test, page);
	expect_untouched(test, &before, &after, 1);
}

/* A boosted watermark makes allocations wake kswapd, but not these. */
static void boosted_watermark(struct kunit *test)
{
	struct state before, after;
	bool boosted = false;
	unsigned long flags;
	struct zone *zone;
	struct page *page;
	int try;

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		for_each_populated_zone(zone)
			set_bit(ZONE_BOOSTED_WATERMARK, &zone->flags);
		page = observed_alloc(__GFP_NO_LOCKS | __GFP_KSWAPD_RECLAIM, 0,
				      &before, &after);
		/* Who wakes kswapd clears it first, on another CPU, too. */
		if (page)
			boosted = test_bit(ZONE_BOOSTED_WATERMARK,
					   &page_zone(page)->flags);
		for_each_populated_zone(zone)
			clear_bit(ZONE_BOOSTED_WATERMARK, &zone->flags);
		unpin(&flags);
		if (page)
			__free_page(page);
		if (obs.kswapd || (page && boosted && !obs.locks))
			break;
	}

	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_TRUE(test, boosted);
	KUNIT_EXPECT_EQ(test, obs.kswapd, 0);
	KUNIT_EXPECT_EQ_MSG(test, obs.locks, 0, "first lock: %s", obs.lock);
}

struct hardirq_work {
	struct irq_work work;
	struct page *page;
	bool in_hardirq;
};

static void hardirq_fn(struct irq_work *work)
{
	struct hardirq_work *hw = container_of(work, struct hardirq_work, work);

	hw->in_hardirq = in_hardirq();
	hw->page = alloc_page(__GFP_NO_LOCKS);
}

static void expect_warnings_begin(struct kunit *test)
{
	pr_info("no_locks: expect warning begin\n");
}

/* @nr_debug: how many warnings CONFIG_DEBUG_VM is to give */
static void expect_warnings_end(struct kunit *test, int nr_debug)
{
	pr_info("no_locks: expect warning end\n");
	KUNIT_EXPECT_EQ(test, obs.warnings,
			IS_ENABLED(CONFIG_DEBUG_VM) ? nr_debug : 0);
	obs.warnings = 0;
	clear_warn_once();
}

static void hard_irq(struct kunit *test)
{
	struct hardirq_work hw = {
		.work = IRQ_WORK_INIT_HARD(hardirq_fn),
	};
	int try;

	expect_warnings_begin(test);
	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		migrate_disable();
		KUNIT_ASSERT_TRUE(test, irq_work_queue(&hw.work));
		irq_work_sync(&hw.work);
		migrate_enable();
		if (hw.page || IS_ENABLED(CONFIG_PREEMPT_RT))
			break;
	}
	/* The assertion in the allocator that RT callers are preemptible(). */
	pr_info("no_locks: expect warning end\n");

	KUNIT_EXPECT_TRUE(test, hw.in_hardirq);
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		KUNIT_EXPECT_NULL(test, hw.page);
	else
		KUNIT_EXPECT_NOT_NULL(test, hw.page);
	if (hw.page)
		__free_page(hw.page);
}

/* In as far as the allocator can tell. */
static void nmi(struct kunit *test)
{
	struct state before, after;
	unsigned long flags;
	struct page *page;
	bool was_nmi;
	/* Neither there nor there can the trylock be had, or be relied on. */
	bool refused = IS_ENABLED(CONFIG_PREEMPT_RT) || !IS_ENABLED(CONFIG_SMP);
	int try;

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		local_irq_save(flags);
		get_state(&before);
		nmi_enter();
		was_nmi = in_nmi();
		page = alloc_page(__GFP_NO_LOCKS);
		nmi_exit();
		get_state(&after);
		local_irq_restore(flags);
		if (page || refused)
			break;
	}

	KUNIT_EXPECT_TRUE(test, was_nmi);
	if (refused) {
		KUNIT_EXPECT_NULL(test, page);
		KUNIT_EXPECT_EQ(test, before.count, after.count);
	} else {
		KUNIT_EXPECT_NOT_NULL(test, page);
	}
	if (page)
		__free_page(page);
}

/*
 * On PREEMPT_RT who is not preemptible() may hold a raw lock, and must not ask.
 * The allocator does not refuse, as it does not guess, but it complains.
 */
static void rt_not_preemptible(struct kunit *test)
{
	struct page *page;

	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "only PREEMPT_RT wants its callers preemptible");

	fill_pcplist(test, 0);
	expect_warnings_begin(test);
	preempt_disable();
	page = alloc_page(__GFP_NO_LOCKS);
	preempt_enable();
	expect_warnings_end(test, 1);
	if (page)
		__free_page(page);
}

/*
 * A page that fails the checks is neither handed out nor reported, as printing
 * takes locks. It stays where it is, for somebody else to report.
 */
static void bad_page(struct kunit *test)
{
	struct page *page, *none = NULL, *again = NULL;
	struct state before, after;
	unsigned long flags;
	int try;

	if (!IS_ENABLED(CONFIG_DEBUG_VM) || IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "needs checked pages and a pcplist of its own");

	for (try = 0; try < NR_TRIES; try++) {
		page = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, page);
		pin(&flags);
		__free_page(page);
		/* Last in, first out. */
		page->mapping = (struct address_space *)PAGE_SIZE;
		none = observed_alloc(__GFP_NO_LOCKS, 0, &before, &after);
		page->mapping = NULL;
		again = alloc_page(__GFP_NO_LOCKS);
		unpin(&flags);
		if (none)
			__free_page(none);
		if (again)
			__free_page(again);
		if (again == page && !disturbed(&before, &after, 0))
			break;
	}

	KUNIT_EXPECT_NULL(test, none);
	KUNIT_EXPECT_PTR_EQ(test, again, page);
	KUNIT_EXPECT_EQ(test, obs.warnings, 0);
	expect_untouched(test, &before, &after, 0);
}

static void flag_name(struct kunit *test)
{
	gfp_t gfp = __GFP_NO_LOCKS;
	char buf[64];

	snprintf(buf, sizeof(buf), "%pGg", &gfp);
	KUNIT_EXPECT_STREQ(test, buf, "__GFP_NO_LOCKS");
	gfp = GFP_KERNEL | __GFP_NO_LOCKS;
	snprintf(buf, sizeof(buf), "%pGg", &gfp);
	KUNIT_EXPECT_STREQ(test, buf, "GFP_KERNEL|__GFP_NO_LOCKS");
}

/* An order that pcplists do not hold cannot be had, however much is free. */
static void order_beyond_pcplists(struct kunit *test)
{
	struct state before, after;
	unsigned long flags;
	struct page *page;

	expect_warnings_begin(test);
	pin(&flags);
	page = observed_alloc(__GFP_NO_LOCKS, PAGE_ALLOC_COSTLY_ORDER + 1,
			      &before, &after);
	unpin(&flags);
	expect_warnings_end(test, 1);

	KUNIT_EXPECT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
	if (page)
		__free_pages(page, PAGE_ALLOC_COSTLY_ORDER + 1);
}

/* A node with memory that is not this CPU's. */
static int other_node(struct kunit *test)
{
	int nid;

	for_each_node_state(nid, N_MEMORY)
		if (nid != numa_mem_id())
			return nid;
	kunit_skip(test, "needs two nodes with memory");
	return NUMA_NO_NODE;
}

static void fill_node(struct kunit *test, int nid)
{
	struct page *pages[NR_FILL];
	int i;

	for (i = 0; i < NR_FILL; i++)
		pages[i] = alloc_pages_node(nid, GFP_KERNEL | __GFP_THISNODE, 0);
	for (i = 0; i < NR_FILL; i++) {
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		__free_page(pages[i]);
	}
}

static void drain_node(int nid)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		if (zone_to_nid(zone) == nid)
			drain_local_pages(zone);
}

/*
 * Each CPU has a list for every node. Who asks for a node gets what lies on
 * that list, and nothing if it is empty, however full the others are.
 */
static void remote_node(struct kunit *test)
{
	int nid = other_node(test), page_nid = NUMA_NO_NODE, try;
	struct page *page, *none;
	unsigned long flags;

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		fill_node(test, nid);
		pin(&flags);
		observe();
		page = alloc_pages_node(nid, __GFP_NO_LOCKS, 0);
		WRITE_ONCE(obs.armed, false);
		drain_node(nid);
		WRITE_ONCE(obs.armed, true);
		none = alloc_pages_node(nid, __GFP_NO_LOCKS, 0);
		WRITE_ONCE(obs.armed, false);
		unpin(&flags);
		if (page) {
			page_nid = page_to_nid(page);
			__free_page(page);
		}
		if (none)
			__free_page(none);
		if (page && !none && !obs.locks)
			break;
	}

	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, page_nid, nid);
	KUNIT_EXPECT_NULL(test, none);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
	KUNIT_EXPECT_EQ_MSG(test, obs.locks, 0, "first lock: %s", obs.lock);
}

/* And none of another node instead of one of this. */
static void no_remote_fallback(struct kunit *test)
{
	int nid = other_node(test), try;
	struct page *none;
	unsigned long flags;

	for (try = 0; try < NR_TRIES; try++) {
		fill_node(test, nid);
		pin(&flags);
		drain_node(numa_mem_id());
		observe();
		none = alloc_page(__GFP_NO_LOCKS);
		WRITE_ONCE(obs.armed, false);
		unpin(&flags);
		if (none)
			__free_page(none);
		if (!none && !obs.locks)
			break;
	}

	KUNIT_EXPECT_NULL(test, none);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
	KUNIT_EXPECT_EQ_MSG(test, obs.locks, 0, "first lock: %s", obs.lock);
}

#ifdef CONFIG_CPUSETS
/* A task that is confined to another node gets that node's pages. */
static void cpuset_limited(struct kunit *test)
{
	int nid = other_node(test), page_nid = NUMA_NO_NODE, try;
	nodemask_t old = current->mems_allowed;
	nodemask_t only = nodemask_of_node(nid);
	struct page *page, *none;
	unsigned long flags;

	static_branch_inc(&cpusets_pre_enable_key);
	static_branch_inc(&cpusets_enabled_key);
	set_mems_allowed(only);
	for (try = 0; try < NR_TRIES; try++) {
		fill_node(test, nid);
		pin(&flags);
		observe();
		page = alloc_page(__GFP_NO_LOCKS);
		WRITE_ONCE(obs.armed, false);
		drain_node(nid);
		WRITE_ONCE(obs.armed, true);
		none = alloc_page(__GFP_NO_LOCKS);
		WRITE_ONCE(obs.armed, false);
		unpin(&flags);
		if (page) {
			page_nid = page_to_nid(page);
			__free_page(page);
		}
		if (none)
			__free_page(none);
		if (page && !none && !obs.locks)
			break;
	}
	set_mems_allowed(old);
	static_branch_dec(&cpusets_enabled_key);
	static_branch_dec(&cpusets_pre_enable_key);

	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, page_nid, nid);
	KUNIT_EXPECT_NULL(test, none);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
	KUNIT_EXPECT_EQ_MSG(test, obs.locks, 0, "first lock: %s", obs.lock);
}
#else
static void cpuset_limited(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_CPUSETS");
}
#endif

/*
 * Flags that contradict __GFP_NO_LOCKS are without effect. It is found out,
 * and warned about, where the list is empty.
 */
static const struct {
	const char *name;
	gfp_t gfp;
} contradictions[] = {
	{ "direct reclaim",	__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS },
	{ "kswapd reclaim",	__GFP_KSWAPD_RECLAIM },
	{ "nofail",		__GFP_NOFAIL | __GFP_DIRECT_RECLAIM },
	{ "GFP_KERNEL",		GFP_KERNEL },
	{ "GFP_ATOMIC",		GFP_ATOMIC },
	{ "account",		__GFP_ACCOUNT },
};

static void contradiction_desc(const typeof(contradictions[0]) *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(contradiction, contradictions, contradiction_desc);

static void check_contradiction(struct kunit *test, gfp_t gfp, bool bulk)
{
	struct page *page, *pages[NR_FILL] = {};
	struct state before, after;
	unsigned long flags, nr;
	int i, try;

	expect_warnings_begin(test);
	/* might_alloc() would complain about direct reclaim: not our matter. */
	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		drain_local_pages(NULL);
		if (gfp & __GFP_DIRECT_RECLAIM)
			unpin(&flags);
		observe();
		if (bulk) {
			nr = alloc_pages_bulk_array(gfp, NR_FILL, pages);
		} else {
			pages[0] = alloc_page(gfp);
			nr = !!pages[0];
		}
		WRITE_ONCE(obs.armed, false);
		if (!(gfp & __GFP_DIRECT_RECLAIM))
			unpin(&flags);
		if (!nr)
			break;
		for (i = 0; i < nr; i++) {
			__free_page(pages[i]);
			pages[i] = NULL;
		}
	}

	KUNIT_EXPECT_EQ(test, nr, 0);
	KUNIT_EXPECT_EQ(test, obs.kswapd, 0);
	KUNIT_EXPECT_EQ(test, obs.reclaim, 0);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);

	/* Now that the warning is out, which takes locks: nothing else does. */
	for (try = 0; try < NR_TRIES && !(gfp & __GFP_DIRECT_RECLAIM); try++) {
		obs.locks = 0;
		pin(&flags);
		drain_local_pages(NULL);
		page = observed_alloc(gfp, 0, &before, &after);
		unpin(&flags);
		if (page)
			__free_page(page);
		KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
		if (!page && !disturbed(&before, &after, 0)) {
			expect_untouched(test, &before, &after, 0);
			break;
		}
	}
	KUNIT_EXPECT_LT(test, try, NR_TRIES);
	expect_warnings_end(test, 1);
}

static void contradiction(struct kunit *test)
{
	const typeof(contradictions[0]) *p = test->param_value;

	check_contradiction(test, __GFP_NO_LOCKS | p->gfp, false);
	check_contradiction(test, __GFP_NO_LOCKS | p->gfp, true);
}

/*
 * With fault injection about to strike: it does not look at flagged allocations,
 * as it takes locks for its random numbers and may print.
 */
static void fault_injection(struct kunit *test)
{
#ifdef CONFIG_FAIL_PAGE_ALLOC
	struct state before, after;
	unsigned int left, left_no_locks;
	struct page *page, *fails;
	unsigned long flags;
	int try;

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 1);
		pin(&flags);
		/* Whoever comes next, of order 1 by default. */
		current->fail_nth = 1;
		fails = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 1);
		left = current->fail_nth;
		current->fail_nth = 1;
		page = observed_alloc(__GFP_NO_LOCKS | __GFP_COMP, 1, &before,
				      &after);
		left_no_locks = current->fail_nth;
		current->fail_nth = 0;
		unpin(&flags);
		if (fails)
			__free_pages(fails, 1);
		if (page)
			__free_pages(page, 1);
		if (page && !disturbed(&before, &after, 1 << 1))
			break;
	}

	KUNIT_EXPECT_NULL(test, fails);
	KUNIT_EXPECT_EQ(test, left, 0);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, left_no_locks, 1);
	expect_untouched(test, &before, &after, 1 << 1);
#else
	kunit_skip(test, "needs CONFIG_FAIL_PAGE_ALLOC");
#endif
}

static const char * const policies[] = { "interleave", "weighted interleave" };

static void policy_desc(const char * const *p, char *desc)
{
	strscpy(desc, *p, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(policy, policies, policy_desc);

#if defined(CONFIG_NUMA) && defined(CONFIG_TMPFS)
/*
 * The task's policy says that the next page is to come from the other node.
 * To follow it could mean to wait for the seqlock of mems_allowed.
 */
static void no_mempolicy(struct kunit *test)
{
	const char * const *mode = test->param_value;
	struct page *page, *pages[NR_FILL / 4] = {};
	struct state before, after;
	int i, nr, foreign, try, prev;
	struct mempolicy *pol;
	unsigned long flags;
	char str[32];

	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "needs two memory nodes");
	strscpy(str, *mode, sizeof(str));
	KUNIT_ASSERT_EQ(test, mpol_parse_str(str, &pol), 0);

	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		prev = numa_mem_id();
		current->il_prev = prev;
		current->il_weight = 0;
		current->mempolicy = pol;
		page = observed_alloc(__GFP_NO_LOCKS, 0, &before, &after);
		observe();
		nr = alloc_pages_bulk_array_mempolicy(__GFP_NO_LOCKS, ARRAY_SIZE(pages), pages);
		WRITE_ONCE(obs.armed, false);
		current->mempolicy = NULL;
		unpin(&flags);

		foreign = 0;
		if (page) {
			foreign += page_to_nid(page) != prev;
			__free_page(page);
		}
		for (i = 0; i < nr; i++) {
			foreign += page_to_nid(pages[i]) != prev;
			__free_page(pages[i]);
			pages[i] = NULL;
		}
		if (page && nr && !foreign && !disturbed(&before, &after, 1))
			break;
	}
	mpol_put(pol);

	KUNIT_EXPECT_NOT_NULL(test, page);
	/* With page_owner the bulk allocator takes one page at a time. */
	KUNIT_EXPECT_GT(test, nr, 0);
	KUNIT_EXPECT_EQ(test, foreign, 0);
	KUNIT_EXPECT_EQ(test, current->il_prev, prev);
	expect_untouched(test, &before, &after, 1);
}
#else
static void no_mempolicy(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_NUMA and CONFIG_TMPFS");
}
#endif

#ifdef CONFIG_MEMCG
/* What would have to be charged is not. */
static void accounted(struct kunit *test)
{
	struct page *page, *bulk[2] = {};
	unsigned long flags, nr;
	int i, try;

	if (mem_cgroup_disabled())
		kunit_skip(test, "needs memory cgroups");

	/* Nothing is charged before there is a memory cgroup, which sets this. */
	if (!memcg_kmem_online())
		static_branch_enable(&memcg_kmem_online_key);
	expect_warnings_begin(test);
	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		page = alloc_page(__GFP_NO_LOCKS | __GFP_ACCOUNT);
		unpin(&flags);
		if (page)
			break;
	}
	expect_warnings_end(test, 1);

	expect_warnings_begin(test);
	for (try = 0; try < NR_TRIES; try++) {
		fill_pcplist(test, 0);
		pin(&flags);
		nr = alloc_pages_bulk_array(__GFP_NO_LOCKS | __GFP_ACCOUNT,
					    ARRAY_SIZE(bulk), bulk);
		unpin(&flags);
		if (nr)
			break;
	}
	expect_warnings_end(test, 1);

	KUNIT_EXPECT_NOT_NULL(test, page);
	if (page) {
		KUNIT_EXPECT_FALSE(test, PageMemcgKmem(page));
		__free_page(page);
	}
	/* The bulk allocator leaves charging to that for single pages. */
	KUNIT_EXPECT_EQ(test, nr, 1);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_FALSE(test, PageMemcgKmem(bulk[i]));
		__free_page(bulk[i]);
	}
}
#else
static void accounted(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_MEMCG");
}
#endif

/* Slab: from the CPU's own freelist or not at all. */
static void no_slab(struct kunit *test)
{
	struct kmem_cache *cache;
	void *first, *second, *large, *some[2];

	cache = kmem_cache_create("gfp_no_locks", 64, 0, SLAB_NO_MERGE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	/* KFENCE has its own pages, and an object once in a while. */
	cache->flags |= SLAB_SKIP_KFENCE;

	expect_warnings_begin(test);
	first = kmem_cache_alloc(cache, __GFP_NO_LOCKS);
	expect_warnings_end(test, 1);
	KUNIT_EXPECT_NULL(test, first);
	if (first)
		kmem_cache_free(cache, first);

	expect_warnings_begin(test);
	large = kmalloc(KMALLOC_MAX_CACHE_SIZE + 1, __GFP_NO_LOCKS);
	expect_warnings_end(test, 1);
	KUNIT_EXPECT_NULL(test, large);
	kfree(large);

	/* Large and not to be had from slab; vmalloc() is not even tried. */
	expect_warnings_begin(test);
	large = kvmalloc(KMALLOC_MAX_CACHE_SIZE + 1, __GFP_NO_LOCKS);
	expect_warnings_end(test, 1);
	KUNIT_EXPECT_NULL(test, large);
	kvfree(large);

	expect_warnings_begin(test);
	KUNIT_EXPECT_EQ(test, 0, kmem_cache_alloc_bulk(cache, __GFP_NO_LOCKS,
						       ARRAY_SIZE(some), some));
	expect_warnings_end(test, 1);

	/* Any warning is that of the slow path, and then there is no object. */
	pr_info("no_locks: expect warning begin\n");
	first = kmem_cache_alloc(cache, GFP_KERNEL);
	observe();
	second = kmem_cache_alloc(cache, __GFP_NO_LOCKS);
	WRITE_ONCE(obs.armed, false);
	pr_info("no_locks: expect warning end\n");
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
	if (first)
		kmem_cache_free(cache, first);
	if (second)
		kmem_cache_free(cache, second);
	kmem_cache_destroy(cache);
}

static void no_vmalloc(struct kunit *test)
{
	void *p;

	pr_info("no_locks: expect warning begin\n");
	p = __vmalloc(PAGE_SIZE, __GFP_NO_LOCKS);
	pr_info("no_locks: expect warning end\n");
	KUNIT_EXPECT_NULL(test, p);
	/* This one warns always. */
	KUNIT_EXPECT_EQ(test, obs.warnings, 1);
	vfree(p);
}

static void no_percpu(struct kunit *test)
{
	int __percpu *p;

	pr_info("no_locks: expect warning begin\n");
	p = alloc_percpu_gfp(int, __GFP_NO_LOCKS);
	pr_info("no_locks: expect warning end\n");
	KUNIT_EXPECT_TRUE(test, !p);
	/* So does this. */
	KUNIT_EXPECT_EQ(test, obs.warnings, 1);
	free_percpu(p);
}

/* What is in excess would have to be given back. */
static void no_exact(struct kunit *test)
{
	void *p;

	fill_pcplist(test, 1);
	pr_info("no_locks: expect warning begin\n");
	p = alloc_pages_exact(PAGE_SIZE + 1, __GFP_NO_LOCKS);
	pr_info("no_locks: expect warning end\n");
	KUNIT_EXPECT_NULL(test, p);
	/* So does this. */
	KUNIT_EXPECT_EQ(test, obs.warnings, 1);
	if (p)
		free_pages_exact(p, PAGE_SIZE + 1);
}

/* A mempool asks its allocator, but its reserve is behind a lock. */
static void no_mempool(struct kunit *test)
{
	unsigned long flags;
	mempool_t *pool;
	void *p;
	int try;

	pool = mempool_create_page_pool(2, 0);
	KUNIT_ASSERT_NOT_NULL(test, pool);
	expect_warnings_begin(test);
	for (try = 0; try < NR_TRIES; try++) {
		pin(&flags);
		drain_local_pages(NULL);
		p = mempool_alloc(pool, __GFP_NO_LOCKS);
		unpin(&flags);
		if (!p)
			break;
		mempool_free(p, pool);
	}
	expect_warnings_end(test, 1);
	KUNIT_EXPECT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, pool->curr_nr, 2);
	mempool_destroy(pool);
}

static struct kunit_case no_locks_cases[] = {
	KUNIT_CASE(filled_list),
	KUNIT_CASE(empty_list),
	KUNIT_CASE(higher_orders),
	KUNIT_CASE(order_beyond_pcplists),
	KUNIT_CASE(own_migratetype),
	KUNIT_CASE(zeroed),
	KUNIT_CASE(bulk),
	KUNIT_CASE(unflagged_refills),
	KUNIT_CASE(zone_locks_held),
	KUNIT_CASE(pcp_lock_held),
	KUNIT_CASE(below_watermark),
	KUNIT_CASE(boosted_watermark),
	KUNIT_CASE(hard_irq),
	KUNIT_CASE(nmi),
	KUNIT_CASE(rt_not_preemptible),
	KUNIT_CASE(bad_page),
	KUNIT_CASE(flag_name),
	KUNIT_CASE(remote_node),
	KUNIT_CASE(no_remote_fallback),
	KUNIT_CASE(cpuset_limited),
	KUNIT_CASE_PARAM(contradiction, contradiction_gen_params),
	KUNIT_CASE(fault_injection),
	KUNIT_CASE_PARAM(no_mempolicy, policy_gen_params),
	KUNIT_CASE(accounted),
	KUNIT_CASE(no_slab),
	KUNIT_CASE(no_vmalloc),
	KUNIT_CASE(no_percpu),
	KUNIT_CASE(no_exact),
	KUNIT_CASE(no_mempool),
	{}
};

static struct kunit_suite no_locks_suite = {
	.name = "gfp_no_locks",
	.suite_init = register_probes,
	.suite_exit = unregister_probes,
	.init = no_locks_init,
	.exit = no_locks_exit,
	.test_cases = no_locks_cases,
};

kunit_test_suite(no_locks_suite);

MODULE_DESCRIPTION("KUnit tests for __GFP_NO_LOCKS");
MODULE_LICENSE("GPL");
