// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for kvfree_rcu(): each object is freed once, by the right channel.
 *
 * Channel 1: slab and large kmalloc() pointers in blocks. Channel 2: vmalloc()
 * pointers in blocks. Channel 3: the list through the rcu_heads. The tracepoints
 * of RCU tell the channel. They fire before the object is freed, so in addition
 * the tracepoint of freed pages must see the page of each object.
 */
#include <kunit/test.h>

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/kfence.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <trace/events/kmem.h>
#include <trace/events/rcu.h>

/* Pointers per block, see KVFREE_BULK_MAX_ENTR. */
#define BLOCK		((PAGE_SIZE - 5 * sizeof(void *)) / sizeof(void *))
/* The default of rcu_min_cached_objs. */
#define NR_CACHED	5
/* A flood that no cache holds blocks for. */
#define NR_FLOOD	((NR_CACHED + 2) * BLOCK)
#define NR_BLOCKS	16
#define NR_OBJS		(NR_BLOCKS * BLOCK)

/* Raw-lock holders cannot use the pcplist on PREEMPT_RT or without SMP. */
#define CACHE_ONLY \
	(IS_ENABLED(CONFIG_PREEMPT_RT) || !IS_ENABLED(CONFIG_SMP))

/* Run the block until @cond holds after it, ten times at most. */
#define retry_until(cond) \
	for (int __try = 0; __try < 10 && !(__try && (cond)); __try++)

enum kind { SLAB, LARGE, VMALLOC };

struct obj {
	struct obj **slot;	/* its place in flood.objs */
	struct rcu_head rcu;	/* offset 0 would look like a block */
};

static struct flood {
	struct kmem_cache *cache;
	unsigned int nr;
	struct obj *objs[NR_OBJS];
	atomic_t seen[NR_OBJS];
	bool page_freed[NR_OBJS];
	struct xarray index;	/* object address -> number */
	struct xarray pages;	/* pfn -> number of the first object in it */
	struct task_struct *task;
	bool armed;		/* @task is in a flood */
	struct {
		atomic_t channel[4];
		atomic_t twice;
		int blocks;		/* of channel 1 */
		/* What @task did in the flood, interrupts left out. */
		int tried;		/* allocations with __GFP_NO_LOCKS */
		int got;		/* ... that were successful */
		int list;		/* rcu_kvfree_block: "list" */
		int alloc;		/* rcu_kvfree_block: "alloc" */
	} count;
	/* @task frees the last objects inside of tracepoints. */
	unsigned int next_nested;
	bool nest;
	bool nested;
} *flood;

static DEFINE_RAW_SPINLOCK(raw_lock);

static void saw_obj(struct flood *f, void *ptr, int channel)
{
	void *entry = xa_load(&f->index, (unsigned long)ptr);
	unsigned long i;

	if (!entry)
		return;
	i = xa_to_value(entry);
	/* The address may have been reused by now. */
	if (((struct obj *)ptr)->slot != &f->objs[i])
		return;
	atomic_inc(&f->count.channel[channel]);
	if (atomic_inc_return(&f->seen[i]) > 1)
		atomic_inc(&f->count.twice);
}

/* The offset is that of the rcu_head on the list, and 0 for a block. */
static void probe_kvfree(void *data, const char *rcuname,
			 struct rcu_head *rhp, unsigned long offset)
{
	struct flood *f = READ_ONCE(flood);

	if (f)
		saw_obj(f, (void *)rhp - offset, offset ? 3 : 2);
}

static void probe_bulk(void *data, const char *rcuname, unsigned long nr,
		       void **p)
{
	struct flood *f = READ_ONCE(flood);
	int before = f ? atomic_read(&f->count.channel[1]) : 0;
	unsigned long i;

	for (i = 0; f && i < nr; i++)
		saw_obj(f, p[i], 1);
	if (f && atomic_read(&f->count.channel[1]) != before)
		f->count.blocks++;
}

static void probe_page_free(void *data, struct page *page, unsigned int order)
{
	struct flood *f = READ_ONCE(flood);
	unsigned long pfn, first = page_to_pfn(page);
	void *entry;

	if (!f)
		return;
	xa_for_each_range(&f->pages, pfn, entry, first, first + (1UL << order) - 1)
		f->page_freed[xa_to_value(entry)] = true;
}

