// SPDX-License-Identifier: GPL-2.0
/*
 * kvothers - what others pay for kvfree_rcu()'s blocks, and what memory pays.
 *
 * As kvflood, for any kernel, measured from outside. Loading runs one workload,
 * the results are in <debugfs>/kvothers/results (see bench.h).
 *
 *   neighbour  a raw-lock flood of nr objects, then an ordinary user of the page
 *              allocator on the same CPU, who takes and returns so many pages:
 *              what each costs him, how often he finds the pcplist empty
 *   stream     a thread a CPU allocates and frees with kvfree_rcu() in bursts,
 *              with nothing but the grace period to wait for: how low free memory
 *              gets, and how long it then takes until all is free
 *   success    every CPU at once, interrupts off: takes its pcplist down to a
 *              level, then asks for pages with __GFP_NO_LOCKS; share that got one
 *   watch      nothing of its own: how often anybody has to take zone->lock, until
 *              the results are read
 *
 * Who takes zone->lock is counted by tracepoints: an allocation on whose way
 * mm_page_alloc_zone_locked fires found the pcplist empty; a free on whose way
 * mm_page_pcpu_drain fires found it full.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>

#include "bench.h"

static char *workload = "watch";
module_param(workload, charp, 0444);
MODULE_PARM_DESC(workload, "neighbour, stream, success or watch");
static unsigned int nr = 100000;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "Objects a round, or in all and for each CPU (stream)");
static unsigned int burst = 100;
module_param(burst, uint, 0444);
MODULE_PARM_DESC(burst, "stream: objects a section");
static unsigned int size = 64;
module_param(size, uint, 0444);
MODULE_PARM_DESC(size, "Bytes an object, 32 to 8192");
static unsigned int pages = 256;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "neighbour: pages he takes; success: pages asked for");
static unsigned int order;
module_param(order, uint, 0444);
MODULE_PARM_DESC(order, "neighbour: order of his allocations");
static unsigned int rounds = 6;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "neighbour: rounds, of which the first two do not count");
/* -------------------------------------------------------------- probes */

struct kvo_counts {
	u64 allocs;
	u64 misses;
	u64 refilled;
	u64 frees;
	u64 overflows;
	u64 drained;
	bool missed;	/* by the allocation under way */
	bool overflowed;
};

static DEFINE_PER_CPU(struct kvo_counts, kvo_counts);
static bool kvo_count_on;

static void kvo_zone_locked(void *data, struct page *page, unsigned int order,
			    int migratetype, int percpu_refill)
{
	if (!READ_ONCE(kvo_count_on))
		return;
	this_cpu_write(kvo_counts.missed, true);
	this_cpu_inc(kvo_counts.refilled);
}

static void kvo_page_alloc(void *data, struct page *page, unsigned int order,
			   gfp_t gfp, int migratetype)
{
	if (!READ_ONCE(kvo_count_on))
		return;
	this_cpu_inc(kvo_counts.allocs);
	if (this_cpu_read(kvo_counts.missed)) {
		this_cpu_inc(kvo_counts.misses);
		this_cpu_write(kvo_counts.missed, false);
	}
}

static void kvo_page_free(void *data, struct page *page, unsigned int order)
{
	if (!READ_ONCE(kvo_count_on))
		return;
	this_cpu_inc(kvo_counts.frees);
	this_cpu_write(kvo_counts.overflowed, false);
}

static void kvo_pcpu_drain(void *data, struct page *page, unsigned int order,
			   int migratetype)
{
	if (!READ_ONCE(kvo_count_on))
		return;
	this_cpu_inc(kvo_counts.drained);
	if (!this_cpu_read(kvo_counts.overflowed)) {
		this_cpu_inc(kvo_counts.overflows);
		this_cpu_write(kvo_counts.overflowed, true);
	}
}

