// SPDX-License-Identifier: GPL-2.0
/*
 * kvflood - what kvfree_rcu() and the page allocator's per-CPU lists cost.
 *
 * Runs on any kernel from 6.12 on, changed or not: everything is measured from
 * outside, with get_cycles() and with probes on tracepoints that the kernel
 * already has. Loading the module runs one workload; the results are then in
 * <debugfs>/kvflood/results (see bench.h).
 *
 * Workloads (workload=):
 *   flood    nr objects, allocated beforehand, given to kvfree_rcu() in bursts
 *            under a raw spinlock with interrupts off, then drained
 *   steady   the same from preemptible context, over and over; the last rounds
 *   kfree    the same objects, but freed by kfree(), one by one
 *   bulk     the same, but freed by kfree_bulk(), a burst at a time
 *   single   kvfree_rcu_mightsleep(): how many grace periods does it wait for
 *   hotpath  cycles of an alloc_page()/__free_page() pair on a filled pcplist
 *   watch    nothing of its own: probes stay until rmmod, for other workloads
 *
 * All of these free in the order of allocation, or in another one (order=): what
 * lies next to each other in a slab is freed in one step only if it comes in turn.
 *
 * count=0 times, count=1 counts objects down each channel. A probe that fires
 * once an object costs more than what it watches, so do these in two runs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "bench.h"

static char *workload = "flood";
module_param(workload, charp, 0444);
MODULE_PARM_DESC(workload, "flood, steady, kfree, bulk, single, hotpath or watch");
static char *type = "kmalloc-64";
module_param(type, charp, 0444);
MODULE_PARM_DESC(type, "kmalloc-64, -256, -1k, -4k, large, vmalloc or mixed");
static unsigned int nr;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "Objects a round (0: a default for the workload)");
static char *order = "in";
module_param(order, charp, 0444);
MODULE_PARM_DESC(order, "in, shuffle, or run=N: runs of N neighbours, shuffled");
static bool touch;
module_param(touch, bool, 0444);
MODULE_PARM_DESC(touch, "Write to objects just before they are freed, not timed");
static unsigned int evict;
module_param(evict, uint, 0444);
MODULE_PARM_DESC(evict, "Mebibytes to read before each round and each drain");
static unsigned int burst;
module_param(burst, uint, 0444);
MODULE_PARM_DESC(burst, "Objects a section (0: all in one)");
static unsigned int resched;
module_param(resched, uint, 0444);
MODULE_PARM_DESC(resched, "Let others run after so many sections (0: at the end)");
static unsigned int pause;
module_param(pause, uint, 0444);
MODULE_PARM_DESC(pause, "Microseconds to sleep after each section");
static char *ctx = "";
module_param(ctx, charp, 0444);
MODULE_PARM_DESC(ctx, "raw (lock held, interrupts off) or any (preemptible)");
static unsigned int rounds;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "Rounds (0: a default for the workload)");
static int warm = -1;
module_param(warm, int, 0444);
MODULE_PARM_DESC(warm, "First rounds that are not reported (-1: default)");
static unsigned int fill;
module_param(fill, uint, 0444);
MODULE_PARM_DESC(fill, "Pages to put onto the pcplist before each round");
static unsigned int vpages = 1;
module_param(vpages, uint, 0444);
MODULE_PARM_DESC(vpages, "Pages of a vmalloc object");
static bool count;
module_param(count, bool, 0444);
MODULE_PARM_DESC(count, "Count objects instead of timing them");
static bool pressure;
module_param(pressure, bool, 0444);
MODULE_PARM_DESC(pressure, "single: take all memory first, keep the pcplist");
static unsigned int cpu;
module_param(cpu, uint, 0444);
MODULE_PARM_DESC(cpu, "CPU that runs the workload");

/* ------------------------------------------------------- tracked time */

/*
 * A task's time between two points, without what other tasks or RCU callbacks
 * ran in between: a worker may be preempted, and reschedules while it frees.
 */
struct kvf_clock {
	struct task_struct *task;
	cycles_t since;
	u64 sum;
};

#define KVF_MAX_CLOCKS	32

static DEFINE_RAW_SPINLOCK(kvf_clock_lock);
static struct kvf_clock kvf_clocks[KVF_MAX_CLOCKS];
static atomic_t kvf_nr_clocks;
static unsigned long kvf_lost_clocks;

static struct kvf_clock *kvf_clock_find(struct task_struct *task)
{
	int i;

	for (i = 0; i < KVF_MAX_CLOCKS; i++)
		if (kvf_clocks[i].task == task)
			return &kvf_clocks[i];
	return NULL;
}

static void kvf_clock_start(void)
{
	struct kvf_clock *clock;
	unsigned long flags;

	raw_spin_lock_irqsave(&kvf_clock_lock, flags);
	clock = kvf_clock_find(NULL);
	if (clock) {
		clock->task = current;
		clock->sum = 0;
		atomic_inc(&kvf_nr_clocks);
		clock->since = bench_clock();
	} else {
		kvf_lost_clocks++;
	}
	raw_spin_unlock_irqrestore(&kvf_clock_lock, flags);
}

