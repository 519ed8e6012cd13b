// SPDX-License-Identifier: GPL-2.0-only
///
/// Find misuse of __GFP_NO_LOCKS: together with flags that contradict it, for
/// an order that pcplists do not hold, passed to an allocator that cannot
/// honour it, with a result that is not checked, or that is freed with a raw
/// spinlock held.
///
//# A flagged allocation that fails is an ordinary event, so its result has to
//# be looked at. Freeing is not covered by the flag: it may take zone->lock.
//# What is meant by contradicting flags only the author can tell, so there is
//# no patch mode. Flags that come from another function are not seen.
//
// Confidence: Moderate
// Comments: mm/tests/page_alloc_kunit.c misuses the flag on purpose
// Options: --no-includes --include-headers

virtual context
virtual org
virtual report

// To look for the flag, or to take it out, is not to use it.
@mask@
expression E;
position m;
@@

(
 E & <+... __GFP_NO_LOCKS@m ...+>
|
 E &= <+... __GFP_NO_LOCKS@m ...+>
|
 ~(<+... __GFP_NO_LOCKS@m ...+>)
)

//----------------------------------------------------------
//  Flags that contradict it
//----------------------------------------------------------

@contradiction@
identifier bad =~ "^(__GFP_(RECLAIM|DIRECT_RECLAIM|KSWAPD_RECLAIM|IO|FS|HIGH|NOFAIL|RETRY_MAYFAIL|MEMALLOC|ACCOUNT)|GFP_(ATOMIC|KERNEL|NOWAIT|NOIO|NOFS|USER|HIGHUSER|TRANSHUGE)[A-Z_]*)$";
position p;
position n != mask.m;
@@

* (<+... __GFP_NO_LOCKS@n ...+>) | (<+... bad@p ...+>)

@script:python depends on org@
p << contradiction.p;
bad << contradiction.bad;
@@

coccilib.org.print_todo(p[0], "ERROR: %s contradicts __GFP_NO_LOCKS" % bad)

@script:python depends on report@
p << contradiction.p;
bad << contradiction.bad;
@@

coccilib.report.print_report(p[0], "ERROR: %s contradicts __GFP_NO_LOCKS" % bad)

@contradiction_later exists@
identifier bad =~ "^(__GFP_(RECLAIM|DIRECT_RECLAIM|KSWAPD_RECLAIM|IO|FS|HIGH|NOFAIL|RETRY_MAYFAIL|MEMALLOC|ACCOUNT)|GFP_(ATOMIC|KERNEL|NOWAIT|NOIO|NOFS|USER|HIGHUSER|TRANSHUGE)[A-Z_]*)$";
local idexpression g;
expression E;
position p;
position n != mask.m;
@@

(
* g = <+... __GFP_NO_LOCKS@n ...+>
|
* g |= <+... __GFP_NO_LOCKS@n ...+>
)
  ... when != g = E
      when != g &= E
(
* g |= <+... bad@p ...+>
|
* g | <+... bad@p ...+>
)

@script:python depends on org@
p << contradiction_later.p;
bad << contradiction_later.bad;
@@

coccilib.org.print_todo(p[0], "ERROR: %s contradicts __GFP_NO_LOCKS" % bad)

@script:python depends on report@
p << contradiction_later.p;
bad << contradiction_later.bad;
@@

coccilib.report.print_report(p[0], "ERROR: %s contradicts __GFP_NO_LOCKS" % bad)

//----------------------------------------------------------
//  Orders that pcplists do not hold
//----------------------------------------------------------

@order@
constant c;
identifier f =~ "^(alloc_pages|__get_free_pages|__alloc_pages|folio_alloc|__folio_alloc)(_noprof)?$";
identifier g =~ "^(alloc_pages_node|__alloc_pages_node)(_noprof)?$";
expression nid;
position p;
position n != mask.m;
@@

(
* f@p(<+... __GFP_NO_LOCKS@n ...+>, c, ...)
|
* g@p(nid, <+... __GFP_NO_LOCKS@n ...+>, c)
)

@script:python beyond@
c << order.c;
@@

# THP pages are on pcplists, but their order is no literal.
if not (c in ("MAX_PAGE_ORDER", "pageblock_order") or c.isdigit() and int(c) > 3):
    cocci.include_match(False)

@script:python depends on org && beyond@
p << order.p;
c << order.c;
@@

coccilib.org.print_todo(p[0], "no pcplist holds pages of order %s" % c)

@script:python depends on report && beyond@
p << order.p;
c << order.c;
@@