static struct kvo_probe {
	const char *name;
	void *func;
	struct tracepoint *tp;
	bool on;
} kvo_probes[] = {
	{ "mm_page_alloc_zone_locked",	kvo_zone_locked },
	{ "mm_page_alloc",		kvo_page_alloc },
	{ "mm_page_free",		kvo_page_free },
	{ "mm_page_pcpu_drain",		kvo_pcpu_drain },
};

static void kvo_find_tp(struct tracepoint *tp, void *priv)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kvo_probes); i++)
		if (!strcmp(tp->name, kvo_probes[i].name))
			kvo_probes[i].tp = tp;
}

static int kvo_probes_on(void)
{
	int i, ret;

	for_each_kernel_tracepoint(kvo_find_tp, NULL);
	for (i = 0; i < ARRAY_SIZE(kvo_probes); i++) {
		if (!kvo_probes[i].tp) {
			pr_err("no tracepoint %s\n", kvo_probes[i].name);
			return -ENOENT;
		}
		ret = tracepoint_probe_register(kvo_probes[i].tp,
						kvo_probes[i].func, NULL);
		if (ret)
			return ret;
		kvo_probes[i].on = true;
	}
	return 0;
}

static void kvo_probes_off(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kvo_probes); i++) {
		if (kvo_probes[i].on)
			tracepoint_probe_unregister(kvo_probes[i].tp,
						    kvo_probes[i].func, NULL);
		kvo_probes[i].on = false;
	}
	tracepoint_synchronize_unregister();
}

static void kvo_report_counts(unsigned int n)
{
	struct kvo_counts sum = { };
	int c;

	for_each_possible_cpu(c) {
		struct kvo_counts *k = per_cpu_ptr(&kvo_counts, c);

		sum.allocs += k->allocs;
		sum.misses += k->misses;
		sum.refilled += k->refilled;
		sum.frees += k->frees;
		sum.overflows += k->overflows;
		sum.drained += k->drained;
	}
	report(sum.allocs, n, "allocations", "allocations");
	report(sum.misses, n, "times", "pcplist empty");
	report(sum.refilled, n, "pages", "pages refilled");
	report(sum.overflows, n, "times", "pcplist full");
	report(sum.drained, n, "pages", "pages drained");
	report(sum.misses + sum.overflows, n, "times", "zone->lock");
}

/* ---------------------------------------------------------- environment */

struct kvo_obj {
	unsigned long pad[2];
	struct rcu_head rcu;
};

static DEFINE_RAW_SPINLOCK(kvo_lock);

static void kvo_free_raw(struct kvo_obj **objs, unsigned int n)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&kvo_lock, flags);
	for (i = 0; i < n; i++)
		kvfree_rcu(objs[i], rcu);
	raw_spin_unlock_irqrestore(&kvo_lock, flags);
}

/* ------------------------------------------------------------ neighbour */

static int kvo_run_neighbour(void)
{
	u64 took, alloc = 0, free = 0, worst = 0;
	struct kvo_obj **objs;
	struct page **taken;
	unsigned int i, r;
	int ret = -ENOMEM;
	cycles_t t;

	if (rounds < 3)
		return -EINVAL;
	objs = vmalloc_array(nr, sizeof(*objs));
	taken = vmalloc_array(pages, sizeof(*taken));
	if (!objs || !taken)
		goto out;
	for (r = 0; r < rounds; r++) {
		for (i = 0; i < nr; i++) {
			objs[i] = kmalloc(size, GFP_KERNEL);
			if (!objs[i])
				goto out;
			cond_resched();
		}
		fill_pcplist(400, 0);
		if (r == 2) {
			for_each_possible_cpu(i)
				memset(per_cpu_ptr(&kvo_counts, i), 0,
				       sizeof(struct kvo_counts));
			alloc = 0;
			free = 0;
			worst = 0;
		}
		/* From here: what the flood took is missing on the list. */
		WRITE_ONCE(kvo_count_on, true);
		kvo_free_raw(objs, nr);
		preempt_disable();
		for (i = 0; i < pages; i++) {
			t = get_cycles();
			taken[i] = alloc_pages(GFP_NOWAIT, order);
			took = get_cycles() - t;
			alloc += took;
			worst = max(worst, took);
		}
		t = get_cycles();
		for (i = 0; i < pages; i++)
			if (taken[i])
				__free_pages(taken[i], order);
		free += get_cycles() - t;
		preempt_enable();
		barrier_fn();
		WRITE_ONCE(kvo_count_on, false);
	}
	report_cycles(alloc, (rounds - 2) * pages, "his alloc_pages()");
	report_cycles(worst, 1, "his alloc_pages(), worst");
	report_cycles(free, (rounds - 2) * pages, "his __free_pages()");
	kvo_report_counts(rounds - 2);
	ret = 0;
out:
	vfree(objs);
	vfree(taken);
	return ret;
}

