// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for __GFP_NO_LOCKS: the allocation takes a page from the pcplist
 * of this CPU, or fails without a refill or a wakeup. It waits for no lock.
 *
 * Most cases bring the pcplists of this CPU into a known state, allocate, and
 * look at what has changed. Other CPUs change NR_FREE_PAGES meanwhile, and on
 * PREEMPT_RT other tasks may use the pcplists. So a case runs until it was not
 * disturbed. On a kernel that breaks the contract every run fails.
 */
#include <kunit/test.h>

#include <linux/gfp.h>
#include <linux/hardirq.h>
#include <linux/irq_work.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>

#include <trace/events/kmem.h>
#include <trace/events/lock.h>
#include <trace/events/vmscan.h>

#include "../internal.h"

#define NR_FILL		16
#define NR_TRIES	50

/* Run the block until @cond holds after it, NR_TRIES times at most. */
#define retry_until(cond) \
	for (int __try = 0; __try < NR_TRIES && !(__try && (cond)); __try++)

/* What the tracepoints saw of @task while @armed, interrupts left out. */
static struct {
	struct task_struct *task;
	bool armed;
	int kswapd;
	int zone_locked;
	int locks;
	const char *lock;
} obs;

static bool observed(void)
{
	return READ_ONCE(obs.armed) && current == obs.task && in_task();
}

static void probe_wakeup_kswapd(void *data, int nid, int zid, int order,
				gfp_t gfp)
{
	if (observed())
		obs.kswapd++;
}

/* Fires for every page that leaves the buddy lists, zone->lock held. */
static void probe_zone_locked(void *data, struct page *page,
			      unsigned int order, int migratetype,
			      int percpu_refill)
{
	if (observed())
		obs.zone_locked++;
}

#ifdef CONFIG_LOCKDEP
/*
 * Lockdep exempts trylocks from its check of wait types, but its tracepoint
 * shows them. Allowed are the trylock of the pcplist, the wait_lock inside
 * pcp->lock, and RCU, which is annotated like a lock.
 */
static void probe_lock_acquire(void *data, struct lockdep_map *lock,
			       unsigned int subclass, int trylock, int read,
			       int check, struct lockdep_map *next_lock,
			       unsigned long ip)
{
	if (!observed() || lock == &rcu_lock_map)
		return;
	if (trylock && !strcmp(lock->name, "&pcp->lock"))
		return;
	/* DEBUG_RT_MUTEXES: the wait_lock inside of pcp->lock. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) &&
	    !strcmp(lock->name, "&lock->wait_lock"))
		return;
	if (!obs.locks++)
		obs.lock = lock->name;
}
#endif

static int no_locks_suite_init(struct kunit_suite *suite)
{
	int ret;

	ret = register_trace_mm_vmscan_wakeup_kswapd(probe_wakeup_kswapd, NULL);
	if (!ret)
		ret = register_trace_mm_page_alloc_zone_locked(probe_zone_locked, NULL);
#ifdef CONFIG_LOCKDEP
	if (!ret)
		ret = register_trace_lock_acquire(probe_lock_acquire, NULL);
#endif
	return ret;
}

static void no_locks_suite_exit(struct kunit_suite *suite)
{
	unregister_trace_mm_vmscan_wakeup_kswapd(probe_wakeup_kswapd, NULL);
	unregister_trace_mm_page_alloc_zone_locked(probe_zone_locked, NULL);
#ifdef CONFIG_LOCKDEP
	unregister_trace_lock_acquire(probe_lock_acquire, NULL);
#endif
	tracepoint_synchronize_unregister();
}

static int no_locks_init(struct kunit *test)
{
	memset(&obs, 0, sizeof(obs));
	obs.task = current;
	/* The thread of this case; it ends with it. */
	return set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
}

static void no_locks_exit(struct kunit *test)
{
	obs.armed = false;
	obs.task = NULL;
}

