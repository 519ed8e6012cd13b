// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for vfree_bulk(): each area is freed as by vfree(), whatever
 * stands beside it in the array.
 */
#include <kunit/test.h>

#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/set_memory.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <trace/events/error_report.h>
#include <trace/events/kmem.h>

#define NR_AREAS	100	/* some batches, and a rest */
#define NR_PAGES	4096

struct vpage {
	struct page *page;
	void *addr;
	unsigned int freed;		/* how often */
	bool mapped;			/* still, when it was freed */
};

static struct areas {
	void *ptrs[NR_AREAS + 2];	/* what is freed */
	void *addr[NR_AREAS];
	unsigned int nr;
	struct vpage pages[NR_PAGES];
	unsigned int nr_pages;
	struct xarray by_pfn;
	struct task_struct *task;
	struct completion done;
	atomic_t wrong;
	unsigned int warnings;
} *areas;

static void probe_error_report(void *data, enum error_detector detector,
			       unsigned long id)
{
	if (current == areas->task && detector == ERROR_DETECTOR_WARN)
		areas->warnings++;
}

static void probe_page_free(void *data, struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page), end = pfn + (1UL << order);
	struct vpage *p;

	if (current != areas->task || !in_task())
		return;
	for (; pfn < end; pfn++) {
		p = xa_load(&areas->by_pfn, pfn);
		if (!p)
			continue;
		p->freed++;
		p->mapped |= vmalloc_to_page(p->addr) == p->page;
	}
}

static int vfree_bulk_init(struct kunit *test)
{
	areas = kunit_kzalloc(test, sizeof(*areas), GFP_KERNEL);
	if (!areas)
		return -ENOMEM;
	areas->task = current;
	xa_init(&areas->by_pfn);
	test->priv = areas;
	return register_trace_mm_page_free(probe_page_free, NULL) ?:
	       register_trace_error_report_end(probe_error_report, NULL);
}

static void vfree_bulk_exit(struct kunit *test)
{
	if (!areas)
		return;
	unregister_trace_error_report_end(probe_error_report, NULL);
	unregister_trace_mm_page_free(probe_page_free, NULL);
	tracepoint_synchronize_unregister();
	xa_destroy(&areas->by_pfn);
}

/* An area of vmalloc() or vmap() that is freed next */
static void add_area(struct kunit *test, void *addr, unsigned int nr_pages)
{
	struct areas *a = test->priv;
	struct vpage *p;
	void *entry;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	a->addr[a->nr] = addr;
	a->ptrs[a->nr++] = addr;
	while (nr_pages--) {
		p = &a->pages[a->nr_pages++];
		*p = (struct vpage) { vmalloc_to_page(addr), addr };
		entry = xa_store(&a->by_pfn, page_to_pfn(p->page), p, GFP_KERNEL);
		KUNIT_ASSERT_FALSE(test, xa_is_err(entry));
		addr += PAGE_SIZE;
	}
}

static void new_area(struct kunit *test, unsigned int nr_pages)
{
	add_area(test, vmalloc(nr_pages * PAGE_SIZE), nr_pages);
}

/* Each page but @but was freed, once, when it was not mapped any more. */
static void expect_freed(struct kunit *test, struct page *but)
{
	unsigned int i, freed = 0, mapped = 0;
	struct areas *a = test->priv;

	for (i = 0; i < a->nr_pages; i++) {
		freed += a->pages[i].freed == (a->pages[i].page != but);
		mapped += a->pages[i].mapped;
	}
	KUNIT_EXPECT_EQ(test, freed, a->nr_pages);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	xa_destroy(&a->by_pfn);
	a->nr_pages = 0;
	a->nr = 0;
}

/* Batches of pages end within and between areas; some have a large array. */
static void test_sizes(struct kunit *test)
{
	static const unsigned int sizes[] = {
		1, 2, 513, 8, 31, 1, 32, 33, 64, 1, 30, 3, 256, 1, 1025, 16, 16,
	};
	struct areas *a = test->priv;
	unsigned int i;

	vfree_bulk(0, NULL);
	vfree_bulk(ARRAY_SIZE(a->ptrs), a->ptrs);	/* all are NULL */

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		new_area(test, sizes[i]);
	if (PMD_SIZE <= SZ_4M) {	/* mapped by a PMD and not, aligned and not */
		add_area(test, vmalloc_huge(PMD_SIZE, GFP_KERNEL), PTRS_PER_PTE);
		add_area(test, vmalloc(PMD_SIZE), PTRS_PER_PTE);
		new_area(test, PTRS_PER_PTE + 3);
		new_area(test, 2);
	}
	/* NULL does not end the array. */
	a->ptrs[a->nr] = a->ptrs[2];
	a->ptrs[2] = NULL;
	vfree_bulk(a->nr + 1, a->ptrs);
	expect_freed(test, NULL);
}