static bool observed(struct flood *f)
{
	return f && READ_ONCE(f->armed) && current == f->task && in_task();
}

/* What a BPF program on a tracepoint might do. */
static void free_nested(struct flood *f)
{
	if (!f->nest || f->nested || f->next_nested >= f->nr)
		return;
	f->nested = true;
	kvfree_rcu(f->objs[f->next_nested++], rcu);
	f->nested = false;
}

static void probe_page_alloc(void *data, struct page *page, unsigned int order,
			     gfp_t gfp, int migratetype)
{
	struct flood *f = READ_ONCE(flood);

	if (!observed(f) || !(gfp & __GFP_NO_LOCKS))
		return;
	f->count.tried++;
	f->count.got += !!page;
	free_nested(f);
}

static void probe_kvfree_block(void *data, const char *rcuname,
			       const char *source)
{
	struct flood *f = READ_ONCE(flood);

	if (!observed(f))
		return;
	f->count.list += !strcmp(source, "list");
	f->count.alloc += !strcmp(source, "alloc");
	free_nested(f);
}

static int kvfree_rcu_suite_init(struct kunit_suite *suite)
{
	return register_trace_rcu_invoke_kvfree_callback(probe_kvfree, NULL) ?:
	       register_trace_rcu_invoke_kfree_bulk_callback(probe_bulk, NULL) ?:
	       register_trace_mm_page_free(probe_page_free, NULL) ?:
	       register_trace_mm_page_alloc(probe_page_alloc, NULL) ?:
	       register_trace_rcu_kvfree_block(probe_kvfree_block, NULL);
}

static void kvfree_rcu_suite_exit(struct kunit_suite *suite)
{
	unregister_trace_rcu_invoke_kvfree_callback(probe_kvfree, NULL);
	unregister_trace_rcu_invoke_kfree_bulk_callback(probe_bulk, NULL);
	unregister_trace_mm_page_free(probe_page_free, NULL);
	unregister_trace_mm_page_alloc(probe_page_alloc, NULL);
	unregister_trace_rcu_kvfree_block(probe_kvfree_block, NULL);
	tracepoint_synchronize_unregister();
}

/* Start again with no objects. All earlier ones have been freed. */
static void forget_objs(struct flood *f)
{
	f->nr = 0;
	xa_destroy(&f->index);
	xa_destroy(&f->pages);
	memset(&f->count, 0, sizeof(f->count));
}

static int kvfree_rcu_case_init(struct kunit *test)
{
	struct flood *f = kvzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	f->cache = kmem_cache_create("kvfree_rcu_kunit", sizeof(struct obj), 0,
				     SLAB_NO_MERGE, NULL);
	if (!f->cache) {
		kvfree(f);
		return -ENOMEM;
	}
	xa_init(&f->index);
	xa_init(&f->pages);
	f->task = current;
	/* The thread of this case; it ends with it. */
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	kvfree_rcu_barrier();
	test->priv = f;
	WRITE_ONCE(flood, f);
	return 0;
}

static void kvfree_rcu_case_exit(struct kunit *test)
{
	struct flood *f = flood;

	if (!f)
		return;
	kvfree_rcu_barrier();
	WRITE_ONCE(flood, NULL);
	tracepoint_synchronize_unregister();
	forget_objs(f);
	kmem_cache_destroy(f->cache);
	kvfree(f);
}

static struct obj *new_obj(struct flood *f, enum kind kind)
{
	if (kind == LARGE)
		return kmalloc(KMALLOC_MAX_CACHE_SIZE + 1, GFP_KERNEL);
	if (kind == VMALLOC)
		return vmalloc(PAGE_SIZE);
	return kmem_cache_alloc(f->cache, GFP_KERNEL);
}