static void observe(void)
{
	obs.kswapd = 0;
	obs.zone_locked = 0;
	/* PREEMPT_RT: a try whose unlock wakes a waiter does not count. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		obs.locks = 0;
	WRITE_ONCE(obs.armed, true);
}

static void observe_end(void)
{
	WRITE_ONCE(obs.armed, false);
}

static void expect_no_work(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, obs.kswapd, 0);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
	KUNIT_EXPECT_EQ_MSG(test, obs.locks, 0, "first lock: %s", obs.lock);
}

/* There is no way to keep a warning that is provoked out of the log. */
static void avoid_warning(struct kunit *test)
{
	if (IS_ENABLED(CONFIG_DEBUG_VM))
		kunit_skip(test, "warns with CONFIG_DEBUG_VM");
}

/* Keep others away from the pcplists of this CPU, as far as possible. */
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

static void free_if_any(struct page *page, unsigned int order)
{
	if (page)
		__free_pages(page, order);
}

/* Put at least one, normally NR_FILL, pages of @order onto the pcplist. */
static void fill_pcplist(struct kunit *test, unsigned int order)
{
	struct page *pages[NR_FILL], *single = alloc_page(GFP_KERNEL);
	int i;

	for (i = 0; i < NR_FILL; i++)
		pages[i] = alloc_pages(GFP_KERNEL, order);
	KUNIT_ASSERT_NOT_NULL(test, single);
	for (i = 0; i < NR_FILL; i++) {
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		/* PCPF_PREV_FREE_HIGH_ORDER: the last free must not drain. */
		if (i == NR_FILL - 1)
			__free_page(single);
		__free_pages(pages[i], order);
	}
}

static struct per_cpu_pages *this_pcp(struct zone *zone)
{
	return per_cpu_ptr(zone->per_cpu_pageset, raw_smp_processor_id());
}

/* State that an allocation from the pcplist must not change, except @count. */
struct state {
	unsigned long free;
	int count;
	int high;
	int alloc_factor;
	int free_count;
};

static void get_state(struct state *s)
{
	struct zone *zone;

	memset(s, 0, sizeof(*s));
	for_each_populated_zone(zone) {
		s->free += zone_page_state_snapshot(zone, NR_FREE_PAGES);
		s->count += this_pcp(zone)->count;
		s->high += this_pcp(zone)->high;
		s->alloc_factor += this_pcp(zone)->alloc_factor;
		s->free_count += this_pcp(zone)->free_count;
	}
}

static void set_free_counts(int free_count)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		this_pcp(zone)->free_count = free_count;
}

/* Add to the watermarks from @lowest upwards. */
static void move_watermarks(enum zone_watermarks lowest, long add)
{
	struct zone *zone;
	int w;

	for_each_populated_zone(zone) {
		for (w = lowest; w < NR_WMARK; w++)
			zone->_watermark[w] += add;
		clear_bit(ZONE_BELOW_HIGH, &zone->flags);
	}
}

#define OUT_OF_REACH	(LONG_MAX / 2)

/*
 * One allocation under observation, to be called pinned. Where that is allowed
 * it is done with a raw spinlock held.
 */
static struct page *observed_alloc(gfp_t gfp, unsigned int order,
				   struct state *before, struct state *after)
{
	static DEFINE_RAW_SPINLOCK(raw_lock);
	bool raw = (gfp & __GFP_NO_LOCKS) && !IS_ENABLED(CONFIG_PREEMPT_RT);
	struct page *page;

	get_state(before);
	if (raw)
		raw_spin_lock(&raw_lock);
	observe();
	page = alloc_pages(gfp, order);
	observe_end();
	if (raw)
		raw_spin_unlock(&raw_lock);
	get_state(after);

	return page;
}

/* False if another CPU or task interfered. The case is then repeated. */
static bool undisturbed(const struct state *before, const struct state *after,
			unsigned int nr_taken)
{
	if (before->free != after->free ||
	    before->count - nr_taken != after->count)
		return false;
	/* On PREEMPT_RT other tasks run, and the unlock may wake a waiter. */
	return !IS_ENABLED(CONFIG_PREEMPT_RT) ||
	       (!obs.locks && before->high == after->high &&
		before->alloc_factor == after->alloc_factor);
}

static void expect_untouched(struct kunit *test, const struct state *before,
			     const struct state *after, unsigned int nr_taken)
{
	KUNIT_EXPECT_EQ(test, before->free, after->free);
	KUNIT_EXPECT_EQ(test, before->count - nr_taken, after->count);
	KUNIT_EXPECT_EQ(test, before->high, after->high);
	KUNIT_EXPECT_EQ(test, before->alloc_factor, after->alloc_factor);
	expect_no_work(test);
}

