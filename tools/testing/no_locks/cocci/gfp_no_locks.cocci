// SPDX-License-Identifier: GPL-2.0-only
///
/// Find misuse of __GFP_NO_LOCKS: it is combined with flags that contradict it,
/// used for an order that pcplists do not hold, or passed to an allocator that
/// does not support it; its result is not checked, or is freed with a raw
/// spinlock held.
///
//# An allocation with the flag may fail at any time, so its result must be
//# checked. Freeing is not covered by the flag: it may take zone->lock.
//# Only the author knows which flags were meant, so there is no patch mode.
//#
//# Local variables, fields, variables at file scope and macros may hold the
//# flag. Not seen:
//# - a flag that comes from another file or function, from a macro that uses
//#   another macro, from a call such as gfp_nested_mask(), or from a field that
//#   an initializer sets;
//# - functions that are not listed below, such as wrappers of those listed;
//# - locks and checks of results inside statement expressions and macros;
//# - pages that __free() frees at the end of a scope, and pages that are freed
//#   by another function or under another name;
//# - raw spinlocks that the caller or a wrapper (rq_lock()) takes;
//# - functions that spatch cannot parse. It leaves them out without a word, for
//#   example for scoped_cond_guard(lock, return -EBUSY, ...).
//
// Confidence: Moderate
// Comments: mm/tests/page_alloc_kunit.c misuses the flag on purpose
// Options: --no-includes --include-headers

virtual org
virtual report

// These are Python's regular expressions, because those of =~ depend on how
// spatch was built: with OCaml's Str, (a|b) is literal.
@initialize:python@
@@

import re

def words(pattern):
	match = re.compile(pattern, re.X).fullmatch
	return lambda name: bool(match(name))

contradicts = words(r"""
	__GFP_((DIRECT_ | KSWAPD_)?RECLAIM | IO | FS | HIGH | NOFAIL | RETRY_MAYFAIL) |
	__GFP_(MEMALLOC | ACCOUNT) |
	GFP_(ATOMIC | KERNEL | NOWAIT | NOIO | NOFS | USER | HIGHUSER | TRANSHUGE)[A-Z_]*
""")
takes_order = words(r"_*(alloc_pages | folio_alloc | get_free_pages)(_node)?(_noprof)?")
allocates_page = words(r"""
	_*(alloc_pages? | folio_alloc)(_node)?(_noprof)? |
	(__get_free_pages? | get_zeroed_page)(_noprof)? | _*page_frag_alloc(_align)?
""")
no_support = words(r"""_*(
	(devm_ | kunit_ | sock_)?k[mzcv][a-z]*alloc | krealloc | kv?memdup | kstrn?dup |
	kv?asprintf | kmem_cache_([a-z]*alloc | (pre | re)fill_sheaf) | mempool_ |
	v[mzcr][a-z]*alloc | alloc_percpu | pcpu_alloc | percpu_counter_init | dmam?_[a-z_]*alloc |
	alloc_(pages_(exact | bulk | mpol | nolock) | contig) | folio_alloc_(mpol | gigantic) |
	vma_alloc | filemap_alloc | bitmap_z?alloc | z?alloc_cpumask | kfifo_alloc | genradix_ |
	radix_tree_ | id[ar]_ | xas?_ | mas_ | mt_ | mtree_ | sgl?_alloc | stack_depot | devm_ |
	devres_ | argv_split | (netdev_ | napi_)?alloc_skb | netdev_alloc | p?skb_(?!page_frag) |
	sk_(alloc | clone) | (gen)?nlmsg_new | netlink_ | nla_ | bio_ | usb_ | posix_acl_
	).*""")
uses_page = words(r"""
	(lowmem_)?page_address | page_to_(pfn | phys | virt) | virt_to_(page | folio | phys) |
	page_folio | folio_address | kmap_local_(page | folio) | mem(set | cpy) | set_page_private |
	(clear | copy | get | put)_page | folio_(get | put) | list_add(_tail)? | __free_pages?
""")
checks = words(r".*(NULL | BUG_ON | WARN_ON).*")
raw_lock = words(r"_*raw_spin_(try)?lock(_nested | _irq | _irqsave | _irqsave_nested | _bh)?")
raw_unlock = words(r"_*raw_spin_unlock(_irq | _irqrestore | _bh)?")
raw_class = words(r"raw_spinlock(_nested | _irq | _irqsave | _bh)?(_try)?")
frees_page = words(r"""
	_*free_pages?(_exact)? | (folio | __folio | folios)_put | put_page | release_pages |
	page_frag_free
""")