/* Add @nr objects, which are of kind @a and of kind @b by turns. */
static void add_objs(struct kunit *test, unsigned int nr, enum kind a, enum kind b)
{
	struct flood *f = test->priv;
	unsigned int i, last = f->nr + nr;
	struct page *page;
	struct obj *obj;
	enum kind kind;
	void *entry;

	KUNIT_ASSERT_LE(test, last, NR_OBJS);
	for (i = f->nr; i < last; f->nr = ++i) {
		kind = i % 2 ? b : a;
		obj = new_obj(f, kind);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		page = kind == VMALLOC ? vmalloc_to_page(obj) : virt_to_head_page(obj);
		obj->slot = &f->objs[i];
		f->objs[i] = obj;
		atomic_set(&f->seen[i], 0);
		entry = xa_store(&f->index, (unsigned long)obj, xa_mk_value(i), GFP_KERNEL);
		KUNIT_ASSERT_EQ(test, xa_err(entry), 0);

		/* Only the first object of a slab stands for its page. */
		f->page_freed[i] = is_kfence_address(obj) ||
				   xa_load(&f->pages, page_to_pfn(page));
		if (f->page_freed[i])
			continue;
		entry = xa_store(&f->pages, page_to_pfn(page), xa_mk_value(i), GFP_KERNEL);
		KUNIT_ASSERT_EQ(test, xa_err(entry), 0);
	}
}

static unsigned int nr_unseen(struct flood *f)
{
	unsigned int i, nr = 0;

	for (i = 0; i < f->nr; i++)
		nr += !atomic_read(&f->seen[i]);
	return nr;
}

/* Each object has been freed, by the worker if there are two arguments. */
static void expect_freed(struct kunit *test, int nr_args)
{
	struct flood *f = test->priv;
	unsigned int i, lost = 0;

	kvfree_rcu_barrier();
	/* A slab returns its page only if all its objects are free. */
	kmem_cache_shrink(f->cache);
	for (i = 0; i < f->nr; i++)
		lost += !f->page_freed[i];
	KUNIT_EXPECT_EQ(test, lost, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->count.twice), 0);
	if (nr_args == 2)
		KUNIT_EXPECT_EQ(test, nr_unseen(f), 0);
}

static unsigned int channel(struct kunit *test, int i)
{
	struct flood *f = test->priv;

	return atomic_read(&f->count.channel[i]);
}

static void free_range(struct flood *f, unsigned int first, unsigned int last)
{
	unsigned int i;

	WRITE_ONCE(f->armed, true);
	for (i = first; i < last; i++)
		kvfree_rcu(f->objs[i], rcu);
	WRITE_ONCE(f->armed, false);
}

/* Free objects @first to @last in one go, with a raw lock held. */
static void free_raw(struct kunit *test, unsigned int first, unsigned int last)
{
	struct flood *f = test->priv;
	unsigned long flags;

	raw_spin_lock_irqsave(&raw_lock, flags);
	free_range(f, first, last);
	raw_spin_unlock_irqrestore(&raw_lock, flags);
}

/* The same, but on PREEMPT_RT without the raw lock: the pcplist can be used. */
static void free_flood(struct kunit *test, unsigned int first, unsigned int last)
{
	if (CACHE_ONLY)
		free_range(test->priv, first, last);
	else
		free_raw(test, first, last);
}

/*
 * Keep others away from the pcplist and the cache of this CPU until unpin(),
 * as far as possible. No grace period ends, so no block comes back.
 */
static void pin(unsigned long *flags)
{
	if (CACHE_ONLY) {
		sched_set_fifo(current);
		rcu_read_lock();
	} else {
		local_irq_save(*flags);
	}
}

static void unpin(unsigned long *flags)
{
	if (CACHE_ONLY) {
		rcu_read_unlock();
		sched_set_normal(current, 0);
	} else {
		local_irq_restore(*flags);
	}
}

/* Put more pages onto the pcplist than any flood needs. */
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

/* Use up the cache, so that the worker fills it. */
static void fill_cache(struct kunit *test)
{
	forget_objs(test->priv);
	add_objs(test, NR_OBJS, SLAB, SLAB);
	free_raw(test, 0, NR_OBJS);
	expect_freed(test, 2);
	msleep(100);
	forget_objs(test->priv);
}

static void need_pcplists(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_SMP))
		kunit_skip(test, "needs CONFIG_SMP");
}

static void free_mightsleep(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned int i;

	WRITE_ONCE(f->armed, true);
	for (i = 0; i < f->nr; i++)
		kvfree_rcu_mightsleep(f->objs[i]);
	WRITE_ONCE(f->armed, false);
}