/* Allocate with @gfp from a filled (@filled) or from an empty pcplist. */
static void check_alloc(struct kunit *test, gfp_t gfp, unsigned int order,
			bool filled)
{
	unsigned int nr_taken = filled ? 1 << order : 0;
	struct state before, after;
	struct page *page = NULL;
	unsigned long flags;

	retry_until(!!page == filled && undisturbed(&before, &after, nr_taken)) {
		fill_pcplist(test, order);
		pin(&flags);
		if (!filled)
			drain_local_pages(NULL);
		page = observed_alloc(gfp, order, &before, &after);
		unpin(&flags);
		free_if_any(page, order);
	}

	KUNIT_EXPECT_EQ(test, !!page, filled);
	expect_untouched(test, &before, &after, nr_taken);
}

/* The cases. */

static void test_filled_list(struct kunit *test)
{
	check_alloc(test, __GFP_NO_LOCKS, 0, true);
}

static void test_empty_list(struct kunit *test)
{
	check_alloc(test, __GFP_NO_LOCKS, 0, false);
}

static void test_orders(struct kunit *test)
{
	int order;

	for (order = 1; order <= PAGE_ALLOC_COSTLY_ORDER; order++) {
		check_alloc(test, __GFP_NO_LOCKS | __GFP_COMP, order, true);
		check_alloc(test, __GFP_NO_LOCKS | __GFP_COMP, order, false);
	}
}

/* Pcplists do not hold this order. */
static void test_order_too_high(struct kunit *test)
{
	const unsigned int order = PAGE_ALLOC_COSTLY_ORDER + 1;
	struct page *page;

	avoid_warning(test);
	observe();
	page = alloc_pages(__GFP_NO_LOCKS | __GFP_COMP, order);
	observe_end();

	KUNIT_EXPECT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
	free_if_any(page, order);
}

/* Without the flag an empty list is refilled, and the observer sees that. */
static void test_unflagged(struct kunit *test)
{
	struct state before, after;
	struct page *page = NULL;
	unsigned long flags;

	retry_until(after.count > before.count) {
		pin(&flags);
		drain_local_pages(NULL);
		page = observed_alloc(GFP_NOWAIT, 0, &before, &after);
		unpin(&flags);
		KUNIT_ASSERT_NOT_NULL(test, page);
		__free_page(page);
	}

	KUNIT_EXPECT_GT(test, obs.zone_locked, 1);
	KUNIT_EXPECT_GT(test, after.count, before.count);
}

/* A drain on another CPU or the interrupted context may hold pcp->lock. */
static void test_pcp_lock_held(struct kunit *test)
{
	struct state before, after;
	struct page *page = NULL;
	unsigned long flags;
	struct zone *zone;
	int nr;

	if (!IS_ENABLED(CONFIG_SMP))
		kunit_skip(test, "a trylock cannot fail on UP");

	/* On PREEMPT_RT an interrupt may wake softirqs in our name. */
	retry_until(!obs.locks) {
		fill_pcplist(test, 0);
		pin(&flags);
		nr = 0;
		for_each_populated_zone(zone)
			spin_lock_nested(&this_pcp(zone)->lock,
					 nr++ % MAX_LOCKDEP_SUBCLASSES);
		page = observed_alloc(__GFP_NO_LOCKS, 0, &before, &after);
		for_each_populated_zone(zone)
			spin_unlock(&this_pcp(zone)->lock);
		unpin(&flags);
		free_if_any(page, 0);
	}

	KUNIT_EXPECT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, before.count, after.count);
	expect_no_work(test);
}

/* pcp->free_count is halved when a page is taken, and only then. */
static void test_free_count(struct kunit *test)
{
	struct state before, after, after_miss;
	struct page *page = NULL, *none = NULL;
	unsigned long flags;

	retry_until(page && !none && undisturbed(&before, &after, 1)) {
		fill_pcplist(test, 0);
		pin(&flags);
		set_free_counts(64);
		page = observed_alloc(__GFP_NO_LOCKS, 0, &before, &after);
		drain_local_pages(NULL);
		set_free_counts(64);
		none = alloc_page(__GFP_NO_LOCKS);
		get_state(&after_miss);
		set_free_counts(0);
		unpin(&flags);
		free_if_any(page, 0);
		free_if_any(none, 0);
	}

	KUNIT_EXPECT_EQ(test, after.free_count, before.free_count - 32);
	KUNIT_EXPECT_EQ(test, after_miss.free_count, before.free_count);
}