coccilib.report.print_report(p[0], "ERROR: no pcplist holds pages of order %s, __GFP_NO_LOCKS always fails" % c)

//----------------------------------------------------------
//  Allocators that cannot honour it
//----------------------------------------------------------

@allocator@
identifier f =~ "^_*(k[mzcv][a-z]*alloc|krealloc|kmem_cache_([a-z]*alloc|(pre|re)fill_sheaf)|kmemdup|kstrn?dup|kv?asprintf|v[mz][a-z]*alloc|mempool_alloc|alloc_percpu|pcpu_alloc|devm_k|dmam?_[a-z_]*alloc|alloc_pages_exact|alloc_contig|alloc_skb|netdev_alloc|bio_alloc|vma_alloc|folio_alloc_mpol|alloc_pages_mpol|id[ar]_alloc|xa_|radix_tree_|sg_alloc|stack_depot)";
position p;
position n != mask.m;
@@

* f@p(..., <+... __GFP_NO_LOCKS@n ...+>, ...)

@script:python depends on org@
p << allocator.p;
f << allocator.f;
@@

coccilib.org.print_todo(p[0], "ERROR: %s() cannot honour __GFP_NO_LOCKS" % f)

@script:python depends on report@
p << allocator.p;
f << allocator.f;
@@

coccilib.report.print_report(p[0], "ERROR: %s() cannot honour __GFP_NO_LOCKS" % f)

@allocator_later exists@
identifier f =~ "^_*(k[mzcv][a-z]*alloc|krealloc|kmem_cache_([a-z]*alloc|(pre|re)fill_sheaf)|kmemdup|kstrn?dup|kv?asprintf|v[mz][a-z]*alloc|mempool_alloc|alloc_percpu|pcpu_alloc|devm_k|dmam?_[a-z_]*alloc|alloc_pages_exact|alloc_contig|alloc_skb|netdev_alloc|bio_alloc|vma_alloc|folio_alloc_mpol|alloc_pages_mpol|id[ar]_alloc|xa_|radix_tree_|sg_alloc|stack_depot)";
local idexpression g;
expression E;
position p;
position n != mask.m;
@@

(
* g = <+... __GFP_NO_LOCKS@n ...+>
|
* g |= <+... __GFP_NO_LOCKS@n ...+>
)
  ... when != g = E
      when != g &= E
* f@p(..., \(g\|g | E\), ...)

@script:python depends on org@
p << allocator_later.p;
f << allocator_later.f;
@@

coccilib.org.print_todo(p[0], "ERROR: %s() cannot honour __GFP_NO_LOCKS" % f)

@script:python depends on report@
p << allocator_later.p;
f << allocator_later.f;
@@

coccilib.report.print_report(p[0], "ERROR: %s() cannot honour __GFP_NO_LOCKS" % f)

@macro@
identifier D;
position n != mask.m;
@@

#define D <+... __GFP_NO_LOCKS@n ...+>

@allocator_name@
identifier macro.D;
identifier f =~ "^_*(k[mzcv][a-z]*alloc|krealloc|kmem_cache_([a-z]*alloc|(pre|re)fill_sheaf)|kmemdup|kstrn?dup|kv?asprintf|v[mz][a-z]*alloc|mempool_alloc|alloc_percpu|pcpu_alloc|devm_k|dmam?_[a-z_]*alloc|alloc_pages_exact|alloc_contig|alloc_skb|netdev_alloc|bio_alloc|vma_alloc|folio_alloc_mpol|alloc_pages_mpol|id[ar]_alloc|xa_|radix_tree_|sg_alloc|stack_depot)";
expression E;
position p;
@@

* f@p(..., \(D\|D | E\), ...)

@script:python depends on org@
p << allocator_name.p;
f << allocator_name.f;
@@

coccilib.org.print_todo(p[0], "ERROR: %s() cannot honour __GFP_NO_LOCKS" % f)

@script:python depends on report@
p << allocator_name.p;
f << allocator_name.f;
@@

coccilib.report.print_report(p[0], "ERROR: %s() cannot honour __GFP_NO_LOCKS" % f)

//----------------------------------------------------------
//  Results that are not looked at
//----------------------------------------------------------

@direct@
identifier f =~ "^(_*alloc_pages?(_node)?|_*folio_alloc(_node)?|__get_free_pages?|get_zeroed_page|page_frag_alloc(_align)?)$";
identifier u =~ "^(page_address|page_to_pfn|page_to_phys|virt_to_page|memset|memcpy|lowmem_page_address|kmap_local_page|folio_address|page_folio)$";
identifier fld;
position p;
position n != mask.m;
@@

