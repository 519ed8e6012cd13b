// SPDX-License-Identifier: GPL-2.0
/*
 * kvstress - is every object that kvfree_rcu() takes freed exactly once?
 *
 * Loading the module runs for seconds=: threads on all CPUs allocate objects of
 * several kinds and give them to kvfree_rcu() in bursts, one drains all pcplists
 * over and over, and one takes memory until there is none. CPU hotplug and
 * drop_caches come from outside, see jobs/stress.sh. Every object has a ticket,
 * which the tracepoints that RCU has just before it frees tear. What happened is
 * then in the module's parameters.
 *
 * Runs on any kernel from 6.12 on, changed or not. Functions that are not
 * exported are found by their addresses: drain=, barrier= from /proc/kallsyms.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/oom.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>

static unsigned int seconds = 20;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "How long to run");
static bool pressure = true;
module_param(pressure, bool, 0444);
MODULE_PARM_DESC(pressure, "Run out of memory over and over");
static ulong drain;
module_param(drain, ulong, 0444);
MODULE_PARM_DESC(drain, "Address of drain_all_pages()");
static ulong barrier;
module_param(barrier, ulong, 0444);
MODULE_PARM_DESC(barrier, "Address of kvfree_rcu_barrier()");

/* Results; nobody has any business setting them. */
#define KVS_RESULT(name, desc)						\
	static ulong name;						\
	module_param(name, ulong, 0444);				\
	MODULE_PARM_DESC(name, desc)

KVS_RESULT(objects, "Objects given to kvfree_rcu()");
KVS_RESULT(in_blocks, "of these freed from blocks");
KVS_RESULT(in_list, "of these freed from the list, channel 3");
KVS_RESULT(by_caller, "of these freed by a caller that waited");
KVS_RESULT(drains, "drain_all_pages()");
KVS_RESULT(droughts, "How often memory ran out");
KVS_RESULT(lost, "Objects that were never freed");
KVS_RESULT(twice, "Objects that were freed when they already had been");

#define KVS_TICKETS	4096	/* of a thread: its objects that wait */
#define KVS_BURST	640	/* more than a block holds */

struct kvs_obj {
	unsigned long magic;	/* first: any object is as large as this */
	u32 thread;
	u32 ticket;
	u32 serial;
	struct rcu_head rcu;	/* offset != 0 gives the list away */
};

struct kvs_thread {
	struct task_struct *task;
	raw_spinlock_t lock;
	struct kvs_obj *single;	/* handed to kvfree_rcu_mightsleep() */
	u32 serial;
	u32 next;
	/* 0, or the serial number of the object that has the ticket. */
	atomic_t tickets[KVS_TICKETS];
	struct kvs_obj *burst[KVS_BURST];
};

static struct kvs_thread **kvs_threads;
static unsigned int kvs_nr_threads;
static struct kmem_cache *kvs_cache, *kvs_big_cache;
static unsigned long kvs_key;
static atomic_long_t kvs_objects, kvs_blocks, kvs_list, kvs_caller, kvs_twice;

/* -------------------------------------------------------------- counting */

static void kvs_freed(void *ptr, atomic_long_t *counter)
{
	struct kvs_obj *obj = ptr;
	int serial;

	/* Somebody else's objects come along, too. */
	if (obj->magic == ~((unsigned long)ptr ^ kvs_key)) {
		atomic_long_inc(&kvs_twice);
		return;
	}
	if (obj->magic != ((unsigned long)ptr ^ kvs_key))
		return;
	obj->magic = ~obj->magic;
	serial = obj->serial;
	atomic_long_inc(counter);
	if (!atomic_try_cmpxchg(&kvs_threads[obj->thread]->tickets[obj->ticket],
				&serial, 0))
		atomic_long_inc(&kvs_twice);
}

static void kvs_kvfree(void *data, const char *rcuname, void *rhp,
		       unsigned long offset)
{
	kvs_freed(rhp - offset, offset ? &kvs_list : &kvs_blocks);
}

