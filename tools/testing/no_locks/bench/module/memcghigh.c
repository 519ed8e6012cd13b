// SPDX-License-Identifier: GPL-2.0
/*
 * memcghigh - does alloc_pages_nolock() queue memcg's high_work?
 *
 * Charges pages from hard interrupt context to the memory cgroup of the task
 * that loads the module, until the cgroup is above memory.high. This is what a
 * BPF program does that allocates from an interrupt on behalf of its map's
 * cgroup. A probe on workqueue_queue_work counts how often high_work was queued
 * meanwhile. The caller holds no lock here, so queueing is harmless; under the
 * lock of a worker pool it would not be.
 *
 * Results are in <debugfs>/memcghigh/results (see bench.h): pages that were
 * charged, and how often high_work was queued for alloc_pages_nolock() and for
 * GFP_ATOMIC, which may queue it. Needs alloc_pages_nolock() with a gfp mask
 * (6.18 and later), MEMCG and tracepoints; -EOPNOTSUPP without.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irq_work.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/tracepoint.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "bench.h"

static unsigned int nr = 512;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "Pages to charge");

#if defined(CONFIG_MEMCG) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
static struct tracepoint *queue_work_tp;
static struct mem_cgroup *memcg;
static unsigned int charged, queued;
static bool watching;

static void find_queue_work(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "workqueue_queue_work"))
		queue_work_tp = tp;
}

/* The tracepoint fires with the lock of a worker pool held. */
static void count_high_work(void *unused, int req_cpu, void *pwq,
			    struct work_struct *work)
{
	char func[KSYM_SYMBOL_LEN];

	if (!READ_ONCE(watching) || !in_hardirq())
		return;
	snprintf(func, sizeof(func), "%ps", work->func);
	if (!strcmp(func, "high_work_func"))
		queued++;
}

static LIST_HEAD(pages);

static void charge(bool nolock)
{
	struct mem_cgroup *old = set_active_memcg(memcg);
	struct page *page;
	unsigned int i;

	WRITE_ONCE(watching, true);
	for (i = 0; i < nr; i++) {
		page = nolock ? alloc_pages_nolock(__GFP_ACCOUNT, NUMA_NO_NODE, 0) :
				alloc_page(GFP_ATOMIC | __GFP_ACCOUNT);
		if (!page)
			break;
		list_add(&page->lru, &pages);
		charged++;
	}
	WRITE_ONCE(watching, false);
	set_active_memcg(old);
}

static void charge_nolock(struct irq_work *work)
{
	charge(true);
}

static void charge_atomic(struct irq_work *work)
{
	charge(false);
}

static void measure(void (*func)(struct irq_work *), const char *what)
{
	struct irq_work work = IRQ_WORK_INIT_HARD(func);

	charged = 0;
	queued = 0;
	irq_work_queue(&work);
	irq_work_sync(&work);
	give_back(&pages, 0);
	report(charged, 1, "pages", "%s: charged", what);
	report(queued, 1, "times", "%s: high_work queued", what);
}

static int measure_all(void)
{
	int ret;

	for_each_kernel_tracepoint(find_queue_work, NULL);
	if (!queue_work_tp)
		return -EOPNOTSUPP;
	ret = tracepoint_probe_register(queue_work_tp, count_high_work, NULL);
	if (ret)
		return ret;
	rcu_read_lock();
	memcg = mem_cgroup_from_task(current);
	rcu_read_unlock();
	measure(charge_nolock, "alloc_pages_nolock");
	measure(charge_atomic, "GFP_ATOMIC");
	tracepoint_probe_unregister(queue_work_tp, count_high_work, NULL);
	tracepoint_synchronize_unregister();
	return 0;
}
#else
static int measure_all(void)
{
	return -EOPNOTSUPP;
}
#endif

static int __init memcghigh_init(void)
{
	int ret;

	if (!*name)
		name = "memcghigh";
	ret = measure_all();
	if (!ret)
		results_create();
	return ret;
}

static void __exit memcghigh_exit(void)
{
	results_remove();
}

module_init(memcghigh_init);
module_exit(memcghigh_exit);

MODULE_DESCRIPTION("alloc_pages_nolock() and memcg's high_work");
MODULE_LICENSE("GPL");