static u64 kvf_clock_stop(void)
{
	cycles_t now = bench_clock();
	struct kvf_clock *clock;
	unsigned long flags;
	u64 sum = 0;

	raw_spin_lock_irqsave(&kvf_clock_lock, flags);
	clock = kvf_clock_find(current);
	if (clock) {
		sum = clock->sum + (now - clock->since);
		clock->task = NULL;
		atomic_dec(&kvf_nr_clocks);
	}
	raw_spin_unlock_irqrestore(&kvf_clock_lock, flags);
	return sum;
}

static void kvf_sched_switch(void *data, bool preempt, struct task_struct *prev,
			     struct task_struct *next, unsigned int prev_state)
{
	cycles_t now = bench_clock();
	struct kvf_clock *clock;

	if (!atomic_read(&kvf_nr_clocks))
		return;
	raw_spin_lock(&kvf_clock_lock);
	clock = kvf_clock_find(prev);
	if (clock)
		clock->sum += now - clock->since;
	clock = kvf_clock_find(next);
	if (clock)
		clock->since = bench_clock();
	raw_spin_unlock(&kvf_clock_lock);
}

/* Works that drain what kvfree_rcu() took, and the one that refills its cache */
enum {
	KVF_WORK, KVF_MONITOR, KVF_SHEAF, KVF_VMAP, KVF_VFREE, KVF_FILL, KVF_RCU,
	KVF_NR_CLASSES, KVF_OTHER = -1
};

static const struct {
	const char *function;
	const char *metric;
} kvf_classes[KVF_NR_CLASSES] = {
	[KVF_WORK]	= { "kfree_rcu_work",		"drain.work" },
	[KVF_MONITOR]	= { "kfree_rcu_monitor",	"drain.monitor" },
	[KVF_SHEAF]	= { "flush_rcu_sheaf",		"drain.sheaf" },
	[KVF_VMAP]	= { "drain_vmap_area_work",	"drain.vmap" },
	[KVF_VFREE]	= { "delayed_vfree_work",	"drain.vfree" },
	[KVF_FILL]	= { "fill_page_cache_func",	"fill" },
	[KVF_RCU]	= { NULL,			"drain.rcu_cb" },
};

struct kvf_sums {
	u64 cycles[KVF_NR_CLASSES];
	u64 runs[KVF_NR_CLASSES];
};

static struct kvf_sums kvf_sums;
static unsigned long kvf_lowest_free;
static unsigned long kvf_free_at_start;
static DEFINE_PER_CPU(cycles_t, kvf_batch_start);

/* Names are looked up once a function, and never while the clock runs. */
static struct {
	work_func_t func;
	int class;
} kvf_funcs[128];
static unsigned int kvf_nr_funcs;

static int kvf_classify(work_func_t func)
{
	char sym[KSYM_SYMBOL_LEN];
	unsigned long flags;
	unsigned int i, n;
	int class = KVF_OTHER;

	/* Pairs with the release below: the first n entries are filled in. */
	n = smp_load_acquire(&kvf_nr_funcs);
	for (i = 0; i < n; i++)
		if (kvf_funcs[i].func == func)
			return kvf_funcs[i].class;

	sprint_symbol(sym, (unsigned long)func);
	sym[strcspn(sym, "+.")] = '\0';
	for (i = 0; i < KVF_NR_CLASSES; i++)
		if (kvf_classes[i].function &&
		    !strcmp(sym, kvf_classes[i].function))
			class = i;

	raw_spin_lock_irqsave(&kvf_clock_lock, flags);
	if (kvf_nr_funcs < ARRAY_SIZE(kvf_funcs)) {
		kvf_funcs[kvf_nr_funcs].func = func;
		kvf_funcs[kvf_nr_funcs].class = class;
		/* Pairs with the acquire above. */
		smp_store_release(&kvf_nr_funcs, kvf_nr_funcs + 1);
	}
	raw_spin_unlock_irqrestore(&kvf_clock_lock, flags);
	return class;
}

static void kvf_account(int class, u64 cycles)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&kvf_clock_lock, flags);
	kvf_sums.cycles[class] += cycles;
	kvf_sums.runs[class]++;
	raw_spin_unlock_irqrestore(&kvf_clock_lock, flags);
}

static void kvf_note_free(void)
{
	unsigned long free = free_pages_now();

	if (free < READ_ONCE(kvf_lowest_free))
		WRITE_ONCE(kvf_lowest_free, free);
}

static void kvf_work_start(void *data, struct work_struct *work)
{
	if (kvf_classify(work->func) == KVF_OTHER)
		return;
	kvf_note_free();
	kvf_clock_start();
}

static void kvf_work_memory(void *data, struct work_struct *work)
{
	if (kvf_classify(work->func) != KVF_OTHER)
		kvf_note_free();
}

static void kvf_work_end(void *data, struct work_struct *work, work_func_t func)
{
	int class = kvf_classify(func);

	if (class != KVF_OTHER)
		kvf_account(class, kvf_clock_stop());
}