/* Empty the caches. Two-argument callers get no block until the back-off ends. */
static void start_backoff(void)
{
	kvfree_rcu_barrier();
	drop_slab();
}

/* rcu_delay_page_cache_fill_msec is 5000 by default. */
static void wait_for_end_of_backoff(void)
{
	msleep(6 * MSEC_PER_SEC);
}

/* Fail all blocks that the flood allocates, until the end of the case. */
#if defined(CONFIG_KPROBES) && defined(CONFIG_FUNCTION_ERROR_INJECTION)
static int nr_failed;

static int fail_pre_handler(struct kprobe *p, struct pt_regs *regs)
{
	struct flood *f = READ_ONCE(flood);

	if (!f || current != f->task || !READ_ONCE(f->armed))
		return 0;
	nr_failed++;
	regs_set_return_value(regs, 0);
	override_function_with_return(regs);
	return 1;
}

NOKPROBE_SYMBOL(fail_pre_handler);

/* Keeps the probe from being optimised, see fail_function.c. */
static void fail_post_handler(struct kprobe *p, struct pt_regs *regs,
			      unsigned long flags)
{
}

static struct kprobe fail_kprobe = {
	.symbol_name = "get_free_pages_noprof",
	.pre_handler = fail_pre_handler,
	.post_handler = fail_post_handler,
};

static void fail_end(void *unused)
{
	unregister_kprobe(&fail_kprobe);
}

static void fail_blocks(struct kunit *test)
{
	nr_failed = 0;
	/* register_kprobe() needs these clean. */
	fail_kprobe.addr = NULL;
	fail_kprobe.flags = 0;
	KUNIT_ASSERT_EQ(test, register_kprobe(&fail_kprobe), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fail_end, NULL), 0);
}
#else
static int nr_failed;

static void fail_blocks(struct kunit *test)
{
	kunit_skip(test, "needs kprobes and function error injection");
}
#endif

/* The cases. */

static void check_kind(struct kunit *test, enum kind kind, int block_channel)
{
	forget_objs(test->priv);
	add_objs(test, NR_FLOOD, kind, kind);
	free_raw(test, 0, NR_FLOOD);
	expect_freed(test, 2);
	KUNIT_EXPECT_EQ(test, NR_FLOOD,
			channel(test, block_channel) + channel(test, 3));
}

static void test_two_arguments(struct kunit *test)
{
	check_kind(test, SLAB, 1);
	check_kind(test, LARGE, 1);
	check_kind(test, VMALLOC, 2);
}

/* There is no rcu_head, so nothing can be on the list. */
static void test_one_argument(struct kunit *test)
{
	add_objs(test, NR_FLOOD, SLAB, VMALLOC);
	free_mightsleep(test);
	expect_freed(test, 1);
	KUNIT_EXPECT_EQ(test, channel(test, 3), 0);
	KUNIT_EXPECT_GT(test, channel(test, 1), 0);
	KUNIT_EXPECT_GT(test, channel(test, 2), 0);
}

/* Without a block the caller waits for a grace period and frees the object. */
static void test_one_argument_no_block(struct kunit *test)
{
	struct flood *f = test->priv;

	fail_blocks(test);
	retry_until(nr_failed) {
		forget_objs(f);
		add_objs(test, NR_FLOOD, SLAB, VMALLOC);
		free_mightsleep(test);
		expect_freed(test, 1);
	}
	if (!nr_failed)
		kunit_skip(test, "the worker always refilled the cache in time");
	KUNIT_EXPECT_GT(test, nr_unseen(f), 0);
	KUNIT_EXPECT_EQ(test, channel(test, 3), 0);
}

/* Free exactly @nr objects through the list. */
static void check_list(struct kunit *test, unsigned int nr, enum kind a, enum kind b)
{
	retry_until(channel(test, 3) == nr) {
		forget_objs(test->priv);
		add_objs(test, nr, a, b);
		start_backoff();
		free_raw(test, 0, nr);
		expect_freed(test, 2);
	}
	KUNIT_EXPECT_EQ(test, channel(test, 3), nr);
}