static void kvs_bulk(void *data, const char *rcuname, unsigned long nr,
		     void **p)
{
	while (nr--)
		kvs_freed(p[nr], &kvs_blocks);
}

/* Without a block the caller of the one-argument form waits, and frees. */
static void kvs_kfree(void *data, unsigned long call_site, const void *ptr)
{
	unsigned int i;

	for (i = 0; ptr && i < kvs_nr_threads; i++)
		if (kvs_threads[i]->task == current &&
		    kvs_threads[i]->single == ptr)
			kvs_freed((void *)ptr, &kvs_caller);
}

static struct kvs_probe {
	const char *name;
	void *func;
	struct tracepoint *tp;
} kvs_probes[] = {
	{ "rcu_invoke_kvfree_callback",		kvs_kvfree },
	{ "rcu_invoke_kfree_bulk_callback",	kvs_bulk },
	{ "kfree",				kvs_kfree },
};

static void kvs_find_tp(struct tracepoint *tp, void *priv)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kvs_probes); i++)
		if (!strcmp(tp->name, kvs_probes[i].name))
			kvs_probes[i].tp = tp;
}

static void kvs_probes_off(int nr)
{
	while (nr--)
		tracepoint_probe_unregister(kvs_probes[nr].tp,
					    kvs_probes[nr].func, NULL);
	tracepoint_synchronize_unregister();
}

static int kvs_probes_on(void)
{
	int i, ret;

	for_each_kernel_tracepoint(kvs_find_tp, NULL);
	for (i = 0; i < ARRAY_SIZE(kvs_probes); i++) {
		ret = -ENOENT;
		if (kvs_probes[i].tp)
			ret = tracepoint_probe_register(kvs_probes[i].tp,
							kvs_probes[i].func, NULL);
		if (ret) {
			pr_err("no tracepoint %s: CONFIG_RCU_TRACE?\n",
			       kvs_probes[i].name);
			kvs_probes_off(i);
			return ret;
		}
	}
	return 0;
}

/* --------------------------------------------------------------- floods */

/* Mostly slab objects; @sleeps: those that kfree() can free. */
static struct kvs_obj *kvs_alloc(struct kvs_thread *t, bool sleeps)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;
	u32 kind = get_random_u32_below(64);
	struct kvs_obj *obj;

	if (atomic_read(&t->tickets[t->next % KVS_TICKETS]))
		return NULL;	/* its object still waits */
	if (kind == 0 && !sleeps)
		obj = __vmalloc(PAGE_SIZE, gfp);
	else if (kind == 1)
		obj = kmalloc(KMALLOC_MAX_CACHE_SIZE + 1, gfp);
	else if (kind < 8)
		obj = kmem_cache_alloc(kvs_big_cache, gfp);
	else
		obj = kmem_cache_alloc(kvs_cache, gfp);
	if (!obj)
		return NULL;

	/* 0 is for tickets that nobody has. */
	if (!++t->serial)
		t->serial++;
	obj->magic = (unsigned long)obj ^ kvs_key;
	obj->ticket = t->next++ % KVS_TICKETS;
	obj->serial = t->serial;
	atomic_set(&t->tickets[obj->ticket], t->serial);
	return obj;
}

static void kvs_flood(struct kvs_thread *t, unsigned int nr, bool raw)
{
	unsigned long flags;
	unsigned int i;

	if (raw)
		raw_spin_lock_irqsave(&t->lock, flags);
	for (i = 0; i < nr; i++)
		kvfree_rcu(t->burst[i], rcu);
	if (raw)
		raw_spin_unlock_irqrestore(&t->lock, flags);
}

static void kvs_flood_single(struct kvs_thread *t, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		WRITE_ONCE(t->single, t->burst[i]);
		kvfree_rcu_mightsleep(t->burst[i]);
		WRITE_ONCE(t->single, NULL);
	}
}