/* RCU callbacks: sheaves are freed from there, and nothing here on 6.12. */
static void kvf_rcu_batch_start(void *data, const char *rcuname, long qlen,
				long blimit)
{
	/* A thread there, which a flood of higher priority may preempt. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		kvf_clock_start();
		return;
	}
	this_cpu_write(kvf_batch_start, bench_clock());
}

static void kvf_rcu_batch_end(void *data, const char *rcuname, int invoked,
			      char cb, char nr_, char iit, char risk)
{
	cycles_t start = this_cpu_read(kvf_batch_start);
	cycles_t delta = bench_clock() - start;
	struct kvf_clock *clock;
	unsigned long flags;

	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		kvf_account(KVF_RCU, kvf_clock_stop());
		return;
	}
	if (!start)
		return;
	this_cpu_write(kvf_batch_start, 0);
	raw_spin_lock_irqsave(&kvf_clock_lock, flags);
	kvf_sums.cycles[KVF_RCU] += delta;
	kvf_sums.runs[KVF_RCU]++;
	/* It came as a softirq on top of a task whose clock runs. */
	clock = kvf_clock_find(current);
	if (clock)
		clock->since += delta;
	raw_spin_unlock_irqrestore(&kvf_clock_lock, flags);
}

/* ------------------------------------------------------------ counting */

static atomic64_t kvf_list_objs;	/* channel 3 */
static atomic64_t kvf_block_objs;	/* channels 1 and 2 */
static atomic64_t kvf_blocks;
static atomic64_t kvf_gp_waits;
static atomic64_t kvf_exp_waits;
static struct task_struct *kvf_waiter;	/* NULL: whoever waits */

/*
 * The offset is that of the rcu_head on the list, where it may be 0, as for an
 * epitem, and 0 for a vmalloc object out of a block. No vmalloc object here has
 * its rcu_head at offset 0.
 */
static void kvf_list_obj(void *data, const char *rcuname, void *rhp,
			 unsigned long offset)
{
	if (offset || !is_vmalloc_addr(rhp))
		atomic64_inc(&kvf_list_objs);
	else
		atomic64_inc(&kvf_block_objs);
}

static void kvf_bulk_objs(void *data, const char *rcuname,
			  unsigned long nr_records, void **p)
{
	atomic64_add(nr_records, &kvf_block_objs);
	atomic64_inc(&kvf_blocks);
}

static void kvf_gp_wait(void *data, const char *rcuname, struct rcu_head *rhp,
			const char *event)
{
	if (kvf_waiter && kvf_waiter != current)
		return;
	if (!strcmp(event, "request"))
		atomic64_inc(&kvf_gp_waits);
}

static void kvf_exp_wait(void *data, const char *rcuname, unsigned long gpseq,
			 const char *event)
{
	if (kvf_waiter && kvf_waiter != current)
		return;
	if (!strcmp(event, "snap"))
		atomic64_inc(&kvf_exp_waits);
}

/* -------------------------------------------------------------- probes */

enum { KVF_TIME = 1, KVF_COUNT = 2, KVF_WAITS = 4, KVF_MEMORY = 8 };

static struct kvf_probe {
	const char *name;
	void *func;
	unsigned int mode;
	struct tracepoint *tp;
	bool on;
} kvf_probes[] = {
	{ "sched_switch",		kvf_sched_switch,	KVF_TIME },
	{ "workqueue_execute_start",	kvf_work_start,		KVF_TIME },
	{ "workqueue_execute_end",	kvf_work_end,		KVF_TIME },
	{ "workqueue_execute_start",	kvf_work_memory,	KVF_MEMORY },
	{ "rcu_batch_start",		kvf_rcu_batch_start,	KVF_TIME },
	{ "rcu_batch_end",		kvf_rcu_batch_end,	KVF_TIME },
	{ "rcu_invoke_kvfree_callback",	kvf_list_obj,		KVF_COUNT },
	{ "rcu_invoke_kfree_bulk_callback", kvf_bulk_objs,	KVF_COUNT },
	{ "rcu_sr_normal",		kvf_gp_wait,		KVF_WAITS },
	{ "rcu_exp_grace_period",	kvf_exp_wait,		KVF_WAITS },
};

static void kvf_find_tp(struct tracepoint *tp, void *priv)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kvf_probes); i++)
		if (!strcmp(tp->name, kvf_probes[i].name))
			kvf_probes[i].tp = tp;
}

static int kvf_probes_on(unsigned int modes)
{
	int i, ret;

	for_each_kernel_tracepoint(kvf_find_tp, NULL);
	for (i = 0; i < ARRAY_SIZE(kvf_probes); i++) {
		struct kvf_probe *p = &kvf_probes[i];

		if (!(p->mode & modes))
			continue;
		if (!p->tp) {
			pr_err("no tracepoint %s: CONFIG_RCU_TRACE, tracing?\n",
			       p->name);
			return -ENOENT;
		}
		ret = tracepoint_probe_register(p->tp, p->func, NULL);
		if (ret)
			return ret;
		p->on = true;
	}
	return 0;
}