/* The list is freed in batches of 32: less, one, more, and mixed kinds. */
static void test_list_in_bulk(struct kunit *test)
{
	static const unsigned int nrs[] = { 1, 31, 32, 33, 64, 100, 1000 };
	int i;

	for (i = 0; i < ARRAY_SIZE(nrs); i++) {
		check_list(test, nrs[i], SLAB, SLAB);
		check_list(test, nrs[i], VMALLOC, VMALLOC);
		check_list(test, nrs[i], SLAB, LARGE);
		check_list(test, nrs[i], SLAB, VMALLOC);
	}
}

/* During a back-off the cache is not refilled, afterwards it is. */
static void test_backoff(struct kunit *test)
{
	add_objs(test, 3 * BLOCK, SLAB, SLAB);
	wait_for_end_of_backoff();
	start_backoff();
	fill_pcplist(test);
	free_raw(test, 0, 1);
	msleep(MSEC_PER_SEC);
	free_raw(test, 1, BLOCK);
	kvfree_rcu_barrier();
	KUNIT_EXPECT_EQ(test, channel(test, 3), BLOCK);

	wait_for_end_of_backoff();
	free_raw(test, BLOCK, 3 * BLOCK);
	expect_freed(test, 2);
	KUNIT_EXPECT_EQ(test, channel(test, 1), 2 * BLOCK);
}

/* It ends in time, even if no block was needed and reclaim queried again. */
static void test_backoff_ends(struct kunit *test)
{
	add_objs(test, BLOCK + 1, SLAB, SLAB);
	wait_for_end_of_backoff();
	start_backoff();
	msleep(4 * MSEC_PER_SEC);
	start_backoff();
	msleep(2 * MSEC_PER_SEC);

	/* If this object finds no block, the worker refills the cache at once. */
	free_raw(test, 0, 1);
	msleep(MSEC_PER_SEC);
	free_raw(test, 1, BLOCK + 1);
	expect_freed(test, 2);
	KUNIT_EXPECT_GE(test, channel(test, 1), BLOCK);
}

/* While the pcplist lasts, no object is on the list. */
static void test_pcplist(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned long flags;

	need_pcplists(test);
	retry_until(f->count.got >= NR_BLOCKS - 1 && !channel(test, 3)) {
		forget_objs(f);
		add_objs(test, NR_OBJS, SLAB, SLAB);
		fill_pcplist(test);
		pin(&flags);
		free_flood(test, 0, NR_OBJS);
		unpin(&flags);
		expect_freed(test, 2);
	}
	if (IS_ENABLED(CONFIG_DEBUG_OBJECTS) && f->count.got != f->count.tried)
		kunit_skip(test, "debug objects used the pcplist");
	KUNIT_EXPECT_GE(test, f->count.got, NR_BLOCKS - 1);
	KUNIT_EXPECT_EQ(test, channel(test, 3), 0);
}

/* Callers that find pages leave the cache to those that find none. */
static void test_cache_kept(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned long flags;

	need_pcplists(test);
	retry_until(f->count.got && !channel(test, 3)) {
		fill_cache(test);
		add_objs(test, NR_FLOOD + 4 * BLOCK, SLAB, SLAB);
		fill_pcplist(test);
		pin(&flags);
		free_flood(test, 0, NR_FLOOD);
		if (!CACHE_ONLY)
			drain_local_pages(NULL);
		free_raw(test, NR_FLOOD, NR_FLOOD + 4 * BLOCK);
		unpin(&flags);
		expect_freed(test, 2);
	}
	KUNIT_EXPECT_GT(test, f->count.got, 0);
	KUNIT_EXPECT_EQ(test, channel(test, 3), 0);
}

/* After a failure the pcplist is tried again soon, and then less often. */
static void test_retries(struct kunit *test)
{
	struct flood *f = test->priv;
	unsigned long flags;

	/* Debug objects refill the pcplist in any context. */
	if (CACHE_ONLY || IS_ENABLED(CONFIG_DEBUG_OBJECTS))
		kunit_skip(test, "cannot keep the pcplist empty");
	add_objs(test, NR_OBJS, SLAB, SLAB);
	pin(&flags);
	drain_local_pages(NULL);
	free_raw(test, 0, NR_OBJS);
	unpin(&flags);
	expect_freed(test, 2);
	KUNIT_EXPECT_EQ(test, f->count.got, 0);
	KUNIT_EXPECT_EQ(test, f->count.list, channel(test, 3));
	/* At first after 8, 16, ... 256 objects: seven tries in about 1000. */
	KUNIT_EXPECT_GE(test, f->count.tried, 6 + (f->count.list - 1011) / (BLOCK + 1));
	KUNIT_EXPECT_LE(test, f->count.tried, 9 + f->count.list / (BLOCK + 1));
}

