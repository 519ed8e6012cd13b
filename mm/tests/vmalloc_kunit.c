// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for vfree_bulk(): every area is freed as vfree() would have done,
 * whatever stands beside it in the array.
 *
 * A case holds a reference to each page, so that the count tells afterwards
 * whether the area's own was dropped, and dropped once.
 */
#include <kunit/test.h>

#include <linux/bug.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <trace/events/error_report.h>
#include <trace/events/kmem.h>

#define NR_AREAS	100	/* some batches, and a rest */

struct area {
	void *addr;
	struct page **pages;
	unsigned int nr_pages;
};

struct areas {
	struct area area[NR_AREAS];
	void *ptrs[NR_AREAS + 3];
	unsigned int nr;

	struct task_struct *task;
	int warnings;
	struct xarray freed;	/* pfn -> index in @times */
	atomic_t *times;
	bool armed;
};

static struct areas *areas;

static void probe_error_report(void *data, enum error_detector detector,
			       unsigned long id)
{
	if (areas->task == current && detector == ERROR_DETECTOR_WARN)
		areas->warnings++;
}

static void probe_page_free(void *data, struct page *page, unsigned int order)
{
	struct areas *a = areas;
	unsigned long pfn = page_to_pfn(page), end = pfn + (1UL << order);
	void *entry;

	/* All frees are those of this thread, and nobody adds entries now. */
	if (!READ_ONCE(a->armed) || current != a->task || !in_task())
		return;
	for (; pfn < end; pfn++) {
		entry = xa_load(&a->freed, pfn);
		if (entry)
			atomic_inc(&a->times[xa_to_value(entry)]);
	}
}

static int vfree_bulk_init_case(struct kunit *test)
{
	struct areas *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	int ret;

	if (!a)
		return -ENOMEM;
	xa_init(&a->freed);
	a->task = current;
	areas = a;
	test->priv = a;
	ret = register_trace_error_report_end(probe_error_report, NULL);
	if (!ret)
		ret = register_trace_mm_page_free(probe_page_free, NULL);
	return ret;
}

static void vfree_bulk_exit_case(struct kunit *test)
{
	if (!areas)
		return;
	unregister_trace_mm_page_free(probe_page_free, NULL);
	unregister_trace_error_report_end(probe_error_report, NULL);
	tracepoint_synchronize_unregister();
	xa_destroy(&areas->freed);
	areas = NULL;
}