static void kvf_probes_off(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kvf_probes); i++) {
		struct kvf_probe *p = &kvf_probes[i];

		if (p->on)
			tracepoint_probe_unregister(p->tp, p->func, NULL);
		p->on = false;
	}
	tracepoint_synchronize_unregister();
}

/* --------------------------------------------------------- environment */

/* What two back-to-back readings differ by. */
static u64 kvf_overhead(void)
{
	u64 min = U64_MAX;
	unsigned long flags;
	int i;

	local_irq_save(flags);
	for (i = 0; i < 1000; i++) {
		cycles_t t0 = bench_clock();
		cycles_t t1 = bench_clock();

		min = min_t(u64, min, t1 - t0);
	}
	local_irq_restore(flags);
	return min;
}

/* ------------------------------------------------------------- objects */

/* The rcu_head is not at offset 0: see kvf_list_obj(). */
struct kvf_obj {
	unsigned long pad[2];
	struct rcu_head rcu;
};

enum {
	KVF_64, KVF_1K, KVF_LARGE, KVF_VMALLOC, KVF_NR_TYPES, KVF_MIXED,
	KVF_256, KVF_4K,
};

static const char * const kvf_types[] = {
	"kmalloc-64", "kmalloc-1k", "large", "vmalloc", "", "mixed",
	"kmalloc-256", "kmalloc-4k",
};

static int kvf_type;
static struct kvf_obj **kvf_objs;

static struct kvf_obj *kvf_alloc(unsigned int i)
{
	int t = kvf_type == KVF_MIXED ? i % KVF_NR_TYPES : kvf_type;

	switch (t) {
	case KVF_64:
		return kmalloc(64, GFP_KERNEL);
	case KVF_1K:
		return kmalloc(1024, GFP_KERNEL);
	case KVF_256:
		return kmalloc(256, GFP_KERNEL);
	case KVF_4K:
		return kmalloc(4096, GFP_KERNEL);
	case KVF_LARGE:
		return kmalloc(KMALLOC_MAX_CACHE_SIZE + 1,
			       GFP_KERNEL | __GFP_NOWARN);
	default:
		return vmalloc(vpages * PAGE_SIZE);
	}
}

static int kvf_alloc_all(void)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		kvf_objs[i] = kvf_alloc(i);
		if (!kvf_objs[i])
			goto nomem;
		cond_resched();
	}
	return 0;
nomem:
	pr_err("no memory for object %u of %u\n", i, nr);
	while (i--)
		kvfree(kvf_objs[i]);
	return -ENOMEM;
}

/* --------------------------------------------------------------- order */

static unsigned int kvf_run_length;	/* 0: in order */

static int kvf_parse_order(void)
{
	if (!strcmp(order, "in"))
		kvf_run_length = 0;
	else if (!strcmp(order, "shuffle"))
		kvf_run_length = 1;
	else if (sscanf(order, "run=%u", &kvf_run_length) != 1 || !kvf_run_length)
		return -EINVAL;
	return 0;
}

/* ------------------------------------------------ flood, steady, frees */

struct kvf_round {
	u64 enqueue;
	u64 worst;
	unsigned long sections;
	unsigned long pcp_all;
	unsigned long pcp_unmovable;
	unsigned long free_before;
	unsigned long free_lowest;
	s64 list;
	s64 blocks;
	struct kvf_sums sums;
};

static DEFINE_RAW_SPINLOCK(kvf_flood_lock);

static u64 kvf_clock_cost;

static void kvf_touch(unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		WRITE_ONCE(kvf_objs[from]->pad[0], from);
}

/*
 * One section with the lock held; returns what it took. What is to be touched
 * is, a few objects at a time, while nobody else can run.
 */
static noinline u64 kvf_section_raw(unsigned int from, unsigned int to)
{
	unsigned int i, end, step = touch ? 100 : to - from;
	unsigned long flags;
	cycles_t t0, t1;
	u64 took = 0;

	raw_spin_lock_irqsave(&kvf_flood_lock, flags);
	for (; from < to; from = end) {
		end = min(from + step, to);
		if (touch)
			kvf_touch(from, end);
		t0 = bench_clock();
		for (i = from; i < end; i++)
			kvfree_rcu(kvf_objs[i], rcu);
		t1 = bench_clock();
		took += t1 - t0 - min_t(u64, t1 - t0, kvf_clock_cost);
	}
	raw_spin_unlock_irqrestore(&kvf_flood_lock, flags);
	return took;
}

static noinline u64 kvf_section_any(unsigned int from, unsigned int to)
{
	unsigned int i;

	kvf_clock_start();
	for (i = from; i < to; i++)
		kvfree_rcu(kvf_objs[i], rcu);
	return kvf_clock_stop();
}

static noinline u64 kvf_section_kfree(unsigned int from, unsigned int to)
{
	unsigned int i;

	kvf_clock_start();
	for (i = from; i < to; i++)
		kfree(kvf_objs[i]);
	return kvf_clock_stop();
}

static noinline u64 kvf_section_bulk(unsigned int from, unsigned int to)
{
	kvf_clock_start();
	kfree_bulk(to - from, (void **)&kvf_objs[from]);
	return kvf_clock_stop();
}