(
* f@p(..., <+... __GFP_NO_LOCKS@n ...+>, ...)->fld
|
* u(..., f@p(..., <+... __GFP_NO_LOCKS@n ...+>, ...), ...)
)

@alloc@
expression x;
identifier f =~ "^(_*alloc_pages?(_node)?|_*folio_alloc(_node)?|__get_free_pages?|get_zeroed_page|page_frag_alloc(_align)?)$";
type T;
position p;
position n != mask.m;
@@

(
 x = f@p(..., <+... __GFP_NO_LOCKS@n ...+>, ...)
|
 x = (T)f@p(..., <+... __GFP_NO_LOCKS@n ...+>, ...)
)

@unchecked exists@
expression alloc.x;
expression E;
identifier alloc.f, fld;
identifier test =~ "NULL|BUG_ON|WARN_ON";
identifier use =~ "^(page_address|page_to_pfn|page_to_phys|virt_to_page|memset|memcpy|set_page_private|get_page|put_page|__free_page|__free_pages|folio_put|lowmem_page_address|kmap_local_page|folio_address|page_folio|list_add|list_add_tail)$";
type T;
position alloc.p;
position p2;
@@

(
* x = f@p(...)
|
* x = (T)f@p(...)
)
  ... when != x == NULL
      when != x != NULL
      when != x = E
      when != test(..., x, ...)
(
* x->fld@p2
|
* *x@p2
|
* x@p2[...]
|
* use(..., <+... x@p2 ...+>, ...)
)

@ignored@
identifier f =~ "^_*alloc_pages_bulk";
position p;
position n != mask.m;
@@

* f@p(..., <+... __GFP_NO_LOCKS@n ...+>, ...);

//----------------------------------------------------------
//  Pages that are freed with a raw spinlock held
//----------------------------------------------------------

@within@
expression alloc.x;
identifier alloc.f, fn;
type T;
position alloc.p;
@@

fn(...)
{
  <+...
(
  x = f@p(...)
|
  x = (T)f@p(...)
)
  ...+>
}

@freed exists@
expression alloc.x;
identifier within.fn;
identifier lock =~ "^_*raw_spin_(try)?lock(_nested|_irq|_irqsave|_irqsave_nested|_bh)?$";
identifier unlock =~ "^_*raw_spin_unlock(_irq|_irqrestore|_bh)?$";
identifier free =~ "^(_*free_pages?|folio_put|put_page|release_pages|free_pages_exact|page_frag_free)$";
position p;
@@

fn(...)
{
  <+...
* lock(...)
  ... when != unlock(...)
* free@p(..., <+... x ...+>, ...)
  ...+>
}

@script:python depends on org@
p << freed.p;
free << freed.free;
@@

coccilib.org.print_todo(p[0], "ERROR: %s() may take zone->lock, not with a raw spinlock held" % free)

@script:python depends on report@
p << freed.p;
free << freed.free;
@@

coccilib.report.print_report(p[0], "ERROR: %s() may take zone->lock, not with a raw spinlock held" % free)

@script:python depends on org@
p << direct.p;
f << direct.f;
@@

coccilib.org.print_todo(p[0], "ERROR: result of %s(__GFP_NO_LOCKS) is not checked" % f)

@script:python depends on report@
p << direct.p;
f << direct.f;
@@

coccilib.report.print_report(p[0], "ERROR: result of %s(__GFP_NO_LOCKS) is not checked" % f)

@script:python depends on org@
p << alloc.p;
f << alloc.f;
p2 << unchecked.p2;
@@

coccilib.org.print_todo(p[0], "ERROR: result of %s(__GFP_NO_LOCKS) is used without a check on line %s" % (f, p2[0].line))

@script:python depends on report@
p << alloc.p;
f << alloc.f;
p2 << unchecked.p2;
@@

coccilib.report.print_report(p[0], "ERROR: result of %s(__GFP_NO_LOCKS) is used without a check on line %s" % (f, p2[0].line))

@script:python depends on org@
p << ignored.p;
f << ignored.f;
@@

coccilib.org.print_todo(p[0], "ERROR: result of %s(__GFP_NO_LOCKS) is ignored" % f)

@script:python depends on report@
p << ignored.p;
f << ignored.f;
@@

coccilib.report.print_report(p[0], "ERROR: result of %s(__GFP_NO_LOCKS) is ignored" % f)