holders = set()		# macros and variables at file scope that hold the flag
within = {}		# where the flag is -> the innermost call around it, None in a mask
later = set()		# calls that get the flag from a variable
results = set()		# (function, variable) that holds a page
blocks = {}		# guards of raw locks -> end of the block that they hold the lock for

def keys(p):
	return [(one.file, int(one.line), int(one.column)) for one in p]

def has_flag(name):
	return name == "__GFP_NO_LOCKS" or name in holders

def plain(n):
	return keys(n)[0] not in within

def gets_flag(p):
	return keys(p)[0] in later or keys(p)[0] in within.values()

def guarded(p):
	return any(start < keys(p)[0] <= end for start, end in blocks.items())

def say(p, text):
	pass

def freed(p, f, x):
	for function, page in results:
		same = re.search(r"(?<!\w)%s(?!\w)" % re.escape(page), x)
		if same and function == p[0].current_element:
			say(p, "ERROR: %s() may take zone->lock, not with a raw spinlock held" % f)
			break

@initialize:python depends on org@
@@

say = lambda p, text: coccilib.org.print_todo(p[0], text)

@initialize:python depends on report@
@@

say = lambda p, text: coccilib.report.print_report(p[0], text)

// --- Where the flag is held, and which calls get it ---

// Without these names, spatch leaves out the functions that use them.
@present@
attribute name __free;
iterator name scoped_guard, scoped_cond_guard, scoped_class, kunit_warning_suppress;
@@

__GFP_NO_LOCKS

@script:python depends on present@
@@
for state in holders, within, later, results, blocks:
	state.clear()

// To look for the flag, or to take it out, is not to use it.
@mask depends on present@
expression E;
identifier N;
position m;
@@

(
 E & <+... N@m ...+>
|
 E &= <+... N@m ...+>
|
 ~(<+... N@m ...+>)
)

@script:python@
m << mask.m;
@@
within.update((k, None) for k in keys(m))

@macro@
identifier D;
position n != mask.m;
@@

#define D <+... __GFP_NO_LOCKS@n ...+>

@script:python@
D << macro.D;
@@
holders.add(D)

@variable@
identifier D;
type T;
position p;
position n != mask.m;
@@

T D@p = <+... __GFP_NO_LOCKS@n ...+>;

@script:python@
D << variable.D;
p << variable.p;
@@
if p[0].current_element == D:	# not in a function
	holders.add(D)

@call depends on present@
identifier f;
identifier N : script:python() { has_flag(N) };
position p;
position n != mask.m;
@@

f@p(..., <+... N@n ...+>, ...)

@script:python@
p << call.p;
n << call.n;
@@
for k in keys(n):
	within[k] = max([within.get(k, ("", 0, 0))] + keys(p))

@call_later depends on present exists@
identifier f;
identifier N : script:python() { has_flag(N) };
expression E, g;
position p;
position n : script:python() { plain(n) };
@@

(
 g = <+... N@n ...+>
|
 g |= <+... N@n ...+>
)
  ... when != g = E
      when != g &= E
      when any
 f@p(..., \(g\|g | E\), ...)

@script:python@
p << call_later.p;
@@
later.update(keys(p))

// --- Flags that contradict it ---

@contradiction depends on present@
identifier bad : script:python() { contradicts(bad) };
identifier N : script:python() { has_flag(N) };
position p;
position n != mask.m;
@@

 (<+... N@n ...+>) | (<+... bad@p ...+>)

@script:python@
p << contradiction.p;
bad << contradiction.bad;
@@
say(p, "ERROR: %s contradicts __GFP_NO_LOCKS" % bad)

@contradiction_later depends on present exists@
identifier bad : script:python() { contradicts(bad) };
identifier N : script:python() { has_flag(N) };
expression E, g;
position p;
position n : script:python() { plain(n) };
@@

