# SPDX-License-Identifier: GPL-2.0
# Every verb; `make help`. Variables are handed on by the environment.
# Without a choice of what to work on `make test` tests every base.
ifeq ($(origin BASE)$(LINUX)$(PATCHES),undefined)
export BASES ?= $(notdir $(patsubst %/,%,$(dir $(wildcard patches/*/BASE))))
endif
export BASE ?= v6.12
export O ?= build
export LINUX PATCHES TOPICS TOPIC ACCEL V JOBS
B := tools/testing/no_locks/bin
FLAVOUR ?= plain
KERNELS ?= stock-plain patched-plain
KERNEL ?= patched-$(FLAVOUR)
ifeq ($(PATCHES),)
unexport PATCHES
endif
ifeq ($(ACCEL),)
unexport ACCEL
endif
ifeq ($(JOBS),)
unexport JOBS
endif
.PHONY: all run test deps fetch tree patches explode check selftest cocci build kunit matrix boot table review send mutants native bench bench-quick bench-report clean distclean help
.NOTPARALLEL:

all: run
run: ## (default) all that is needed, ending with the table of stock against patched
	+@sh $(B)/table.sh
test: ## check, self tests, KUnit on every kernel of every base; BASE=, FLAVOURS="plain up"
	+@sh $(B)/test.sh
deps: ## install missing packages (root or sudo); nothing when all is there
	+@sh $(B)/deps.sh
fetch: ## the base's source package into O/cache
	+@sh $(B)/fetch.sh
tree: ## the base as a git tree in O/BASE/linux, the series on branch `series`; TOPICS="..."
	+@sh $(B)/tree.sh
patches: ## rewrite patches/BASE and the exploded view from branch `series`, by topic/NAME
	+@sh $(B)/patches.sh patches
explode: ## rewrite the exploded view only
	+@sh $(B)/patches.sh explode
review: ## what a maintainer's robots say, each patch alone; TOPIC=, FULL=1, ONLY="rows"
	+@sh $(B)/review.sh
send: ## rehearse sending to an mbox, send nothing; TOPIC=, SIGNOFF=1, PREV=revision
	+@sh $(B)/deps.sh git-email libmailtools-perl && sh $(B)/send.sh
check: ## fast checks, no kernel build: patches, exploded view, scripts
	+@sh $(B)/check.sh
selftest: ## the harness on bad input
	+@sh $(B)/selftest.sh
cocci: ## Coccinelle: planted misuse is found, and none in stock and patched tree
	@sh $(B)/cocci.sh
build: ## build KERNELS="stock-plain patched-plain" (also -debug -rt -rtplain -up)
	+@sh $(B)/deps.sh && sh $(B)/tree.sh && sh $(B)/build.sh $(KERNELS)
kunit: ## KUnit on FLAVOUR=plain (numa, debug, rt, up); SUITES=glob
	+@sh $(B)/deps.sh && SUITES="$(SUITES)" sh $(B)/kunit.sh $(FLAVOUR)
matrix: ## what is too long for CI: KCSAN, KMSAN, arm64, stress, rcutorture; ROWS= MINUTES=10
	+@sh $(B)/matrix.sh
mutants: ## break the series on purpose, one way at a time: do the tests notice? NAMES="..."
	+@sh $(B)/deps.sh && sh $(B)/tree.sh && sh $(B)/mutants.sh $(NAMES)
boot: ## boot KERNEL=patched-plain: a shell, or JOB=name ARGS="..." (SMP= MEM= ICOUNT=0)
	+@sh $(B)/boot.sh $(KERNEL) $(JOB) $(ARGS)
table: ## run the benchmarks that are not up to date, print the table
	+@sh $(B)/table.sh
native: ## wall clock: the kernels run natively as User-Mode Linux; ROUNDS=10 (half an hour)
	+@sh $(B)/deps.sh && sh $(B)/tree.sh && TOPICS=standalone sh $(B)/tree.sh && sh $(B)/native.sh
bench: ## all benchmarks (an hour; goes on where it stopped), the report with its plots
	+@sh $(B)/bench.sh
bench-quick: ## the most telling of them (10 minutes once the kernels are built)
	+@sh $(B)/bench.sh quick
bench-report: ## the report of the results there are
	+@sh $(B)/bench.sh report
clean: ## remove kernels, results, logs; keep the source trees
	+@sh $(B)/clean.sh
distclean: ## remove O; refused while a tree in it has work that patches/ lacks
	+@sh $(B)/clean.sh all
help: ## this list
	@echo 'make VERB [BASE=v6.12] [TOPICS="..."] [LINUX=git-tree] [O=build] [ACCEL=kvm|tcg] [V=1] [JOBS=n]'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1	\2/p' Makefile | expand -t 14
