// SPDX-License-Identifier: GPL-2.0
/*
 * kvothers - what others pay for kvfree_rcu()'s blocks, and what memory pays.
 *
 * As kvflood, for any kernel, measured from outside. Loading runs one workload,
 * the results are in <debugfs>/kvothers/results (see bench.h).
 *
 *   neighbour  a raw-lock flood of nr objects, then an ordinary user of the page
 *              allocator on the same CPU, who takes and returns so many pages:
 *              what each costs him, how often he finds the pcplist empty, and for
 *              how long interrupts are off at the most
 *   beside     the same user on CPU 0, while all others flood in bursts. As the
 *              vCPUs take turns, and the clock goes on for all, what one page costs
 *              him is the median; the rest is counted
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
#include <linux/sort.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>

#include "bench.h"

static char *workload = "watch";
module_param(workload, charp, 0444);
MODULE_PARM_DESC(workload, "neighbour, beside, stream, success or watch");
static unsigned int nr = 100000;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "Objects a round, or in all and for each CPU (stream)");
static unsigned int burst = 100;
module_param(burst, uint, 0444);
MODULE_PARM_DESC(burst, "stream, beside: objects a section");
static unsigned int size = 64;
module_param(size, uint, 0444);
MODULE_PARM_DESC(size, "Bytes an object, 32 to 8192");
static unsigned int pages = 256;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "neighbour, beside: pages he takes; success: pages asked for");
static unsigned int order;
module_param(order, uint, 0444);
MODULE_PARM_DESC(order, "neighbour, beside: order of his allocations");
static bool bulk;
module_param(bulk, bool, 0444);
MODULE_PARM_DESC(bulk, "neighbour, beside: he takes 8 pages at a time");
static unsigned int rounds = 6;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "neighbour, beside: rounds, of which the first two do not count");
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

/* Of the CPUs of @mask, per @n. */
static void kvo_report_counts(const struct cpumask *mask, unsigned int n)
{
	struct kvo_counts sum = { };
	int c;

	for_each_cpu(c, mask) {
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

#define KVO_BULK 8

struct kvo_user {
	struct page **taken;	/* pages of them */
	u32 *took;		/* by each allocation, all rounds that count */
	unsigned int n;		/* entries of took */
	u64 alloc;
	u64 free;
	u64 worst_alloc;
	u64 worst_free;
};

static unsigned int kvo_take(struct page **taken)
{
	if (!bulk) {
		*taken = alloc_pages(GFP_NOWAIT, order);
		return 1;
	}
#ifdef alloc_pages_bulk_array
	alloc_pages_bulk_array(GFP_NOWAIT, KVO_BULK, taken);
#else
	alloc_pages_bulk(GFP_NOWAIT, KVO_BULK, taken);
#endif
	return KVO_BULK;
}

/* Takes and returns pages; interrupts are off for what is timed only. */
static void kvo_use(struct kvo_user *u, bool counts)
{
	unsigned long flags;
	unsigned int i, got;
	u64 took;

	memset(u->taken, 0, pages * sizeof(*u->taken));
	for (i = 0; i < pages; i += got) {
		local_irq_save(flags);
		took = get_cycles();
		got = kvo_take(u->taken + i);
		took = get_cycles() - took;
		local_irq_restore(flags);
		if (counts) {
			u->took[u->n++] = min_t(u64, took, U32_MAX);
			u->alloc += took;
			u->worst_alloc = max(u->worst_alloc, took);
		}
	}
	for (i = 0; i < pages; i++) {
		if (!u->taken[i])
			continue;
		local_irq_save(flags);
		took = get_cycles();
		__free_pages(u->taken[i], order);
		took = get_cycles() - took;
		local_irq_restore(flags);
		if (counts) {
			u->free += took;
			u->worst_free = max(u->worst_free, took);
		}
	}
}

static void kvo_forget_user(struct kvo_user *u)
{
	vfree(u->taken);
	vfree(u->took);
}

static int kvo_new_user(struct kvo_user *u)
{
	memset(u, 0, sizeof(*u));
	if (rounds < 3 || pages % KVO_BULK || (bulk && order))
		return -EINVAL;
	u->taken = vmalloc_array(pages, sizeof(*u->taken));
	u->took = vmalloc_array((size_t)pages * (rounds - 2), sizeof(*u->took));
	return u->taken && u->took ? 0 : -ENOMEM;
}

static void kvo_clear_counts(void)
{
	int c;

	for_each_possible_cpu(c)
		memset(per_cpu_ptr(&kvo_counts, c), 0,
		       sizeof(struct kvo_counts));
}

static int kvo_run_neighbour(void)
{
	struct kvo_obj **objs;
	struct kvo_user u;
	unsigned int i, r;
	int ret;

	objs = vmalloc_array(nr, sizeof(*objs));
	ret = kvo_new_user(&u);
	if (!objs)
		ret = -ENOMEM;
	for (r = 0; !ret && r < rounds; r++) {
		for (i = 0; i < nr; i++) {
			objs[i] = kmalloc(size, GFP_KERNEL);
			if (!objs[i]) {
				ret = -ENOMEM;
				goto out;
			}
			cond_resched();
		}
		fill_pcplist(400, 0);
		if (r == 2)
			kvo_clear_counts();
		/* From here: what the flood took is missing on the list. */
		WRITE_ONCE(kvo_count_on, true);
		kvo_free_raw(objs, nr);
		preempt_disable();
		kvo_use(&u, r >= 2);
		preempt_enable();
		barrier_fn();
		WRITE_ONCE(kvo_count_on, false);
	}
	if (!ret) {
		report_cycles(u.alloc, u.n, "his alloc_pages()");
		report_cycles(u.worst_alloc, 1, "his alloc_pages(), worst");
		report_cycles(u.free, (rounds - 2) * pages, "his __free_pages()");
		report_cycles(u.worst_free, 1, "his __free_pages(), worst");
		kvo_report_counts(cpu_possible_mask, rounds - 2);
	}
out:
	kvo_forget_user(&u);
	vfree(objs);
	return ret;
}

/* --------------------------------------------------------------- beside */

static int kvo_flood(void *arg)
{
	struct kvo_obj **objs = kmalloc_array(burst, sizeof(*objs), GFP_KERNEL);
	unsigned int i;

	while (!kthread_should_stop()) {
		for (i = 0; objs && i < burst; i++) {
			objs[i] = kmalloc(size, GFP_KERNEL);
			if (!objs[i])
				break;
		}
		kvo_free_raw(objs, i);
		atomic64_add(i, arg);
		cond_resched();
	}
	kfree(objs);
	return 0;
}

static int kvo_cmp(const void *a, const void *b)
{
	return *(u32 *)a < *(u32 *)b ? -1 : *(u32 *)a > *(u32 *)b;
}

static int kvo_run_beside(void)
{
	static struct task_struct *tasks[NR_CPUS];
	atomic64_t freed = ATOMIC64_INIT(0);
	struct kvo_user u;
	unsigned int r;
	int c, ret;

	ret = kvo_new_user(&u) ?: set_cpus_allowed_ptr(current, cpumask_of(0));
	for_each_online_cpu(c) {
		if (!c || ret)
			continue;
		tasks[c] = kthread_create_on_cpu(kvo_flood, &freed, c, "kvothers/%u");
		if (IS_ERR(tasks[c])) {
			ret = PTR_ERR(tasks[c]);
			tasks[c] = NULL;
			break;
		}
		wake_up_process(tasks[c]);
	}
	/* Until they are in full swing. */
	if (!ret)
		msleep(200);
	kvo_clear_counts();
	atomic64_set(&freed, 0);
	WRITE_ONCE(kvo_count_on, true);
	for (r = 0; !ret && r < rounds; r++) {
		if (r == 2)
			kvo_clear_counts();
		kvo_use(&u, r >= 2);
		msleep(20);
	}
	WRITE_ONCE(kvo_count_on, false);
	for_each_online_cpu(c)
		if (tasks[c])
			kthread_stop(tasks[c]);
	barrier_fn();
	if (!ret) {
		sort(u.took, u.n, sizeof(*u.took), kvo_cmp, NULL);
		report_cycles(u.took[u.n / 2], 1, "his alloc_pages(), median");
		report(atomic64_read(&freed), rounds, "objects", "freed beside him");
		kvo_report_counts(cpumask_of(0), rounds - 2);
	}
	kvo_forget_user(&u);
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
	kvo_report_counts(cpu_possible_mask, 1);
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
	ret = strcmp(workload, "success") && strcmp(workload, "watch") ?
	      find_barrier() : 0;
	if (ret)
		return ret;
	ret = kvo_probes_on();
	if (ret)
		goto out;
	if (!strcmp(workload, "neighbour"))
		ret = kvo_run_neighbour();
	else if (!strcmp(workload, "beside"))
		ret = kvo_run_beside();
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