/* Between the min and the low watermark the list can be used. */
static void test_above_min(struct kunit *test)
{
	struct state before, after;
	struct page *page = NULL;
	unsigned long flags;

	retry_until(page && undisturbed(&before, &after, 1)) {
		fill_pcplist(test, 0);
		pin(&flags);
		move_watermarks(WMARK_LOW, OUT_OF_REACH);
		page = observed_alloc(__GFP_NO_LOCKS, 0, &before, &after);
		move_watermarks(WMARK_LOW, -OUT_OF_REACH);
		unpin(&flags);
		free_if_any(page, 0);
	}

	KUNIT_EXPECT_NOT_NULL(test, page);
	expect_untouched(test, &before, &after, 1);
}

/*
 * Below the min watermark a task with PF_MEMALLOC fills the list from the
 * reserves. These pages are not for others.
 */
static void test_reserves(struct kunit *test)
{
	struct page *reserve = NULL, *page = NULL, *again = NULL;
	struct state before, after;
	unsigned int noreclaim;
	unsigned long flags;

	retry_until(reserve && before.count && !page && again &&
		    undisturbed(&before, &after, 0)) {
		pin(&flags);
		drain_local_pages(NULL);
		move_watermarks(WMARK_MIN, OUT_OF_REACH);
		noreclaim = memalloc_noreclaim_save();
		reserve = alloc_page(__GFP_NOWARN);
		memalloc_noreclaim_restore(noreclaim);
		page = observed_alloc(__GFP_NO_LOCKS, 0, &before, &after);
		move_watermarks(WMARK_MIN, -OUT_OF_REACH);
		again = alloc_page(__GFP_NO_LOCKS);
		unpin(&flags);
		free_if_any(reserve, 0);
		free_if_any(page, 0);
		free_if_any(again, 0);
	}

	KUNIT_EXPECT_NOT_NULL(test, reserve);
	KUNIT_EXPECT_GT(test, before.count, 0);
	KUNIT_EXPECT_NULL(test, page);
	KUNIT_EXPECT_NOT_NULL(test, again);
	expect_untouched(test, &before, &after, 0);
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

static void test_hardirq(struct kunit *test)
{
	const bool refused = IS_ENABLED(CONFIG_PREEMPT_RT);
	struct hardirq_work hw = {
		.work = IRQ_WORK_INIT_HARD(hardirq_fn),
	};

	retry_until(hw.page || refused) {
		fill_pcplist(test, 0);
		KUNIT_ASSERT_TRUE(test, irq_work_queue(&hw.work));
		irq_work_sync(&hw.work);
		free_if_any(hw.page, 0);
	}

	KUNIT_EXPECT_TRUE(test, hw.in_hardirq);
	KUNIT_EXPECT_EQ(test, !hw.page, refused);
}

static void test_nmi(struct kunit *test)
{
	const bool refused = IS_ENABLED(CONFIG_PREEMPT_RT) || !IS_ENABLED(CONFIG_SMP);
	unsigned long flags;
	struct page *page = NULL;

	retry_until(page || refused) {
		fill_pcplist(test, 0);
		local_irq_save(flags);
		nmi_enter();
		page = alloc_page(__GFP_NO_LOCKS);
		nmi_exit();
		local_irq_restore(flags);
		free_if_any(page, 0);
	}

	KUNIT_EXPECT_EQ(test, !page, refused);
}

/* Flags that must not be combined with it. They have no effect on a miss. */
static const struct {
	const char *name;
	gfp_t gfp;
} contradictions[] = {
	{ "GFP_KERNEL",		GFP_KERNEL },
	{ "GFP_ATOMIC",		GFP_ATOMIC },
	{ "nofail",		__GFP_NOFAIL | __GFP_DIRECT_RECLAIM },
	{ "account",		__GFP_ACCOUNT },
};

KUNIT_ARRAY_PARAM_DESC(contradiction, contradictions, name);

static void test_contradiction(struct kunit *test)
{
	const typeof(contradictions[0]) *p = test->param_value;
	struct page *page = NULL;

	avoid_warning(test);
	/* Not pinned, because might_alloc() checks for direct reclaim. */
	retry_until(!page) {
		drain_all_pages(NULL);
		observe();
		page = alloc_page(__GFP_NO_LOCKS | p->gfp);
		observe_end();
		free_if_any(page, 0);
	}

	KUNIT_EXPECT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, obs.kswapd, 0);
	KUNIT_EXPECT_EQ(test, obs.zone_locked, 0);
}