/* Remember the pages of an area, with a reference of our own. */
static void add_area(struct kunit *test, void *addr, unsigned int nr_pages)
{
	struct areas *a = test->priv;
	struct area *area;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_ASSERT_LT(test, a->nr, NR_AREAS);
	area = &a->area[a->nr];
	area->pages = kvmalloc_array(nr_pages, sizeof(*area->pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, area->pages);
	for (i = 0; i < nr_pages; i++) {
		area->pages[i] = vmalloc_to_page(addr + i * PAGE_SIZE);
		get_page(area->pages[i]);
	}
	area->addr = addr;
	area->nr_pages = nr_pages;
	a->ptrs[a->nr++] = addr;
}

static void new_area(struct kunit *test, unsigned int nr_pages)
{
	add_area(test, vmalloc(nr_pages * PAGE_SIZE), nr_pages);
}

/* Every area is gone, and its pages have our reference left, which is dropped. */
static void expect_freed(struct kunit *test)
{
	struct areas *a = test->priv;
	unsigned int i, j, mapped = 0, wrong = 0;

	for (i = 0; i < a->nr; i++) {
		struct area *area = &a->area[i];

		if (find_vm_area(area->addr) || vmalloc_to_page(area->addr))
			mapped++;
		for (j = 0; j < area->nr_pages; j++) {
			if (page_count(area->pages[j]) != 1)
				wrong++;
			put_page(area->pages[j]);
		}
		kvfree(area->pages);
	}
	a->nr = 0;
	KUNIT_EXPECT_EQ(test, mapped, 0);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void expect_warnings_begin(struct kunit *test)
{
	pr_info("no_locks: expect warning begin\n");
}

static void expect_warnings_end(struct kunit *test, int nr)
{
	struct areas *a = test->priv;

	pr_info("no_locks: expect warning end\n");
	KUNIT_EXPECT_EQ(test, a->warnings, nr);
	a->warnings = 0;
}

static void nothing(struct kunit *test)
{
	struct areas *a = test->priv;

	vfree_bulk(0, NULL);
	vfree_bulk(ARRAY_SIZE(a->ptrs), a->ptrs);	/* all are NULL */
	KUNIT_EXPECT_EQ(test, a->warnings, 0);
}

/* From one page to more than an array of pages that kmalloc() may hold. */
static void mixed_sizes(struct kunit *test)
{
	static const unsigned int sizes[] = {
		1, 2, 513, 8, 31, 1, 32, 33, 64, 1, 255, 256, 1, 1025, 3,
	};
	struct areas *a = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		new_area(test, sizes[i]);
	add_area(test, vmalloc_huge(PMD_SIZE, GFP_KERNEL), PMD_SIZE / PAGE_SIZE);
	new_area(test, 1);
	/* NULL does not end the array, nor does it need a place of its own. */
	a->ptrs[a->nr + 1] = a->ptrs[2];
	a->ptrs[2] = NULL;

	vfree_bulk(a->nr + 2, a->ptrs);
	expect_freed(test);
	KUNIT_EXPECT_EQ(test, a->warnings, 0);
}

static void do_order(struct kunit *test, unsigned int mul, unsigned int add)
{
	struct areas *a = test->priv;
	unsigned int i;

	for (i = 0; i < NR_AREAS; i++)
		new_area(test, 1 + i % 3);
	for (i = 0; i < NR_AREAS; i++)
		a->ptrs[i] = a->area[(i * mul + add) % NR_AREAS].addr;

	vfree_bulk(a->nr, a->ptrs);
	expect_freed(test);
	KUNIT_EXPECT_EQ(test, a->warnings, 0);
}

static void in_order(struct kunit *test)
{
	do_order(test, 1, 0);
}

static void in_reverse(struct kunit *test)
{
	do_order(test, NR_AREAS - 1, NR_AREAS - 1);
}

static void out_of_order(struct kunit *test)
{
	do_order(test, 37, 11);
}

/* Areas lie in more than one node: any two at a time, and what was left out. */
static void part_of_many(struct kunit *test)
{
	struct areas *a = test->priv;
	unsigned int i;

	for (i = 0; i < NR_AREAS; i++)
		new_area(test, 1);
	for (i = 0; i < NR_AREAS / 2; i++)
		a->ptrs[i] = a->area[2 * i].addr;
	vfree_bulk(NR_AREAS / 2, a->ptrs);

	for (i = 0; i < NR_AREAS / 2; i++) {
		KUNIT_EXPECT_NOT_NULL(test, find_vm_area(a->area[2 * i + 1].addr));
		KUNIT_EXPECT_EQ(test, page_count(a->area[2 * i + 1].pages[0]), 2);
		a->ptrs[i] = a->area[2 * i + 1].addr;
	}
	vfree_bulk(NR_AREAS / 2, a->ptrs);
	expect_freed(test);
	KUNIT_EXPECT_EQ(test, a->warnings, 0);
}

/* Without a reference of somebody else every page is freed, once. */
static void pages_freed(struct kunit *test)
{
	struct areas *a = test->priv;
	unsigned int i, j, nr = 0, wrong = 0;
	unsigned long pfn;
	void *entry;

	a->times = kunit_kcalloc(test, NR_AREAS * 7, sizeof(*a->times), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, a->times);
	for (i = 0; i < NR_AREAS; i++)
		new_area(test, 1 + i % 7);
	for (i = 0; i < NR_AREAS; i++) {
		for (j = 0; j < a->area[i].nr_pages; j++) {
			pfn = page_to_pfn(a->area[i].pages[j]);
			entry = xa_store(&a->freed, pfn, xa_mk_value(nr++), GFP_KERNEL);
			KUNIT_ASSERT_FALSE(test, xa_is_err(entry));
			put_page(a->area[i].pages[j]);
		}
		kvfree(a->area[i].pages);
	}
	WRITE_ONCE(a->armed, true);
	vfree_bulk(a->nr, a->ptrs);
	WRITE_ONCE(a->armed, false);

	for (i = 0; i < nr; i++)
		wrong += atomic_read(&a->times[i]) != 1;
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/*
 * The number of pages in use is that of before. Others may allocate and free
 * meanwhile, but not every time.
 */
static void pages_accounted(struct kunit *test)
{
	struct areas *a = test->priv;
	unsigned long before, between;
	unsigned int i, try;

	for (try = 0; try < 20; try++) {
		before = vmalloc_nr_pages();
		for (i = 0; i < NR_AREAS; i++) {
			a->ptrs[i] = vmalloc((1 + i % 5) * PAGE_SIZE);
			KUNIT_ASSERT_NOT_NULL(test, a->ptrs[i]);
		}
		between = vmalloc_nr_pages();
		vfree_bulk(NR_AREAS, a->ptrs);
		if (between == before + 3 * NR_AREAS &&
		    vmalloc_nr_pages() == before)
			return;
	}
	KUNIT_FAIL(test, "the number of pages is not that of before");
}

/* vmap(): pages are put if they came with the area, and left alone if not. */
static void mapped_pages(struct kunit *test)
{
	struct areas *a = test->priv;
	struct page **pages[2], *kept[4];
	unsigned int i, j;
	void *addr;

	for (i = 0; i < 2; i++) {
		pages[i] = kmalloc_array(4, sizeof(**pages), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		for (j = 0; j < 4; j++) {
			pages[i][j] = alloc_page(GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, pages[i][j]);
		}
		new_area(test, 1);
	}
	memcpy(kept, pages[1], sizeof(kept));

	add_area(test, vmap(pages[0], 4, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL), 4);
	new_area(test, 1);
	addr = vmap(pages[1], 4, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	a->ptrs[a->nr] = addr;

	vfree_bulk(a->nr + 1, a->ptrs);
	KUNIT_EXPECT_NULL(test, find_vm_area(addr));
	for (j = 0; j < 4; j++) {
		KUNIT_EXPECT_EQ(test, page_count(kept[j]), 1);
		__free_page(kept[j]);
	}
	kfree(pages[1]);
	expect_freed(test);
	KUNIT_EXPECT_EQ(test, a->warnings, 0);
}

/* The second time there is a warning, and nobody else comes to harm. */
static void double_free(struct kunit *test)
{
	struct areas *a = test->priv;
	unsigned int i;
	void *gone;

	new_area(test, 2);
	gone = a->ptrs[0];
	vfree_bulk(1, a->ptrs);
	expect_freed(test);

	for (i = 0; i < 40; i++)
		new_area(test, 1);
	a->ptrs[40] = gone;		/* in a batch with others, */
	a->ptrs[41] = a->ptrs[39];	/* twice in one batch, */
	a->ptrs[42] = a->ptrs[0];	/* in two of them */
	expect_warnings_begin(test);
	vfree_bulk(43, a->ptrs);
	expect_warnings_end(test, 3);
	expect_freed(test);
}

static void bad_pointer(struct kunit *test)
{
	struct areas *a = test->priv;
	unsigned int i;
	void *odd;

	for (i = 0; i < 10; i++)
		new_area(test, 1);
	odd = a->ptrs[5];
	a->ptrs[5] = odd + 8;

	/* One for the alignment, one for the area that was not found. */
	expect_warnings_begin(test);
	vfree_bulk(10, a->ptrs);
	expect_warnings_end(test, 2);

	KUNIT_EXPECT_NOT_NULL(test, find_vm_area(odd));
	KUNIT_EXPECT_EQ(test, page_count(a->area[5].pages[0]), 2);
	vfree(odd);
	expect_freed(test);
}

/* Pages that were read-only are writable again through the direct map. */
static void reset_permissions(struct kunit *test)
{
	struct areas *a = test->priv;
	u8 old, new = 0x5a;
	unsigned int i;
	void *direct;

	if (!IS_ENABLED(CONFIG_ARCH_HAS_SET_DIRECT_MAP) || !IS_ENABLED(CONFIG_X86))
		kunit_skip(test, "set_memory_ro() has to change the direct map");

	for (i = 0; i < 40; i++) {
		new_area(test, 1 + i % 2);
		if (i % 3)
			continue;
		set_vm_flush_reset_perms(a->area[i].addr);
		KUNIT_ASSERT_EQ(test, 0, set_memory_ro((unsigned long)a->area[i].addr, 1));
		direct = page_address(a->area[i].pages[0]);
		KUNIT_ASSERT_NE(test, 0, copy_to_kernel_nofault(direct, &new, 1));
	}
	vfree_bulk(a->nr, a->ptrs);

	for (i = 0; i < a->nr; i++) {
		direct = page_address(a->area[i].pages[0]);
		KUNIT_EXPECT_TRUE(test, kernel_page_present(a->area[i].pages[0]));
		KUNIT_EXPECT_EQ(test, 0, copy_to_kernel_nofault(direct, &new, 1));
		KUNIT_EXPECT_EQ(test, 0, copy_from_kernel_nofault(&old, direct, 1));
		KUNIT_EXPECT_EQ(test, old, new);
	}
	expect_freed(test);
	KUNIT_EXPECT_EQ(test, a->warnings, 0);
}

#define NR_THREADS	4
#define NR_LOOPS	200
#define NR_OWN		48

/*
 * Returns NR_LOOPS if every area was what this thread has made of it: 0 is what
 * a thread leaves that died.
 */
static int alloc_and_free(void *data)
{
	unsigned int i, loop, nr, size, wrong = 0;
	unsigned long id = (unsigned long)data;
	struct rnd_state rnd;
	void *ptrs[NR_OWN];

	prandom_seed_state(&rnd, id);
	for (loop = 0; loop < NR_LOOPS; loop++) {
		nr = 1 + prandom_u32_state(&rnd) % NR_OWN;
		for (i = 0; i < nr; i++) {
			size = PAGE_SIZE * (1 + prandom_u32_state(&rnd) % 4);
			ptrs[i] = vmalloc(size);
			if (!ptrs[i])
				continue;
			((unsigned long *)ptrs[i])[0] = id + i;
			((unsigned long *)(ptrs[i] + size))[-1] = id + loop;
			((unsigned long *)ptrs[i])[1] = size;
		}
		cond_resched();
		for (i = 0; i < nr; i++) {
			if (!ptrs[i])
				continue;
			size = ((unsigned long *)ptrs[i])[1];
			if (((unsigned long *)ptrs[i])[0] != id + i ||
			    size > 4 * PAGE_SIZE ||
			    ((unsigned long *)(ptrs[i] + size))[-1] != id + loop)
				wrong++;
		}
		vfree_bulk(nr, ptrs);
		/* So that areas are reused. */
		if (!(loop % 32))
			vm_unmap_aliases();
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return wrong ? -EINVAL : NR_LOOPS;
}

static void concurrent(struct kunit *test)
{
	struct task_struct *threads[NR_THREADS];
	struct areas *a = test->priv;
	unsigned int i;

	for (i = 0; i < NR_THREADS; i++) {
		threads[i] = kthread_run(alloc_and_free,
					 (void *)((i + 1) * 1000000UL),
					 "vfree_bulk/%u", i);
		KUNIT_EXPECT_FALSE(test, IS_ERR(threads[i]));
	}
	for (i = 0; i < NR_THREADS; i++) {
		if (IS_ERR(threads[i]))
			continue;
		KUNIT_EXPECT_EQ(test, kthread_stop(threads[i]), NR_LOOPS);
	}
	KUNIT_EXPECT_EQ(test, a->warnings, 0);
}

static struct kunit_case vfree_bulk_cases[] = {
	KUNIT_CASE(nothing),
	KUNIT_CASE(mixed_sizes),
	KUNIT_CASE(in_order),
	KUNIT_CASE(in_reverse),
	KUNIT_CASE(out_of_order),
	KUNIT_CASE(part_of_many),
	KUNIT_CASE(pages_freed),
	KUNIT_CASE(pages_accounted),
	KUNIT_CASE(mapped_pages),
	KUNIT_CASE(double_free),
	KUNIT_CASE(bad_pointer),
	KUNIT_CASE(reset_permissions),
	KUNIT_CASE_SLOW(concurrent),
	{}
};

static struct kunit_suite vfree_bulk_suite = {
	.name = "vfree_bulk",
	.init = vfree_bulk_init_case,
	.exit = vfree_bulk_exit_case,
	.test_cases = vfree_bulk_cases,
};

kunit_test_suite(vfree_bulk_suite);

MODULE_DESCRIPTION("KUnit tests for vfree_bulk()");
MODULE_LICENSE("GPL");