static int kvs_flooder(void *arg)
{
	unsigned int me = (unsigned long)arg, want, nr;
	struct kvs_thread *t = kvs_threads[me];

	WRITE_ONCE(t->task, current);
	while (!kthread_should_stop()) {
		u32 way = get_random_u32_below(16);

		/*
		 * Now and then to a CPU of its choice, if that is there. It must not
		 * go meanwhile: __migrate_task() would leave the task where it is
		 * not allowed, and migrate_enable(), PREEMPT_RT's, warns of that.
		 */
		if (way == 0) {
			cpus_read_lock();
			set_cpus_allowed_ptr(current, cpumask_of(get_random_u32_below(nr_cpu_ids)));
			cpus_read_unlock();
		} else if (way == 1) {
			set_cpus_allowed_ptr(current, cpu_possible_mask);
		}

		want = 1 + get_random_u32_below(KVS_BURST);
		for (nr = 0; nr < want; nr++) {
			t->burst[nr] = kvs_alloc(t, way < 4);
			if (!t->burst[nr])
				break;
			t->burst[nr]->thread = me;
		}
		atomic_long_add(nr, &kvs_objects);
		if (way < 4)
			kvs_flood_single(t, nr);
		else
			kvs_flood(t, nr, way < 12);
		if (nr < want)
			schedule_timeout_uninterruptible(1);
		cond_resched();
	}
	return 0;
}

static int kvs_drainer(void *arg)
{
	void (*drain_all)(struct zone *zone) = (void *)drain;

	while (!kthread_should_stop()) {
		drain_all(NULL);
		drains++;
		usleep_range(100, 1000);
	}
	return 0;
}

/* ------------------------------------------------------------- pressure */

static LIST_HEAD(kvs_hoard);
static DEFINE_SPINLOCK(kvs_hoard_lock);
static unsigned long kvs_released;	/* when, in jiffies */

static unsigned long kvs_release(void)
{
	struct page *page, *next;
	unsigned long nr = 0;
	LIST_HEAD(pages);

	spin_lock(&kvs_hoard_lock);
	list_splice_init(&kvs_hoard, &pages);
	if (!list_empty(&pages))
		WRITE_ONCE(kvs_released, jiffies);
	spin_unlock(&kvs_hoard_lock);
	list_for_each_entry_safe(page, next, &pages, lru) {
		__free_page(page);
		nr++;
		/* This takes seconds with KASAN; the list is empty all the while. */
		WRITE_ONCE(kvs_released, jiffies);
	}
	return nr;
}

/*
 * Nobody is to be killed for what lies here, or lay here when memory ran out: the
 * hoarder may have been faster.
 */
static int kvs_oom(struct notifier_block *nb, unsigned long unused, void *freed)
{
	*(unsigned long *)freed += kvs_release() +
		time_before(jiffies, READ_ONCE(kvs_released) + HZ);
	return NOTIFY_OK;
}

static struct notifier_block kvs_oom_nb = { .notifier_call = kvs_oom };

static int kvs_hoarder(void *arg)
{
	struct page *page;

	while (!kthread_should_stop()) {
		page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN |
				  __GFP_NOMEMALLOC);
		if (page) {
			spin_lock(&kvs_hoard_lock);
			list_add(&page->lru, &kvs_hoard);
			spin_unlock(&kvs_hoard_lock);
		} else {
			droughts++;
			schedule_timeout_uninterruptible(1);
			kvs_release();
			msleep(50);
		}
		cond_resched();
	}
	kvs_release();
	return 0;
}

/* ------------------------------------------------------------- the rest */

static struct task_struct *kvs_start(int (*fn)(void *), unsigned long arg,
				     const char *name)
{
	struct task_struct *task;

	task = kthread_create(fn, (void *)arg, "kvstress/%s", name);
	if (!IS_ERR(task)) {
		get_task_struct(task);
		wake_up_process(task);
	}
	return task;
}

static void kvs_stop(struct task_struct *task)
{
	if (!IS_ERR_OR_NULL(task))
		kthread_stop_put(task);
}