#if defined(CONFIG_NUMA) && defined(CONFIG_TMPFS)
/*
 * Interleaving would take the next page from the other node. The policy is
 * ignored, because reading it may wait for a writer of mems_allowed_seq.
 */
static void test_mempolicy(struct kunit *test)
{
	int nid = NUMA_NO_NODE, il_prev = NUMA_NO_NODE;
	char str[] = "interleave";
	struct mempolicy *pol;
	unsigned long flags;
	struct page *page = NULL;

	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "needs two nodes with memory");
	KUNIT_ASSERT_EQ(test, mpol_parse_str(str, &pol), 0);

	retry_until(nid == numa_mem_id()) {
		fill_pcplist(test, 0);
		pin(&flags);
		current->il_prev = numa_mem_id();
		current->mempolicy = pol;
		page = alloc_page(__GFP_NO_LOCKS);
		current->mempolicy = NULL;
		il_prev = current->il_prev;
		unpin(&flags);
		if (page)
			nid = page_to_nid(page);
		free_if_any(page, 0);
	}
	mpol_put(pol);

	KUNIT_EXPECT_EQ(test, nid, numa_mem_id());
	KUNIT_EXPECT_EQ(test, il_prev, numa_mem_id());
}
#else
static void test_mempolicy(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_NUMA and CONFIG_TMPFS");
}
#endif

#ifdef CONFIG_FAIL_PAGE_ALLOC
/* Fault injection takes locks for its random numbers, so it is left out. */
static void test_fault_injection(struct kunit *test)
{
	struct state before, after;
	struct page *page = NULL;
	unsigned long flags;
	int left = 0;

	retry_until(page && undisturbed(&before, &after, 1 << 1)) {
		/* By default faults are injected from order 1. */
		fill_pcplist(test, 1);
		pin(&flags);
		current->fail_nth = 1;
		page = observed_alloc(__GFP_NO_LOCKS | __GFP_COMP, 1, &before,
				      &after);
		left = current->fail_nth;
		current->fail_nth = 0;
		unpin(&flags);
		free_if_any(page, 1);
	}

	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, left, 1);
	expect_untouched(test, &before, &after, 1 << 1);
}
#else
static void test_fault_injection(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAIL_PAGE_ALLOC");
}
#endif

static void test_flag_name(struct kunit *test)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NO_LOCKS;
	char buf[64];

	snprintf(buf, sizeof(buf), "%pGg", &gfp);
	KUNIT_EXPECT_STREQ(test, buf, "GFP_KERNEL|__GFP_NO_LOCKS");
}

/* Slab reports these flags and dumps the stack, which is not done here. */
static void test_slab(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, GFP_SLAB_BUG_MASK & __GFP_NO_LOCKS);
}

static struct kunit_case no_locks_cases[] = {
	KUNIT_CASE(test_filled_list),
	KUNIT_CASE(test_empty_list),
	KUNIT_CASE(test_orders),
	KUNIT_CASE(test_order_too_high),
	KUNIT_CASE(test_unflagged),
	KUNIT_CASE(test_pcp_lock_held),
	KUNIT_CASE(test_free_count),
	KUNIT_CASE(test_above_min),
	KUNIT_CASE(test_reserves),
	KUNIT_CASE(test_hardirq),
	KUNIT_CASE(test_nmi),
	KUNIT_CASE_PARAM(test_contradiction, contradiction_gen_params),
	KUNIT_CASE(test_mempolicy),
	KUNIT_CASE(test_fault_injection),
	KUNIT_CASE(test_flag_name),
	KUNIT_CASE(test_slab),
	{}
};

static struct kunit_suite no_locks_suite = {
	.name = "gfp_no_locks",
	.suite_init = no_locks_suite_init,
	.suite_exit = no_locks_suite_exit,
	.init = no_locks_init,
	.exit = no_locks_exit,
	.test_cases = no_locks_cases,
};

kunit_test_suite(no_locks_suite);

MODULE_DESCRIPTION("KUnit tests for __GFP_NO_LOCKS");
MODULE_LICENSE("GPL");