static u64 (*kvf_section)(unsigned int from, unsigned int to);

static bool kvf_is_free(void)
{
	return kvf_section == kvf_section_kfree || kvf_section == kvf_section_bulk;
}

static void *kvf_evict_buf;

/* Have the caches hold something else. */
static void kvf_evict(void)
{
	size_t i, size = (size_t)evict * SZ_1M;

	for (i = 0; i < size; i += 64) {
		(*(u64 *)(kvf_evict_buf + i))++;
		if (!(i % SZ_1M))
			cond_resched();
	}
}

static int kvf_flood_round(struct kvf_round *r)
{
	unsigned int i, step = burst ?: nr;
	int ret;

	memset(r, 0, sizeof(*r));
	ret = kvf_alloc_all();
	if (ret)
		return ret;
	shuffle_runs((void **)kvf_objs, nr, kvf_run_length);
	kvf_evict();
	if (fill)
		fill_pcplist(fill, 0);

	memset(&kvf_sums, 0, sizeof(kvf_sums));
	atomic64_set(&kvf_list_objs, 0);
	atomic64_set(&kvf_blocks, 0);
	r->free_before = free_pages_now();
	kvf_lowest_free = r->free_before;
	pcplist_pages(&r->pcp_all, &r->pcp_unmovable);

	for (i = 0; i < nr; i += step) {
		unsigned int to = min(i + step, nr);
		u64 took;

		if (touch && kvf_section != kvf_section_raw)
			kvf_touch(i, to);
		took = kvf_section(i, to);
		if (kvf_section != kvf_section_raw)
			took -= min(took, kvf_clock_cost);
		r->enqueue += took;
		r->worst = max(r->worst, took);
		r->sections++;
		kvf_note_free();
		if (resched && !(r->sections % resched))
			cond_resched();
		if (pause)
			usleep_range(pause, pause);
	}

	/* The drain waits for a grace period, which is longer than this. */
	if (!kvf_is_free())
		kvf_evict();
	barrier_fn();
	/* What RCU itself still has to run, sheaves for one. */
	rcu_barrier();
	r->sums = kvf_sums;
	r->free_lowest = kvf_lowest_free;
	r->list = atomic64_read(&kvf_list_objs);
	r->blocks = atomic64_read(&kvf_blocks);
	/* Lazily freed areas are not to be paid for by the next round. */
	vm_unmap_aliases();
	return 0;
}

static int kvf_run_flood(void)
{
	struct kvf_round *rr, all = { .pcp_unmovable = ULONG_MAX,
				      .pcp_all = ULONG_MAX };
	unsigned int i, c, n = 0;
	u64 drain = 0;
	u64 min_list = U64_MAX, max_list = 0, min_enq = U64_MAX, max_enq = 0;
	u64 objs, held = 0;
	int ret = 0;

	if (!strcmp(workload, "kfree"))
		kvf_section = kvf_section_kfree;
	else if (!strcmp(workload, "bulk"))
		kvf_section = kvf_section_bulk;
	else if (!strcmp(ctx, "raw"))
		kvf_section = kvf_section_raw;
	else if (!strcmp(ctx, "any"))
		kvf_section = kvf_section_any;
	else
		return -EINVAL;
	if (kvf_is_free() && (kvf_type == KVF_VMALLOC || kvf_type == KVF_MIXED)) {
		pr_err("kfree and bulk are not for vmalloc objects\n");
		return -EINVAL;
	}
	rr = kcalloc(rounds, sizeof(*rr), GFP_KERNEL);
	if (!rr)
		return -ENOMEM;
	if (evict) {
		kvf_evict_buf = vzalloc((size_t)evict * SZ_1M);
		if (!kvf_evict_buf) {
			kfree(rr);
			return -ENOMEM;
		}
	}
	kvf_clock_cost = kvf_overhead();

	for (i = 0; i < rounds && !ret; i++)
		ret = kvf_flood_round(&rr[i]);
	if (ret)
		goto out;

	for (i = warm; i < rounds; i++, n++) {
		struct kvf_round *r = &rr[i];

		all.enqueue += r->enqueue;
		all.worst = max(all.worst, r->worst);
		all.sections += r->sections;
		all.pcp_all = min(all.pcp_all, r->pcp_all);
		all.pcp_unmovable = min(all.pcp_unmovable, r->pcp_unmovable);
		all.list += r->list;
		all.blocks += r->blocks;
		held = max_t(u64, held, r->free_before - r->free_lowest);
		min_list = min_t(u64, min_list, r->list);
		max_list = max_t(u64, max_list, r->list);
		min_enq = min(min_enq, r->enqueue);
		max_enq = max(max_enq, r->enqueue);
		for (c = 0; c < KVF_NR_CLASSES; c++) {
			all.sums.cycles[c] += r->sums.cycles[c];
			all.sums.runs[c] += r->sums.runs[c];
			if (c != KVF_FILL)
				drain += r->sums.cycles[c];
		}
	}

	objs = (u64)n * nr;
	if (count) {
		report(all.pcp_unmovable, 1, "pages",
		       "pcplist before, unmovable, counted");
		report(all.list * 100, objs, "%", "channel 3");
		report(min_list * 100, nr, "%", "channel 3, least");
		report(max_list * 100, nr, "%", "channel 3, most");
		report(all.list, n, "objects", "channel 3 a round");
		report(all.blocks, n, "blocks", "blocks a round");
		goto out;
	}
	if (kvf_is_free()) {
		report_cycles(all.enqueue, objs, "free");
		report_cycles(min_enq, nr, "free, least");
		report_cycles(max_enq, nr, "free, most");
		goto out;
	}
	report(nr, 1, "objects", "objects");
	report(all.sections, n, "sections", "sections a round");
	report(all.pcp_all, 1, "pages", "pcplist before");
	report(all.pcp_unmovable, 1, "pages", "pcplist before, unmovable");
	report_cycles(all.enqueue, objs, "enqueue");
	report_cycles(min_enq, nr, "enqueue, least");
	report_cycles(max_enq, nr, "enqueue, most");
	report_cycles(all.worst, 1, "worst section");
	report_cycles(drain, objs, "drain");
	for (c = 0; c < KVF_NR_CLASSES; c++)
		if (all.sums.runs[c])
			report_cycles(all.sums.cycles[c], objs, "%s",
				      kvf_classes[c].metric);
	report_cycles(all.enqueue + drain + all.sums.cycles[KVF_FILL], objs,
		      "enqueue+drain+fill");
	report(held, 1, "pages", "peak memory");
	if (kvf_lost_clocks)
		report(kvf_lost_clocks, 1, "works", "not timed");
out:
	vfree(kvf_evict_buf);
	kfree(rr);
	return ret;
}

