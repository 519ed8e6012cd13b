// SPDX-License-Identifier: GPL-2.0
/*
 * planted.c - misuse of __GFP_NO_LOCKS, and right use, for bin/cocci.sh.
 *
 * Read by Coccinelle and never compiled. Each line with misuse ends in BAD: and
 * a part of what gfp_no_locks.cocci must report there. It must not report any
 * other line.
 */

/* --- flags that contradict it --- */

#define PLANTED_HIGH	(__GFP_NO_LOCKS | __GFP_HIGH) /* BAD: __GFP_HIGH contradicts */
#define PLANTED_GOOD	(__GFP_NO_LOCKS | __GFP_NOWARN | __GFP_NOMEMALLOC)

static gfp_t planted_global = __GFP_NO_LOCKS | __GFP_NOWARN;
static gfp_t planted_nowait = __GFP_NO_LOCKS | GFP_NOWAIT; /* BAD: GFP_NOWAIT contradicts */
static const struct planted planted_kswapd = {
	.gfp = __GFP_KSWAPD_RECLAIM | __GFP_NO_LOCKS, /* BAD: __GFP_KSWAPD_RECLAIM contradicts */
};

struct page *contradictions(bool urgent)
{
	gfp_t gfp = __GFP_NO_LOCKS, later = __GFP_NO_LOCKS, good = __GFP_NO_LOCKS;

	take(alloc_page(__GFP_NO_LOCKS | GFP_KERNEL)); /* BAD: GFP_KERNEL contradicts */
	take(alloc_page(GFP_ATOMIC | __GFP_COMP | __GFP_NO_LOCKS)); /* BAD: GFP_ATOMIC */
	take(alloc_page(__GFP_NO_LOCKS | __GFP_COMP | GFP_NOFS)); /* BAD: GFP_NOFS contradicts */
	take(alloc_page(__GFP_NO_LOCKS | (urgent ? __GFP_NOFAIL : 0))); /* BAD: __GFP_NOFAIL */
	take(alloc_page(__GFP_DIRECT_RECLAIM | __GFP_NO_LOCKS)); /* BAD: __GFP_DIRECT_RECLAIM */
	take(alloc_page(__GFP_NO_LOCKS | __GFP_RECLAIM)); /* BAD: __GFP_RECLAIM contradicts */
	take(alloc_page(__GFP_NO_LOCKS | GFP_KERNEL_ACCOUNT)); /* BAD: GFP_KERNEL_ACCOUNT */
	gfp |= __GFP_ACCOUNT; /* BAD: __GFP_ACCOUNT contradicts */
	if (urgent)
		take(alloc_page(later | GFP_ATOMIC)); /* BAD: GFP_ATOMIC contradicts */
	take(alloc_page(PLANTED_GOOD | GFP_USER)); /* BAD: GFP_USER contradicts */
	planted->gfp = __GFP_NO_LOCKS;
	planted->gfp |= __GFP_IO; /* BAD: __GFP_IO contradicts */

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
	take(alloc_pages(planted_global, 6)); /* BAD: order 6 */
	take(folio_alloc(PLANTED_GOOD, 9)); /* BAD: order 9 */

	take(alloc_pages(__GFP_NO_LOCKS, 0));
	take(alloc_pages(__GFP_NO_LOCKS | __GFP_COMP, 3));
	take(alloc_pages(__GFP_NO_LOCKS, HPAGE_PMD_ORDER));
	take(alloc_pages(GFP_KERNEL, 9));
}

/* --- allocators that do not support it --- */

