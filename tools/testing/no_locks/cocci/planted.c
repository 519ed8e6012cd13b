// SPDX-License-Identifier: GPL-2.0
/*
 * planted.c - misuse of __GFP_NO_LOCKS, and right use, for bin/cocci.sh.
 *
 * Read by Coccinelle and never compiled. A line with misuse ends in BAD: and a
 * piece of what gfp_no_locks.cocci has to say about
 * it; about the other lines it has to say nothing.
 */

/* --- flags that contradict it --- */

#define PLANTED_HIGH	(__GFP_NO_LOCKS | __GFP_HIGH) /* BAD: __GFP_HIGH contradicts */
#define PLANTED_GOOD	(__GFP_NO_LOCKS | __GFP_NOWARN | __GFP_NOMEMALLOC)

static gfp_t planted_nowait = __GFP_NO_LOCKS | GFP_NOWAIT; /* BAD: GFP_NOWAIT contradicts */
static const struct planted planted_kswapd = {
	.gfp = __GFP_KSWAPD_RECLAIM | __GFP_NO_LOCKS, /* BAD: __GFP_KSWAPD_RECLAIM contradicts */
};

struct page *contradictions(bool urgent)
{
	gfp_t gfp = __GFP_NO_LOCKS, later = __GFP_NO_LOCKS, good = __GFP_NO_LOCKS;

	take(alloc_page(__GFP_NO_LOCKS | GFP_KERNEL)); /* BAD: GFP_KERNEL contradicts */
	take(alloc_page(GFP_ATOMIC | __GFP_NOWARN | __GFP_NO_LOCKS)); /* BAD: GFP_ATOMIC contradicts */
	take(alloc_page(__GFP_NO_LOCKS | __GFP_COMP | GFP_NOFS)); /* BAD: GFP_NOFS contradicts */
	take(alloc_page(__GFP_NO_LOCKS | (urgent ? __GFP_NOFAIL : 0))); /* BAD: __GFP_NOFAIL contradicts */
	take(alloc_pages_node(0, __GFP_DIRECT_RECLAIM | __GFP_NO_LOCKS, 0)); /* BAD: __GFP_DIRECT_RECLAIM contradicts */
	take(alloc_page(__GFP_NO_LOCKS | __GFP_RECLAIM)); /* BAD: __GFP_RECLAIM contradicts */
	take(alloc_page(__GFP_NO_LOCKS | GFP_KERNEL_ACCOUNT)); /* BAD: GFP_KERNEL_ACCOUNT contradicts */
	gfp |= __GFP_ACCOUNT; /* BAD: __GFP_ACCOUNT contradicts */
	if (urgent)
		take(alloc_page(later | GFP_ATOMIC)); /* BAD: GFP_ATOMIC contradicts */

	/* Good: one or the other, modifiers that it goes with, masks. */
	take(alloc_page(urgent ? __GFP_NO_LOCKS : GFP_KERNEL));
	take(alloc_page(__GFP_NO_LOCKS | __GFP_NOWARN | __GFP_ZERO | __GFP_THISNODE | GFP_DMA32));
	if (good & (__GFP_NO_LOCKS | __GFP_RECLAIM))
		return NULL;
	good &= ~(__GFP_NO_LOCKS | __GFP_RECLAIM);
	good |= GFP_ATOMIC;
	return alloc_page(good);
}

/* --- orders that pcplists do not hold --- */

void orders(void)
{
	take(alloc_pages(__GFP_NO_LOCKS, 4)); /* BAD: order 4 */
	take(alloc_pages_node(1, __GFP_NO_LOCKS | __GFP_COMP, 5)); /* BAD: order 5 */
	take(__get_free_pages(__GFP_NO_LOCKS, MAX_PAGE_ORDER)); /* BAD: order MAX_PAGE_ORDER */

	take(alloc_pages(__GFP_NO_LOCKS, 0));
	take(alloc_pages(__GFP_NO_LOCKS | __GFP_COMP, 3));
	take(alloc_pages(__GFP_NO_LOCKS, HPAGE_PMD_ORDER));
	take(alloc_pages(GFP_KERNEL, 9));
}

/* --- allocators that cannot honour it --- */