/* -------------------------------------------------------------- single */

struct kvf_hoard {
	struct list_head pages;
	unsigned long nr;
};

/*
 * Take memory until GFP_KERNEL fails, then give the last pages back, which
 * stay on this CPU's list: the state in which stock has nothing to offer.
 */
static void kvf_hoard(struct kvf_hoard *h, unsigned int back)
{
	struct page *page;
	int order;

	INIT_LIST_HEAD(&h->pages);
	for (order = 4; order >= 0; order -= 4) {
		for (;;) {
			page = alloc_pages(GFP_KERNEL | __GFP_NORETRY |
					   __GFP_NOMEMALLOC | __GFP_NOWARN,
					   order);
			if (!page)
				break;
			set_page_private(page, order);
			list_add(&page->lru, &h->pages);
			h->nr += 1UL << order;
			cond_resched();
		}
	}
	while (back-- && !list_empty(&h->pages)) {
		page = list_first_entry(&h->pages, struct page, lru);
		if (page_private(page))
			break;
		list_del(&page->lru);
		__free_page(page);
		h->nr--;
	}
}

#define KVF_SLEEPERS	6

static void kvf_sleep(struct work_struct *work)
{
	msleep(20);
}

/*
 * Without memory nobody can start a kernel thread: have idle workers in each
 * pool that somebody may want one of, or the OOM killer comes.
 */
static int kvf_hire_workers(void)
{
	struct workqueue_struct *wqs[] = {
		system_wq, system_highpri_wq, system_unbound_wq,
	};
	struct work_struct *works;
	int i, j, c;

	works = kcalloc(KVF_SLEEPERS, sizeof(*works), GFP_KERNEL);
	if (!works)
		return -ENOMEM;
	for_each_online_cpu(c) {
		for (i = 0; i < ARRAY_SIZE(wqs); i++) {
			for (j = 0; j < KVF_SLEEPERS; j++) {
				INIT_WORK(&works[j], kvf_sleep);
				queue_work_on(c, wqs[i], &works[j]);
			}
			for (j = 0; j < KVF_SLEEPERS; j++)
				flush_work(&works[j]);
		}
	}
	kfree(works);
	return 0;
}

static void kvf_release(struct kvf_hoard *h)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &h->pages, lru) {
		unsigned int order = page_private(page);

		set_page_private(page, 0);
		__free_pages(page, order);
	}
}

static int kvf_run_single(void)
{
	unsigned long all, unmovable, free_pages;
	struct kvf_hoard hoard = { };
	unsigned int i = 0;
	u64 waits, took;
	int ret;

	ret = kvf_alloc_all();
	if (ret)
		return ret;
	barrier_fn();
	if (pressure) {
		ret = kvf_hire_workers();
		if (ret)
			goto out;
	}
	kvf_waiter = current;
	if (pressure)
		kvf_hoard(&hoard, fill);
	else if (fill)
		fill_pcplist(fill, 0);
	pcplist_pages(&all, &unmovable);
	free_pages = global_zone_page_state(NR_FREE_PAGES);

	atomic64_set(&kvf_gp_waits, 0);
	atomic64_set(&kvf_exp_waits, 0);
	kvf_clock_start();
	for (i = 0; i < nr; i++)
		kvfree_rcu_mightsleep(kvf_objs[i]);
	took = kvf_clock_stop();
	kvf_waiter = NULL;
	waits = atomic64_read(&kvf_gp_waits) + atomic64_read(&kvf_exp_waits);
	if (pressure)
		kvf_release(&hoard);
	barrier_fn();

	report(nr, 1, "objects", "objects");
	report(hoard.nr, 1, "pages", "pages hoarded");
	report(free_pages, 1, "pages", "free pages before");
	report(unmovable, 1, "pages", "pcplist before, unmovable");
	report(waits, 1, "waits", "grace-period waits");
	report(waits * 1000, nr, "waits", "grace-period waits per 1000");
	if (!count)
		report_cycles(took, nr, "enqueue");
	return 0;
out:
	for (; i < nr; i++)
		kvfree(kvf_objs[i]);
	return ret;
}