void allocators(struct device *dev, struct kmem_cache *cache, mempool_t *pool, gfp_t given)
{
	gfp_t gfp = __GFP_NO_LOCKS, without = given & ~__GFP_NO_LOCKS;

	take(kmalloc(8, __GFP_NO_LOCKS)); /* BAD: kmalloc() does not */
	take(kzalloc(8, gfp)); /* BAD: kzalloc() does not */
	take(kcalloc(8, 8, gfp | __GFP_NOWARN)); /* BAD: kcalloc() does not */
	take(kmalloc_node(8, PLANTED_GOOD, 0)); /* BAD: kmalloc_node() does not */
	take(krealloc(dev, 8, planted_global)); /* BAD: krealloc() does not */
	take(kmalloc_array(8, 3, __GFP_NO_LOCKS)); /* BAD: kmalloc_array() does not */
	take(kmalloc_obj(*dev, __GFP_NO_LOCKS)); /* BAD: kmalloc_obj() does not */
	take(kvmalloc(8, __GFP_NO_LOCKS)); /* BAD: kvmalloc() does not */
	take(kmemdup(dev, 8, __GFP_NO_LOCKS)); /* BAD: kmemdup() does not */
	take(kvmemdup(dev, 8, __GFP_NO_LOCKS)); /* BAD: kvmemdup() does not */
	take(kasprintf(__GFP_NO_LOCKS, "%d", 1)); /* BAD: kasprintf() does not */
	take(kmem_cache_alloc(cache, __GFP_NO_LOCKS)); /* BAD: kmem_cache_alloc() does not */
	take(kmem_cache_zalloc(cache, __GFP_NO_LOCKS)); /* BAD: kmem_cache_zalloc() does not */
	take(__vmalloc(8, __GFP_NO_LOCKS)); /* BAD: __vmalloc() does not */
	take(__vmalloc_node(8, 1, __GFP_NO_LOCKS, 0, dev)); /* BAD: __vmalloc_node() does not */
	take(mempool_alloc(pool, __GFP_NO_LOCKS)); /* BAD: mempool_alloc() does not */
	take(alloc_percpu_gfp(int, __GFP_NO_LOCKS)); /* BAD: alloc_percpu_gfp() does not */
	take(__alloc_percpu_gfp(8, 8, __GFP_NO_LOCKS)); /* BAD: __alloc_percpu_gfp() does not */
	take(dma_alloc_coherent(dev, 8, NULL, __GFP_NO_LOCKS)); /* BAD: dma_alloc_coherent() */
	take(alloc_pages_exact(3 * PAGE_SIZE, __GFP_NO_LOCKS)); /* BAD: alloc_pages_exact() */
	take(alloc_pages_bulk(__GFP_NO_LOCKS, 8, pages)); /* BAD: alloc_pages_bulk() does not */
	take(alloc_pages_bulk_array(gfp, 8, pages)); /* BAD: alloc_pages_bulk_array() does not */
	take(alloc_pages_nolock(__GFP_NO_LOCKS, 0, 0)); /* BAD: alloc_pages_nolock() does not */
	take(vma_alloc_folio(__GFP_NO_LOCKS, 0, vma, 0, false)); /* BAD: vma_alloc_folio() */
	take(bitmap_zalloc(8, __GFP_NO_LOCKS)); /* BAD: bitmap_zalloc() does not */
	take(zalloc_cpumask_var(&mask, __GFP_NO_LOCKS)); /* BAD: zalloc_cpumask_var() does not */
	take(kfifo_alloc(&fifo, 8, __GFP_NO_LOCKS)); /* BAD: kfifo_alloc() does not */
	take(xa_store(xa, 1, dev, __GFP_NO_LOCKS)); /* BAD: xa_store() does not */
	take(mas_store_gfp(mas, dev, __GFP_NO_LOCKS)); /* BAD: mas_store_gfp() does not */
	take(ida_alloc(ida, __GFP_NO_LOCKS)); /* BAD: ida_alloc() does not */
	take(radix_tree_preload(__GFP_NO_LOCKS)); /* BAD: radix_tree_preload() does not */
	take(sg_alloc_table(table, 8, __GFP_NO_LOCKS)); /* BAD: sg_alloc_table() does not */
	take(devm_kzalloc(dev, 8, __GFP_NO_LOCKS)); /* BAD: devm_kzalloc() does not */
	take(alloc_skb(8, __GFP_NO_LOCKS)); /* BAD: alloc_skb() does not */
	take(skb_clone(skb, __GFP_NO_LOCKS)); /* BAD: skb_clone() does not */
	take(nlmsg_new(8, __GFP_NO_LOCKS)); /* BAD: nlmsg_new() does not */
	take(bio_alloc(dev, 1, 0, __GFP_NO_LOCKS)); /* BAD: bio_alloc() does not */
	take(usb_alloc_urb(0, __GFP_NO_LOCKS)); /* BAD: usb_alloc_urb() does not */

	/* Good: taken out again before, or an allocator of pages. */
	take(kmalloc(8, gfp & ~__GFP_NO_LOCKS));
	take(kmalloc(8, given & ~PLANTED_GOOD));
	take(kmalloc(8, without));
	take(alloc_page(gfp));
	take(page_frag_alloc(frag, 64, __GFP_NO_LOCKS));
	take(xa_store(xa, 1, alloc_page(__GFP_NO_LOCKS), GFP_KERNEL));
	gfp = GFP_NOWAIT;
	take(kmalloc(8, gfp));
}