void allocators(struct device *dev, struct kmem_cache *cache, mempool_t *pool)
{
	gfp_t gfp = __GFP_NO_LOCKS;

	take(kmalloc(8, __GFP_NO_LOCKS)); /* BAD: kmalloc() cannot honour */
	take(kzalloc(8, gfp)); /* BAD: kzalloc() cannot honour */
	take(kcalloc(8, 8, gfp | __GFP_NOWARN)); /* BAD: kcalloc() cannot honour */
	take(kmalloc_node(8, PLANTED_GOOD, 0)); /* BAD: kmalloc_node() cannot honour */
	take(kmalloc_array(8, 3, __GFP_NO_LOCKS | __GFP_NOWARN)); /* BAD: kmalloc_array() cannot honour */
	take(kvmalloc(8, __GFP_NO_LOCKS)); /* BAD: kvmalloc() cannot honour */
	take(kmemdup(dev, 8, __GFP_NO_LOCKS)); /* BAD: kmemdup() cannot honour */
	take(kasprintf(__GFP_NO_LOCKS, "%d", 1)); /* BAD: kasprintf() cannot honour */
	take(kmem_cache_alloc(cache, __GFP_NO_LOCKS)); /* BAD: kmem_cache_alloc() cannot honour */
	take(kmem_cache_zalloc(cache, __GFP_NO_LOCKS)); /* BAD: kmem_cache_zalloc() cannot honour */
	take(__vmalloc(8, __GFP_NO_LOCKS)); /* BAD: __vmalloc() cannot honour */
	take(__vmalloc_node(8, 1, __GFP_NO_LOCKS, 0, dev)); /* BAD: __vmalloc_node() cannot honour */
	take(mempool_alloc(pool, __GFP_NO_LOCKS)); /* BAD: mempool_alloc() cannot honour */
	take(alloc_percpu_gfp(int, __GFP_NO_LOCKS)); /* BAD: alloc_percpu_gfp() cannot honour */
	take(__alloc_percpu_gfp(8, 8, __GFP_NO_LOCKS)); /* BAD: __alloc_percpu_gfp() cannot honour */
	take(dma_alloc_coherent(dev, 8, NULL, __GFP_NO_LOCKS)); /* BAD: dma_alloc_coherent() cannot honour */
	take(alloc_pages_exact(3 * PAGE_SIZE, __GFP_NO_LOCKS)); /* BAD: alloc_pages_exact() cannot honour */
	take(vma_alloc_folio(__GFP_NO_LOCKS, 0, vma, 0, false)); /* BAD: vma_alloc_folio() cannot honour */
	take(xa_store(xa, 1, dev, __GFP_NO_LOCKS)); /* BAD: xa_store() cannot honour */

	/* Good: taken out again before, or an allocator of pages. */
	take(kmalloc(8, gfp & ~__GFP_NO_LOCKS));
	take(alloc_page(gfp));
	take(page_frag_alloc(frag, 64, __GFP_NO_LOCKS));
	gfp = GFP_NOWAIT;
	take(kmalloc(8, gfp));
}

/* --- results that are not checked --- */

void not_checked(void)
{
	struct page *page;

	page = alloc_page(__GFP_NO_LOCKS); /* BAD: without a check */
	page->private = 0;
}

void not_checked_init(void)
{
	unsigned long *p = (unsigned long *)__get_free_page(__GFP_NO_LOCKS); /* BAD: without a check */

	*p = 0;
}

void not_checked_passed_on(bool wanted)
{
	struct block *block;

	block = (struct block *)__get_free_page(__GFP_NO_LOCKS | __GFP_NOWARN); /* BAD: without a check */
	if (wanted)
		memset(block, 0, PAGE_SIZE);
}

void not_checked_nested(void)
{
	take(page_address(alloc_page(__GFP_NO_LOCKS))); /* BAD: not checked */
}

void not_checked_bulk(struct page **pages)
{
	alloc_pages_bulk_array(__GFP_NO_LOCKS, 8, pages); /* BAD: is ignored */
}

int checked(void)
{
	struct block *block, *other;
	struct page *page;

	page = alloc_page(__GFP_NO_LOCKS);
	if (!page)
		return -ENOMEM;
	page->private = 0;

	block = (struct block *)__get_free_page(__GFP_NO_LOCKS);
	if (likely(block))
		block->nr = 0;

	other = (struct block *)__get_free_page(__GFP_NO_LOCKS);
	KUNIT_ASSERT_NOT_NULL(test, other);
	other->nr = 0;
	return 0;
}

struct block *handed_on(struct owner *o)
{
	unsigned long nr;

	nr = alloc_pages_bulk_array(__GFP_NO_LOCKS, 8, o->pages);
	if (nr)
		return page_address(o->pages[0]);
	o->block = (struct block *)__get_free_page(__GFP_NO_LOCKS);
	return o->block;
}

/* --- freed where zone->lock cannot be taken --- */

void freed_locked(bool wanted)
{
	struct page *page;

	raw_spin_lock_irqsave(&planted_lock, flags);
	page = alloc_page(__GFP_NO_LOCKS);
	if (page && !wanted)
		__free_page(page); /* BAD: __free_page() may take zone->lock */
	raw_spin_unlock_irqrestore(&planted_lock, flags);
}

void freed_locked_later(bool wanted)
{
	unsigned long addr;

	addr = __get_free_page(__GFP_NO_LOCKS);
	raw_spin_lock(&planted_lock);
	if (wanted) {
		raw_spin_unlock(&planted_lock);
		free_page(addr);
		return;
	}
	free_page(addr); /* BAD: free_page() may take zone->lock */
	raw_spin_unlock(&planted_lock);
}

void freed_unlocked(void)
{
	struct page *page;

	raw_spin_lock_irqsave(&planted_lock, flags);
	page = alloc_page(__GFP_NO_LOCKS);
	raw_spin_unlock_irqrestore(&planted_lock, flags);
	if (page)
		__free_page(page);
}

void freed_ordinary(struct page *page)
{
	raw_spin_lock(&planted_lock);
	__free_page(page);
	raw_spin_unlock(&planted_lock);
}