/* ------------------------------------------------------------- hotpath */

#define KVF_PAIRS	64
#define KVF_BULK	8

static struct page *kvf_bulk_pages[KVF_BULK];

static __always_inline unsigned long kvf_bulk_alloc(gfp_t gfp)
{
#ifdef alloc_pages_bulk_array
	return alloc_pages_bulk_array(gfp, KVF_BULK, kvf_bulk_pages);
#else
	return alloc_pages_bulk(gfp, KVF_BULK, kvf_bulk_pages);
#endif
}

static __always_inline bool kvf_pair(gfp_t gfp, unsigned int order, bool bulk)
{
	struct page *page;
	unsigned int i;

	if (bulk) {
		unsigned long got = kvf_bulk_alloc(gfp);

		for (i = 0; i < KVF_BULK && kvf_bulk_pages[i]; i++) {
			__free_page(kvf_bulk_pages[i]);
			kvf_bulk_pages[i] = NULL;
		}
		return got == KVF_BULK;
	}
	page = alloc_pages(gfp, order);
	if (!page)
		return false;
	__free_pages(page, order);
	return true;
}

struct kvf_pairs {
	u64 min;
	u64 max;
	u64 sum;
	u64 n;
	unsigned long failed;
};

/*
 * Interrupts are off over each group of pairs, where the configuration lets
 * them be; the least of many groups is then exact, and so is the mean unless
 * another CPU ran.
 */
static __always_inline void kvf_pairs(struct kvf_pairs *res, gfp_t gfp,
				      unsigned int order, bool bulk)
{
	u64 overhead = kvf_overhead();
	unsigned long flags = 0;
	unsigned int i, j;

	memset(res, 0, sizeof(*res));
	res->min = U64_MAX;
	for (i = 0; i < rounds; i++) {
		cycles_t t0, t1;
		u64 took;

		if (!IS_ENABLED(CONFIG_PREEMPT_RT)) {
			local_irq_save(flags);
			preempt_disable();
		}
		/* The pages of the last group may have gone elsewhere. */
		for (j = 0; j < 4; j++)
			res->failed += !kvf_pair(gfp, order, bulk);
		t0 = bench_clock();
		for (j = 0; j < KVF_PAIRS; j++)
			res->failed += !kvf_pair(gfp, order, bulk);
		t1 = bench_clock();
		if (!IS_ENABLED(CONFIG_PREEMPT_RT)) {
			preempt_enable();
			local_irq_restore(flags);
		}
		cond_resched();
		if ((int)i < warm)
			continue;
		took = t1 - t0 - overhead;
		res->min = min(res->min, took);
		res->max = max(res->max, took);
		res->sum += took;
		res->n++;
	}
}

static __always_inline void kvf_hotpath(const char *what, gfp_t gfp,
					unsigned int order, bool bulk)
{
	struct kvf_pairs res;

	fill_pcplist(256 >> order, order);
	kvf_pairs(&res, gfp, order, bulk);
	report_cycles(res.min, KVF_PAIRS, "%s", what);
	report_cycles(res.sum, res.n * KVF_PAIRS, "%s, mean", what);
	report_cycles(res.max, KVF_PAIRS, "%s, most", what);
	if (res.failed)
		report(res.failed, 1, "allocations", "%s, failed", what);
}

static int kvf_run_hotpath(void)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP)) {
		pr_err("not with CONFIG_DEBUG_ATOMIC_SLEEP\n");
		return -EOPNOTSUPP;
	}
	kvf_hotpath("GFP_KERNEL", GFP_KERNEL, 0, false);
	kvf_hotpath("GFP_ATOMIC", GFP_ATOMIC, 0, false);
	kvf_hotpath("GFP_KERNEL_ACCOUNT", GFP_KERNEL_ACCOUNT, 0, false);
	kvf_hotpath("GFP_HIGHUSER_MOVABLE", GFP_HIGHUSER_MOVABLE, 0, false);
	kvf_hotpath("order 1", GFP_KERNEL, 1, false);
	kvf_hotpath("order 2", GFP_KERNEL, 2, false);
	kvf_hotpath("order 3", GFP_KERNEL, 3, false);
	kvf_hotpath("bulk of 8", GFP_KERNEL, 0, true);
	return 0;
}

/* --------------------------------------------------------------- watch */