(
 g = <+... N@n ...+>
|
 g |= <+... N@n ...+>
)
  ... when != g = E
      when != g &= E
      when any
(
 g |= <+... bad@p ...+>
|
 g | <+... bad@p ...+>
)

@script:python@
p << contradiction_later.p;
bad << contradiction_later.bad;
@@
say(p, "ERROR: %s contradicts __GFP_NO_LOCKS" % bad)

// --- Orders that pcplists do not hold, other allocators ---

@order depends on present@
constant c;
identifier f : script:python() { takes_order(f) };
expression nid, gfp;
position p : script:python() { gets_flag(p) };
@@

(
 f@p(gfp, c, ...)
|
 f@p(nid, gfp, c)
)

@script:python@
p << order.p;
c << order.c;
@@
# THP pages are on pcplists, but their order is no literal.
if c in ("MAX_PAGE_ORDER", "pageblock_order") or c.isdigit() and int(c) > 3:
	say(p, "ERROR: no pcplist holds pages of order %s, __GFP_NO_LOCKS always fails" % c)

@allocator depends on present@
identifier f : script:python() { no_support(f) };
position p : script:python() { gets_flag(p) };
@@

f@p(...)

@script:python@
p << allocator.p;
f << allocator.f;
@@
say(p, "ERROR: %s() does not support __GFP_NO_LOCKS" % f)

// --- Results that are not checked ---

@direct depends on present@
identifier f : script:python() { allocates_page(f) };
identifier use : script:python() { uses_page(use) };
identifier fld;
position p : script:python() { gets_flag(p) };
@@

(
 f@p(...)->fld
|
 use(..., <+... f@p(...) ...+>, ...)
)

@script:python@
p << direct.p;
f << direct.f;
@@
say(p, "ERROR: result of %s(__GFP_NO_LOCKS) is not checked" % f)

@alloc depends on present@
expression x;
identifier f : script:python() { allocates_page(f) };
position p : script:python() { gets_flag(p) };
type T;
@@

(
 x = f@p(...)
|
 x = (T)f@p(...)
)

@script:python@
x << alloc.x;
p << alloc.p;
@@
results.add((p[0].current_element, x))

@unchecked exists@
expression alloc.x;
expression E;
identifier alloc.f, fld;
identifier test : script:python() { checks(test) };
identifier use : script:python() { uses_page(use) };
type T;
position alloc.p;
position p2;
@@

(
 x = f@p(...)
|
 x = (T)f@p(...)
)
  ... when != x == NULL
      when != x != NULL
      when != x = E
      when != test(..., x, ...)
(
 x->fld@p2
|
 *x@p2
|
 x@p2[...]
|
 use(..., <+... x@p2 ...+>, ...)
)

@script:python@
p << alloc.p;
f << alloc.f;
p2 << unchecked.p2;
@@
say(p, "ERROR: result of %s(__GFP_NO_LOCKS) is used without a check on line %s" % (f, p2[0].line))

// --- Pages that are freed with a raw spinlock held ---

@locked depends on alloc exists@
identifier lock : script:python() { raw_lock(lock) };
identifier unlock : script:python() { raw_unlock(unlock) };
identifier f : script:python() { frees_page(f) };
expression x;
position p;
@@

 lock(...)
  ... when != unlock(...)
 f@p(..., x, ...)

@script:python@
p << locked.p;
f << locked.f;
x << locked.x;
@@
freed(p, f, x)

@guard depends on alloc disable braces0, braces1, braces2, braces3, braces4@
identifier lock : script:python() { raw_class(lock) };
iterator i;
expression E;
position p, end;
@@

(
 i@p(lock, ...) { ... }@end
|
 i@p(lock, ...) E@end;
|
 { <+... guard@p(lock)(...) ...+> }@end
)

@script:python@
p << guard.p;
end << guard.end;
@@
for k in keys(p):
	blocks[k] = min([blocks.get(k, ("~", 0, 0))] + keys(end))

@guarded depends on guard@
identifier f : script:python() { frees_page(f) };
expression x;
position p : script:python() { guarded(p) };
@@

f@p(..., x, ...)

@script:python@
p << guarded.p;
f << guarded.f;
x << guarded.x;
@@
freed(p, f, x)