/* --------------------------------------------------------------- stream */

static unsigned long kvo_lowest;
static atomic_t kvo_failed;
static atomic_t kvo_running;
static DECLARE_COMPLETION(kvo_done);

static int kvo_stream(void *arg)
{
	unsigned int i, n, todo = nr;
	struct kvo_obj **objs;
	unsigned long free;

	objs = kmalloc_array(burst, sizeof(*objs), GFP_KERNEL);
	while (objs && todo) {
		n = min(burst, todo);
		for (i = 0; i < n; i++) {
			objs[i] = kmalloc(size, GFP_KERNEL);
			if (!objs[i]) {
				atomic_inc(&kvo_failed);
				break;
			}
		}
		kvo_free_raw(objs, i);
		todo -= n;
		free = free_pages_now();
		if (free < READ_ONCE(kvo_lowest))
			WRITE_ONCE(kvo_lowest, free);
		cond_resched();
	}
	kfree(objs);
	if (atomic_dec_and_test(&kvo_running))
		complete(&kvo_done);
	return 0;
}

static int kvo_run_stream(void)
{
	unsigned long before = free_pages_now();
	struct task_struct *task;
	unsigned int threads = 0;
	u64 start, flood;
	int c;

	kvo_lowest = before;
	atomic_set(&kvo_running, 1);
	start = ktime_get_ns();
	for_each_online_cpu(c) {
		task = kthread_create_on_cpu(kvo_stream, NULL, c, "kvothers/%u");
		if (IS_ERR(task))
			continue;
		atomic_inc(&kvo_running);
		threads++;
		wake_up_process(task);
	}
	if (!atomic_dec_and_test(&kvo_running))
		wait_for_completion(&kvo_done);
	flood = ktime_get_ns() - start;
	barrier_fn();
	if (threads != num_online_cpus())
		return -EAGAIN;
	report(before, 1, "pages", "free before");
	report(kvo_lowest, 1, "pages", "lowest free");
	report(before - kvo_lowest, 1, "pages", "peak memory");
	report(atomic_read(&kvo_failed), 1, "times", "no memory for an object");
	report(flood, NSEC_PER_MSEC, "ms", "time of the flood");
	report(ktime_get_ns() - start, NSEC_PER_MSEC, "ms",
	       "time until all is free");
	return 0;
}

/* -------------------------------------------------------------- success */

#ifdef __GFP_NO_LOCKS
struct kvo_success {
	struct list_head taken;
	unsigned int left;
	unsigned int got;
	u64 hit;
	u64 miss;
};

static DEFINE_PER_CPU(struct kvo_success, kvo_success);

/* In an IPI on every CPU. A list is counted by taking all that it has. */
static void kvo_ask(void *level)
{
	struct kvo_success *s = this_cpu_ptr(&kvo_success);
	struct page *page, *next;
	LIST_HEAD(list);
	unsigned int i;
	cycles_t t;

	while ((page = alloc_page(__GFP_NO_LOCKS)))
		list_add(&page->lru, &list);
	s->left = 0;
	list_for_each_entry_safe(page, next, &list, lru) {
		list_del(&page->lru);
		if (s->left < *(unsigned int *)level) {
			__free_page(page);
			s->left++;
		} else {
			list_add(&page->lru, &s->taken);
		}
	}
	s->got = 0;
	s->hit = 0;
	s->miss = 0;
	for (i = 0; i < pages; i++) {
		t = get_cycles();
		page = alloc_page(__GFP_NO_LOCKS);
		t = get_cycles() - t;
		if (page) {
			list_add(&page->lru, &s->taken);
			s->hit += t;
			s->got++;
		} else {
			s->miss += t;
		}
	}
}