static void kvf_watch_report(void)
{
	u64 drain = 0;
	int c;

	barrier_fn();
	rcu_barrier();
	if (count) {
		u64 list = atomic64_read(&kvf_list_objs);
		u64 all = list + atomic64_read(&kvf_block_objs);

		report(all, 1, "objects", "objects freed");
		report(list, 1, "objects", "channel 3 objects");
		report(list * 100, all, "%", "channel 3");
		report(atomic64_read(&kvf_blocks), 1, "blocks", "blocks");
		report(atomic64_read(&kvf_gp_waits) +
		       atomic64_read(&kvf_exp_waits), 1, "waits",
		       "grace-period waits");
		/* As seen whenever a work that frees begins. */
		report(kvf_free_at_start - kvf_lowest_free, 1, "pages",
		       "peak memory");
		return;
	}
	for (c = 0; c < KVF_NR_CLASSES; c++) {
		if (!kvf_sums.runs[c])
			continue;
		report_cycles(kvf_sums.cycles[c], 1, "%s",
			      kvf_classes[c].metric);
		if (c != KVF_FILL)
			drain += kvf_sums.cycles[c];
	}
	report_cycles(drain, 1, "drain");
	report(kvf_free_at_start - kvf_lowest_free, 1, "pages",
	       "peak memory");
}

/* ------------------------------------------------------------ the rest */

static const struct kvf_workload {
	const char *name;
	int (*run)(void);
	const char *ctx;
	unsigned int nr;
	unsigned int rounds;
	int warm;
	unsigned int time_modes;
	unsigned int count_modes;
} kvf_workloads[] = {
	{ "flood", kvf_run_flood, "raw", 100000, 4, 1, KVF_TIME, KVF_COUNT },
	{ "steady", kvf_run_flood, "any", 80000, 12, 8, KVF_TIME, KVF_COUNT },
	{ "kfree", kvf_run_flood, "any", 100000, 4, 1, KVF_TIME, KVF_COUNT },
	{ "bulk", kvf_run_flood, "any", 100000, 4, 1, KVF_TIME, KVF_COUNT },
	{ "single", kvf_run_single, "", 1000, 1, 0,
	  KVF_TIME | KVF_WAITS, KVF_COUNT | KVF_WAITS },
	{ "hotpath", kvf_run_hotpath, "", 1, 400, 100, 0, 0 },
	{ "watch", NULL, "", 1, 1, 0, KVF_TIME,
	  KVF_COUNT | KVF_WAITS | KVF_MEMORY },
};

static int kvf_run(const struct kvf_workload *w)
{
	cpumask_var_t old;
	int ret;

	if (!w->run)
		return 0;
	if (!alloc_cpumask_var(&old, GFP_KERNEL))
		return -ENOMEM;
	cpumask_copy(old, current->cpus_ptr);
	ret = set_cpus_allowed_ptr(current, cpumask_of(cpu));
	if (!ret) {
		ret = w->run();
		set_cpus_allowed_ptr(current, old);
	}
	free_cpumask_var(old);
	return ret;
}

static int __init kvf_init(void)
{
	const struct kvf_workload *w = NULL;
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(kvf_workloads); i++)
		if (!strcmp(workload, kvf_workloads[i].name))
			w = &kvf_workloads[i];
	kvf_type = -1;
	for (i = 0; i < ARRAY_SIZE(kvf_types); i++)
		if (*type && !strcmp(type, kvf_types[i]))
			kvf_type = i;
	if (!w || kvf_type < 0 || cpu >= nr_cpu_ids || !cpu_online(cpu) ||
	    !vpages) {
		pr_err("bad workload, type, cpu or vpages\n");
		return -EINVAL;
	}
	if (kvf_parse_order()) {
		pr_err("bad order: in, shuffle or run=N\n");
		return -EINVAL;
	}
	nr = nr ?: w->nr;
	rounds = rounds ?: w->rounds;
	warm = warm < 0 ? min_t(int, w->warm, rounds - 1) : warm;
	if (warm >= rounds) {
		pr_err("nothing to report after %d of %u rounds\n", warm,
		       rounds);
		return -EINVAL;
	}
	if (!*ctx)
		ctx = (char *)w->ctx;
	if (!*name)
		name = workload;
	kvf_free_at_start = free_pages_now();
	kvf_lowest_free = kvf_free_at_start;

	ret = find_barrier();
	if (ret)
		return ret;
	kvf_objs = vmalloc_array(nr, sizeof(*kvf_objs));
	if (!kvf_objs)
		return -ENOMEM;
	ret = kvf_probes_on(count ? w->count_modes : w->time_modes);
	if (!ret)
		ret = kvf_run(w);
	if (w->run || ret)
		kvf_probes_off();
	vfree(kvf_objs);
	if (ret)
		return ret;
	if (!w->run)
		results_now = kvf_watch_report;
	results_create();
	return 0;
}

static void __exit kvf_exit(void)
{
	results_remove();
	kvf_probes_off();
	/* No object of ours may still be on its way, nor any probe running. */
	barrier_fn();
}

module_init(kvf_init);
module_exit(kvf_exit);

MODULE_DESCRIPTION("kvfree_rcu() and pcplist benchmark");
MODULE_LICENSE("GPL");