static int kvs_run(void)
{
	struct task_struct *drainer, *hoarder = NULL;
	time64_t end;
	int ret = 0;
	unsigned int i;

	drainer = kvs_start(kvs_drainer, 0, "drain");
	if (pressure)
		hoarder = kvs_start(kvs_hoarder, 0, "hoard");
	if (IS_ERR(drainer) || IS_ERR(hoarder))
		ret = -ENOMEM;
	for (i = 0; i < kvs_nr_threads && !ret; i++) {
		kvs_threads[i]->task = kvs_start(kvs_flooder, i, "flood");
		ret = PTR_ERR_OR_ZERO(kvs_threads[i]->task);
	}
	/*
	 * Not all at once: khungtaskd takes that for a task that hangs. By the
	 * clock, as jiffies fall behind in an emulator that has too much to do.
	 */
	end = ktime_get_seconds() + seconds;
	while (!ret && ktime_get_seconds() < end)
		ssleep(1);
	for (i = 0; i < kvs_nr_threads; i++)
		kvs_stop(kvs_threads[i]->task);
	kvs_stop(hoarder);
	kvs_stop(drainer);
	return ret;
}

static void kvs_count(void)
{
	unsigned int i, j;

	for (i = 0; i < kvs_nr_threads; i++)
		for (j = 0; j < KVS_TICKETS; j++)
			lost += !!atomic_read(&kvs_threads[i]->tickets[j]);
	objects = atomic_long_read(&kvs_objects);
	in_blocks = atomic_long_read(&kvs_blocks);
	in_list = atomic_long_read(&kvs_list);
	by_caller = atomic_long_read(&kvs_caller);
	twice = atomic_long_read(&kvs_twice);
}

static int __init kvs_init(void)
{
	void (*kvfree_barrier)(void) = (void *)barrier;
	unsigned int i;
	int ret;

	if (!drain || !barrier || !seconds) {
		pr_err("drain=, barrier=: which addresses?\n");
		return -EINVAL;
	}
	kvs_key = get_random_long();
	kvs_nr_threads = 2 * num_possible_cpus();
	kvs_threads = kcalloc(kvs_nr_threads, sizeof(*kvs_threads), GFP_KERNEL);
	if (!kvs_threads)
		return -ENOMEM;
	ret = -ENOMEM;
	for (i = 0; i < kvs_nr_threads; i++) {
		kvs_threads[i] = vzalloc(sizeof(**kvs_threads));
		if (!kvs_threads[i])
			goto out;
		raw_spin_lock_init(&kvs_threads[i]->lock);
	}
	/*
	 * Of their own: what others left in an object could be mistaken. And
	 * without sheaves, which NOLEAKTRACE means on 7.3: these would take
	 * kvfree_rcu()'s objects first and free them without a trace event.
	 */
	kvs_cache = kmem_cache_create("kvstress", 128, 0,
				      SLAB_NO_MERGE | SLAB_NOLEAKTRACE, NULL);
	kvs_big_cache = kmem_cache_create("kvstress-1k", 1024, 0,
					  SLAB_NO_MERGE | SLAB_NOLEAKTRACE, NULL);
	if (!kvs_cache || !kvs_big_cache)
		goto out;
	ret = kvs_probes_on();
	if (ret)
		goto out;
	register_oom_notifier(&kvs_oom_nb);
	ret = kvs_run();
	unregister_oom_notifier(&kvs_oom_nb);

	kvfree_barrier();
	kvs_probes_off(ARRAY_SIZE(kvs_probes));
	kvs_count();
out:
	/* Complains if an object is left, whatever the tracepoints said. */
	kmem_cache_destroy(kvs_big_cache);
	kmem_cache_destroy(kvs_cache);
	for (i = 0; i < kvs_nr_threads; i++)
		vfree(kvs_threads[i]);
	kfree(kvs_threads);
	return ret;
}

static void __exit kvs_exit(void)
{
}

module_init(kvs_init);
module_exit(kvs_exit);

MODULE_DESCRIPTION("Stress for kvfree_rcu() and pcplists");
MODULE_LICENSE("GPL");