void allocators_elsewhere(struct planted *planted)
{
	void *freed __free(kfree) = kmalloc(8, __GFP_NO_LOCKS); /* BAD: kmalloc() does not */
	void *value = ({ foo(); kzalloc(8, __GFP_NO_LOCKS); }); /* BAD: kzalloc() does not */
	struct page *page;

	planted->gfp = __GFP_NO_LOCKS;
	take(kmalloc(8, planted->gfp)); /* BAD: kmalloc() does not */
	scoped_guard(spinlock_irqsave, &planted->lock) {
		take(kmalloc(8, __GFP_NO_LOCKS)); /* BAD: kmalloc() does not */
	}
	scoped_guard(mutex, &planted->lock)
		take(kmalloc(8, __GFP_NO_LOCKS)); /* BAD: kmalloc() does not */

	/* Good: the page is no flag. */
	page = alloc_page(__GFP_NO_LOCKS);
	take(xa_store(xa, 1, page, GFP_KERNEL));
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
	unsigned long *p = (unsigned long *)__get_free_page(__GFP_NO_LOCKS); /* BAD: without */

	*p = 0;
}

void not_checked_passed_on(bool wanted)
{
	struct block *block;

	block = (struct block *)__get_free_page(__GFP_NO_LOCKS | __GFP_NOWARN); /* BAD: without */
	if (wanted)
		memset(block, 0, PAGE_SIZE);
}

void not_checked_nested(void)
{
	take(page_address(alloc_page(__GFP_NO_LOCKS))); /* BAD: not checked */
}

void not_checked_cleanup(struct planted *planted)
{
	struct page *page __free(free_page) = alloc_page(PLANTED_GOOD); /* BAD: without a check */
	struct page *good __free(free_page) = alloc_page(PLANTED_GOOD);

	page->private = 0;
	if (!good)
		return;
	good->private = 0;
}

void not_checked_variable(gfp_t gfp)
{
	struct page *page;

	gfp |= __GFP_NO_LOCKS;
	page = alloc_page(gfp); /* BAD: without a check */
	page->private = 0;
}

void not_checked_scoped(void)
{
	scoped_guard(preempt) {
		struct page *page = alloc_page(__GFP_NO_LOCKS); /* BAD: without a check */

		page->private = 0;
	}
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

void freed_field(struct owner *o)
{
	o->pages[0] = alloc_page(__GFP_NO_LOCKS);
	raw_spin_lock_irq(&planted_lock);
	if (o->pages[0])
		__free_page(o->pages[0]); /* BAD: __free_page() may take zone->lock */
	raw_spin_unlock_irq(&planted_lock);
}

void freed_guard(bool wanted)
{
	struct page *page = alloc_page(__GFP_NO_LOCKS);

	if (!page)
		return;
	if (wanted) {
		guard(raw_spinlock_irqsave)(&planted_lock);
		if (!list_empty(&planted_list)) {
			__free_page(page); /* BAD: __free_page() may take zone->lock */
			return;
		}
	}
	guard(mutex)(&planted_mutex);
	__free_page(page);
}

void freed_guard_function(void)
{
	struct folio *folio;

	guard(raw_spinlock)(&planted_lock);
	folio = folio_alloc(__GFP_NO_LOCKS, 0);
	if (folio)
		folio_put(folio); /* BAD: folio_put() may take zone->lock */
}

void freed_scoped(bool wanted)
{
	struct page *page = alloc_page(__GFP_NO_LOCKS);

	if (!page)
		return;
	scoped_guard(raw_spinlock_irq, &planted_lock) {
		if (wanted)
			put_page(page); /* BAD: put_page() may take zone->lock */
		else
			free_pages_nolock(page, 0);
	}
	scoped_guard(raw_spinlock, &planted_lock)
		__free_page(page); /* BAD: __free_page() may take zone->lock */
	scoped_cond_guard(raw_spinlock_try, wanted = false, &planted_lock) {
		__free_page(page); /* BAD: __free_page() may take zone->lock */
	}
	scoped_guard(spinlock, &planted_lock)
		__free_page(page);
	__free_page(page);
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