/* A page that is still referenced is left alone, its neighbours are not. */
static void test_page_referenced(struct kunit *test)
{
	unsigned int i, j, sizes[] = { 1, 8, 16, 64 };
	struct areas *a = test->priv;
	struct page *page;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < 20; j++)
			new_area(test, sizes[i]);
		page = a->pages[a->nr_pages / 2 + sizes[i] / 2].page;
		get_page(page);
		vfree_bulk(a->nr, a->ptrs);
		expect_freed(test, page);
		KUNIT_EXPECT_EQ(test, page_count(page), 1);
		put_page(page);
	}
}

/* In order, in reverse, shuffled */
static void test_orders(struct kunit *test)
{
	static const unsigned int step[] = { 1, NR_AREAS - 1, 37 };
	struct areas *a = test->priv;
	unsigned int i, j;

	for (j = 0; j < ARRAY_SIZE(step); j++) {
		for (i = 0; i < NR_AREAS; i++)
			new_area(test, 1 + i % 3);
		for (i = 0; i < NR_AREAS; i++)
			a->ptrs[i] = a->addr[i * step[j] % NR_AREAS];
		vfree_bulk(a->nr, a->ptrs);
		expect_freed(test, NULL);
	}
}

/* The neighbours of areas that are freed stay as they are. */
static void test_every_second(struct kunit *test)
{
	struct areas *a = test->priv;
	unsigned int i, mapped = 0;

	for (i = 0; i < NR_AREAS; i++)
		new_area(test, 1);
	for (i = 0; i < NR_AREAS / 2; i++)
		a->ptrs[i] = a->addr[2 * i];
	vfree_bulk(NR_AREAS / 2, a->ptrs);

	for (i = 0; i < NR_AREAS / 2; i++) {
		a->ptrs[i] = a->addr[2 * i + 1];
		mapped += vmalloc_to_page(a->ptrs[i]) == a->pages[2 * i + 1].page;
	}
	KUNIT_EXPECT_EQ(test, mapped, NR_AREAS / 2);
	vfree_bulk(NR_AREAS / 2, a->ptrs);
	expect_freed(test, NULL);
}

/*
 * No area gets lost in the lazy list and the purge: the pool has them all. Other
 * tasks may purge meanwhile, which takes a quarter of the pool away.
 */
static void test_areas_reused(struct kunit *test)
{
	unsigned int i, j, try, reused = 0;
	struct areas *a = test->priv;

	if (num_possible_cpus() == 1 || !IS_ENABLED(CONFIG_64BIT))
		kunit_skip(test, "no pools");

	migrate_disable();
	for (try = 0; try < 10 && reused < 40; try++) {
		for (i = 0; i < 40; i++)
			a->addr[i] = vmalloc((37 + i % 2) * PAGE_SIZE);
		for (i = 0; i < 40; i++)
			a->ptrs[i] = a->addr[i * 7 % 40];
		vfree_bulk(40, a->ptrs);
		vm_unmap_aliases();
		for (reused = 0, i = 0; i < 40; i++) {
			a->ptrs[i] = vmalloc((37 + i % 2) * PAGE_SIZE);
			for (j = 0; j < 40; j++)
				reused += a->ptrs[i] && a->ptrs[i] == a->addr[j];
		}
		vfree_bulk(40, a->ptrs);
	}
	migrate_enable();
	KUNIT_EXPECT_EQ(test, reused, 40);
}

static long pages_in_use(void)
{
	return vmalloc_nr_pages();
}

/* Other tasks may allocate and free meanwhile, but not every time. */
static void test_accounted(struct kunit *test)
{
	long before, between = 0, after = 0;
	unsigned int i, try;

	for (try = 0; try < 20; try++) {
		before = pages_in_use();
		for (i = 0; i < NR_AREAS; i++)
			areas->ptrs[i] = vmalloc((1 + i % 5) * PAGE_SIZE);
		between = pages_in_use() - before;
		vfree_bulk(NR_AREAS, areas->ptrs);
		after = pages_in_use() - before;
		if (between == 3 * NR_AREAS && !after)
			break;
	}
	KUNIT_EXPECT_EQ(test, between, 3 * NR_AREAS);
	KUNIT_EXPECT_EQ(test, after, 0);
}

/* vmap(): pages are put if they came with the area, and left alone if not. */
static void test_vmap(struct kunit *test)
{
	struct page **put = kmalloc(sizeof(*put), GFP_KERNEL | __GFP_NOFAIL);
	struct page *kept = alloc_page(GFP_KERNEL | __GFP_NOFAIL);

	put[0] = alloc_page(GFP_KERNEL | __GFP_NOFAIL);
	new_area(test, 1);
	add_area(test, vmap(put, 1, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL), 1);
	add_area(test, vmap(&kept, 1, VM_MAP, PAGE_KERNEL), 1);
	new_area(test, 1);
	vfree_bulk(areas->nr, areas->ptrs);
	expect_freed(test, kept);
	KUNIT_EXPECT_EQ(test, page_count(kept), 1);
	__free_page(kept);
}