static long kvo_fill_here(void *n)
{
	fill_pcplist(*(unsigned int *)n, 0);
	return 0;
}

static int kvo_run_success(void)
{
	static unsigned int levels[] = { 0, 1, 16, 64, 128, 256 };
	unsigned int l, asked, want = 1024;
	struct kvo_success sum;
	int c;

	for (l = 0; l < ARRAY_SIZE(levels); l++) {
		for_each_online_cpu(c) {
			INIT_LIST_HEAD(&per_cpu(kvo_success, c).taken);
			work_on_cpu(c, kvo_fill_here, &want);
		}
		on_each_cpu(kvo_ask, &levels[l], 1);
		asked = num_online_cpus() * pages;
		memset(&sum, 0, sizeof(sum));
		for_each_online_cpu(c) {
			struct kvo_success *s = &per_cpu(kvo_success, c);

			sum.left += s->left;
			sum.got += s->got;
			sum.hit += s->hit;
			sum.miss += s->miss;
			give_back(&s->taken, 0);
		}
		report(sum.left, num_online_cpus(), "pages", "%u: pages left",
		       levels[l]);
		report(100ULL * sum.got, asked, "%", "%u: got a page",
		       levels[l]);
		/* Under icount the clock is that of all CPUs together. */
		if (num_online_cpus() > 1)
			continue;
		report_cycles(sum.hit, sum.got, "%u: hit", levels[l]);
		report_cycles(sum.miss, asked - sum.got, "%u: miss", levels[l]);
	}
	return 0;
}
#else
/* Where the bit means nothing it is ignored, and the figure would lie. */
static int kvo_run_success(void)
{
	pr_info("no __GFP_NO_LOCKS in this kernel: skipped\n");
	return 0;
}
#endif

/* --------------------------------------------------------------- watch */

static void kvo_watch_report(void)
{
	WRITE_ONCE(kvo_count_on, false);
	kvo_report_counts(1);
}

static void kvo_start_watch(void)
{
	results_now = kvo_watch_report;
	WRITE_ONCE(kvo_count_on, true);
}

/* ------------------------------------------------------------- the rest */

static int __init kvo_init(void)
{
	int ret = -EINVAL;

	if (size < sizeof(struct kvo_obj) || size > 8192 || !nr || !burst ||
	    !pages) {
		pr_err("bad size, nr, burst or pages\n");
		return ret;
	}
	if (!*name)
		name = workload;
	ret = strcmp(workload, "neighbour") && strcmp(workload, "stream") ?
	      0 : find_barrier();
	if (ret)
		return ret;
	ret = kvo_probes_on();
	if (ret)
		goto out;
	if (!strcmp(workload, "neighbour"))
		ret = kvo_run_neighbour();
	else if (!strcmp(workload, "stream"))
		ret = kvo_run_stream();
	else if (!strcmp(workload, "success"))
		ret = kvo_run_success();
	else if (!strcmp(workload, "watch"))
		kvo_start_watch();
	else
		ret = -EINVAL;
out:
	if (ret || strcmp(workload, "watch"))
		kvo_probes_off();
	if (ret) {
		pr_err("%s: error %d\n", workload, ret);
		return ret;
	}
	results_create();
	return 0;
}

static void __exit kvo_exit(void)
{
	results_remove();
	kvo_probes_off();
}

module_init(kvo_init);
module_exit(kvo_exit);

MODULE_DESCRIPTION("What others pay for kvfree_rcu()");
MODULE_LICENSE("GPL");