/* A nested call does not allocate, and the block that it adds is used. */
static void test_one_open_block(struct kunit *test)
{
	struct flood *f = test->priv;

	need_pcplists(test);
	retry_until(f->count.tried == 1 && f->count.blocks == 1) {
		fill_cache(test);
		add_objs(test, 2, SLAB, SLAB);
		fill_pcplist(test);
		f->next_nested = 1;
		f->nest = true;
		free_flood(test, 0, 1);
		f->nest = false;
		expect_freed(test, 2);
	}
	KUNIT_EXPECT_EQ(test, f->count.tried, 1);
	KUNIT_EXPECT_EQ(test, f->count.blocks, 1);
}

/* kvfree_rcu() on the tracepoints in kvfree_rcu() does not deadlock. */
static void test_nested(struct kunit *test)
{
	struct flood *f = test->priv;

	need_pcplists(test);
	add_objs(test, NR_OBJS, SLAB, SLAB);
	fill_pcplist(test);
	f->next_nested = NR_OBJS - NR_BLOCKS;
	f->nest = true;
	free_flood(test, 0, NR_OBJS - NR_BLOCKS);
	f->nest = false;
	KUNIT_EXPECT_GT(test, f->next_nested, NR_OBJS - NR_BLOCKS);
	free_raw(test, f->next_nested, NR_OBJS);
	expect_freed(test, 2);
}

/* Single-argument callers find pages on the pcplist before they may sleep. */
static void test_one_argument_pcplist(struct kunit *test)
{
	struct flood *f = test->priv;

	need_pcplists(test);
	retry_until(f->count.got && !f->count.alloc) {
		forget_objs(f);
		add_objs(test, NR_FLOOD, SLAB, SLAB);
		fill_pcplist(test);
		free_mightsleep(test);
		expect_freed(test, 1);
	}
	KUNIT_EXPECT_GT(test, f->count.got, 0);
	KUNIT_EXPECT_EQ(test, f->count.alloc, 0);
}

static void test_raw_lock_refused(struct kunit *test)
{
	struct flood *f = test->priv;

	if (!CACHE_ONLY)
		kunit_skip(test, "raw-lock holders may use the pcplist");
	add_objs(test, NR_FLOOD, SLAB, SLAB);
	fill_pcplist(test);
	free_raw(test, 0, NR_FLOOD);
	expect_freed(test, 2);
	KUNIT_EXPECT_EQ(test, f->count.tried, 0);
	KUNIT_EXPECT_GE(test, channel(test, 3), BLOCK);
}

static struct kunit_case kvfree_rcu_cases[] = {
	KUNIT_CASE(test_two_arguments),
	KUNIT_CASE(test_one_argument),
	KUNIT_CASE(test_one_argument_no_block),
	KUNIT_CASE(test_pcplist),
	KUNIT_CASE(test_cache_kept),
	KUNIT_CASE(test_retries),
	KUNIT_CASE(test_one_open_block),
	KUNIT_CASE(test_nested),
	KUNIT_CASE(test_one_argument_pcplist),
	KUNIT_CASE(test_raw_lock_refused),
	/* Last, because their back-offs affect all CPUs for some seconds. */
	KUNIT_CASE_SLOW(test_list_in_bulk),
	KUNIT_CASE_SLOW(test_backoff),
	KUNIT_CASE_SLOW(test_backoff_ends),
	{}
};

static struct kunit_suite kvfree_rcu_suite = {
	.name = "kvfree_rcu",
	.suite_init = kvfree_rcu_suite_init,
	.suite_exit = kvfree_rcu_suite_exit,
	.init = kvfree_rcu_case_init,
	.exit = kvfree_rcu_case_exit,
	.test_cases = kvfree_rcu_cases,
};

kunit_test_suite(kvfree_rcu_suite);

MODULE_DESCRIPTION("KUnit tests for kvfree_rcu()");
MODULE_LICENSE("GPL");