/* Freed before, in this batch and in the last, and not aligned: a warning each. */
static void test_bad_pointers(struct kunit *test)
{
	struct areas *a = test->priv;
	unsigned int i;

	if (panic_on_warn)
		kunit_skip(test, "warnings panic");

	for (i = 0; i < 40; i++)
		new_area(test, 1);
	a->ptrs[5] += 8;		/* another one as it is not found */
	a->ptrs[40] = a->ptrs[39];
	a->ptrs[41] = a->ptrs[0];
	pr_info("no_locks: expect warning begin\n");
	vfree_bulk(42, a->ptrs);
	pr_info("no_locks: expect warning end\n");
	KUNIT_EXPECT_EQ(test, a->warnings, 4);

	/* The area itself, and all others, came to no harm. */
	KUNIT_EXPECT_EQ(test, a->pages[5].freed, 0);
	vfree(a->addr[5]);
	expect_freed(test, NULL);
}

/* Pages that were read-only are writable again through the direct map. */
static void test_reset_permissions(struct kunit *test)
{
	struct areas *a = test->priv;
	u8 i, new = 0x5a;

	if (!IS_ENABLED(CONFIG_ARCH_HAS_SET_DIRECT_MAP) || !IS_ENABLED(CONFIG_X86))
		kunit_skip(test, "set_memory_ro() does not change the direct map");

	for (i = 0; i < 40; i++) {
		new_area(test, 1);
		get_page(a->pages[i].page);
		if (i % 3)
			continue;
		set_vm_flush_reset_perms(a->addr[i]);
		KUNIT_ASSERT_EQ(test, 0, set_memory_ro((unsigned long)a->addr[i], 1));
	}
	vfree_bulk(a->nr, a->ptrs);

	for (i = 0; i < a->nr; i++) {
		void *direct = page_address(a->pages[i].page);

		KUNIT_EXPECT_TRUE(test, kernel_page_present(a->pages[i].page));
		KUNIT_EXPECT_EQ(test, 0, copy_to_kernel_nofault(direct, &new, 1));
		put_page(a->pages[i].page);
	}
	expect_freed(test, NULL);
}

/* Every area keeps what this thread wrote. */
static int alloc_and_free(void *data)
{
	unsigned int i, loop, wrong = 0;
	void *ptrs[40];

	for (loop = 0; loop < 200; loop++) {
		for (i = 0; i < ARRAY_SIZE(ptrs); i++) {
			ptrs[i] = vmalloc((1 + (i + loop) % 4) * PAGE_SIZE);
			if (ptrs[i])
				*(void **)ptrs[i] = current;
		}
		cond_resched();
		for (i = 0; i < ARRAY_SIZE(ptrs); i++)
			wrong += ptrs[i] && *(void **)ptrs[i] != current;
		vfree_bulk(ARRAY_SIZE(ptrs), ptrs);
		if (!(loop % 32))
			vm_unmap_aliases();	/* so that areas are reused */
	}
	atomic_add(wrong, &areas->wrong);
	complete(&areas->done);
	return 0;
}

static void test_several_cpus(struct kunit *test)
{
	unsigned int cpu, nr = 0;

	init_completion(&areas->done);
	for_each_online_cpu(cpu)
		nr += !IS_ERR(kthread_run_on_cpu(alloc_and_free, NULL, cpu,
						 "vfree_bulk/%u"));
	KUNIT_EXPECT_GT(test, nr, 0);
	while (nr--)
		wait_for_completion(&areas->done);
	KUNIT_EXPECT_EQ(test, atomic_read(&areas->wrong), 0);
}

static struct kunit_case vfree_bulk_cases[] = {
	KUNIT_CASE(test_sizes),
	KUNIT_CASE(test_page_referenced),
	KUNIT_CASE(test_orders),
	KUNIT_CASE(test_every_second),
	KUNIT_CASE(test_areas_reused),
	KUNIT_CASE(test_accounted),
	KUNIT_CASE(test_vmap),
	KUNIT_CASE(test_bad_pointers),
	KUNIT_CASE(test_reset_permissions),
	KUNIT_CASE_SLOW(test_several_cpus),
	{}
};

static struct kunit_suite vfree_bulk_suite = {
	.name = "vfree_bulk",
	.init = vfree_bulk_init,
	.exit = vfree_bulk_exit,
	.test_cases = vfree_bulk_cases,
};

kunit_test_suite(vfree_bulk_suite);
