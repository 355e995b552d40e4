# SPDX-License-Identifier: GPL-2.0-or-later
# Variables: O=DIR (where to build), CC=gcc|clang, SANITIZE=1 (ASan and UBSan), V=1 (show commands),
#            WERROR=-Werror (warnings are errors, for who changes the code and for CI),
#            WITHOUT="LIBRARY..." (of those that outputs need), NO_INSTALL=1 (only say what is missing), ARGS="..." (for watch, check, bench), DESTDIR, PREFIX, ZSH_DIR,
#            SECONDS=N (for fuzz, reconcile), RUNS=N, EVENTS=N (for outputs, fleet), TARGET=NAME (for fuzz), ARCH=arm64 (for that machine; Debian's cross compilers)
# No rule but these: make would build any SCRIPT from SCRIPT.sh.
MAKEFLAGS += --no-builtin-rules
VERSION   := 0.1.0
O         ?= build$(if $(SANITIZE),-sanitize)$(if $(ARCH),-$(ARCH))
PREFIX    ?= /usr/local
# Where zsh looks for completion: Debian's packages have theirs in /usr/share/zsh/vendor-completions.
ZSH_DIR   ?= $(PREFIX)/share/zsh/site-functions
CFLAGS    ?= -O2 -g
CLANG     ?= clang
PKGS      := libbpf libelf zlib libmnl libcrypto

# Root's PATH without a login lacks these, as does a user's.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

# Another machine's compiler, and its libraries beside one's own.
ifneq ($(ARCH),)
export ARCH
TRIPLET   := $(patsubst amd64,x86_64,$(patsubst arm64,aarch64,$(ARCH)))-linux-gnu
CC        := $(if $(filter default,$(origin CC)),$(TRIPLET)-gcc,$(CC))
PKG_CONFIG ?= PKG_CONFIG_LIBDIR=/usr/lib/$(TRIPLET)/pkgconfig:/usr/share/pkgconfig pkg-config
STRIP     ?= $(TRIPLET)-strip
endif
PKG_CONFIG ?= pkg-config
STRIP     ?= strip

# What some outputs, top and compressed captures need, where its headers are there; WITHOUT="libcurl rdkafka" builds as if they were not. Loaded when asked for.
OPTIONAL  := libmicrohttpd libcurl rdkafka ncursesw libzstd liblzma liblz4
HAVE      := $(foreach p,$(filter-out $(WITHOUT),$(OPTIONAL)),$(if $(shell $(PKG_CONFIG) --exists $(p) 2>/dev/null && echo yes),$(p)))

# Lazy, since what answers may be installed by this very make, but asked once.
once       = $(eval $(1) := $$(shell { $(2); } 2>/dev/null))$($(1))
BPFTOOL   ?= $(call once,BPFTOOL,tools/deps.sh find-bpftool)
PKG_FLAGS ?= $(call once,PKG_FLAGS,$(PKG_CONFIG) --cflags $(PKGS) $(HAVE))
PKG_LIBS  ?= $(call once,PKG_LIBS,$(PKG_CONFIG) --libs $(PKGS))
MACHINE   ?= $(call once,MACHINE,$(CC) -dumpmachine | cut -d- -f1)

# Another compiler's new warning is no reason why a user could not build.
WERROR    ?=
WARNINGS   = -Wall -Wextra $(WERROR) -Wshadow -Wmissing-prototypes -Wstrict-prototypes
# The same bytes wherever it is built.
PLACELESS := '-ffile-prefix-map=$(CURDIR)=.'
HARDENING := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
# FUZZING=1 is set by tests/fuzz/run, for programs that libFuzzer drives.
SANITIZER := -fsanitize=address,undefined $(if $(FUZZING),-fsanitize=fuzzer-no-link) -fno-sanitize-recover=all -fno-omit-frame-pointer
# _GNU_SOURCE is empty as in a source's own "#define _GNU_SOURCE", which is then no redefinition.
COMPILE    = $(CC) -std=gnu11 -pthread $(CFLAGS) $(PLACELESS) $(WARNINGS) $(if $(SANITIZE),$(SANITIZER),$(HARDENING)) $(PKG_FLAGS) \
	     -D_GNU_SOURCE= $(HAVE:%=-DHAVE_%) -DLEAKAUDIT_VERSION='"$(VERSION)"' -Ibpf -Iuser -I$(O) -MMD -MP
LINK       = $(CC) -pthread $(CFLAGS) $(if $(SANITIZE),$(SANITIZER)) -Wl,--as-needed,-z,relro,-z,now $(LDFLAGS)

# -mcpu=v2: all kernels that can attach the programs can load it. -idirafter: Debian has asm/types.h in a directory of the
# machine's, where clang does not look for this target.
# What a program's own frame may have of the 512 bytes: half. The chains of calls are checked beside it.
BPF_FRAME := 256
BPF_ARCH  ?= $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(MACHINE)))
BPF_CC     = $(CLANG) -target bpf -mcpu=v2 -std=gnu11 -O2 -g $(PLACELESS) -fno-stack-protector -Wall -Wextra $(WERROR) \
	     -Wframe-larger-than=$(BPF_FRAME) -Werror=frame-larger-than -D__TARGET_ARCH_$(BPF_ARCH) $(PKG_FLAGS) \
	     -Ibpf -I$(O) -Ivmlinux -idirafter /usr/include/$(MACHINE)-linux-gnu -MMD -MP

objects    = $(patsubst %.c,$(O)/%.o,$(sort $(wildcard $(1))))
# No target calls what includes the skeleton.
LIB_O     := $(filter-out $(O)/user/cli/main.o $(if $(FUZZING),$(call objects,user/datapath/datapath.c user/datapath/attach.c)),$(call objects,user/*/*.c)) \
	     $(O)/user/policy/known_resolvers_data.o $(O)/user/report/page_data.o
HELPER_O  := $(filter-out $(call objects,tests/*/test_*.c),$(call objects,tests/unit/*.c tests/kernel/*.c))
UNIT      := $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/test_*.c))
KERNEL    := $(patsubst tests/kernel/%.c,$(O)/tests/%,$(wildcard tests/kernel/test_*.c))
FUZZ      := $(patsubst tests/fuzz/%.c,$(O)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_O    := $(call objects,tests/fuzz/fuzz.c tests/fuzz/json_valid.c tests/unit/quic_client.c $(if $(FUZZING),,tests/fuzz/once.c))
# The fuzzers have the sanitizers anyway: once is enough.
SCRIPTS   := $(if $(SANITIZE),,$(O)/tests/run_fuzz) $(O)/tests/run_score $(O)/tests/run_docs $(O)/tests/run_pipeline
# Needs what the output does.
CLUSTER   := $(if $(filter rdkafka,$(HAVE)),$(O)/tests/kafka_cluster)
LAB       := $(O)/tests/send $(O)/tests/discard $(O)/tests/flood $(O)/tests/swarm $(O)/tests/attacker

Q         := $(if $(V),,@)
say        = $(if $(V),,@printf '  %-5s %s\n' $(1) $@)
# What "sudo make" builds in a user's checkout belongs to that user. Another target may replace a file meanwhile.
disown     = @[ "$$(id -u)" != 0 ] || chown -fhR --reference=Makefile $(O) || :

# Who has not said how many builds at a time gets one for each CPU.
PARALLEL   = $(if $(findstring -j,$(MAKEFLAGS)),,-j$$(nproc))

all: $(O)/leakaudit ## build the program (the default target)
	$(disown)

watch: ## install what is missing, build, and watch for leaks: sudo make watch ARGS="--unit NAME"
	$(Q)tools/deps.sh build
	$(Q)$(MAKE) --no-print-directory $(PARALLEL) all
	@# Status 1 says that leaks were seen: no failure of make.
	$(Q)$(O)/leakaudit watch $(ARGS) || { status=$$?; [ $$status = 1 ] || exit $$status; }

check: ## install what is missing, build, and run all tests (as root; without it, those that need none)
	$(Q)tools/deps.sh build outputs test || { [ $$? = 2 ] && echo 'Tests that need what is missing are skipped.' >&2; }
	$(Q)$(MAKE) --no-print-directory $(PARALLEL) all tests
	$(Q)O=$(O) CLANG=$(CLANG) UNIT_TESTS="$(notdir $(UNIT) $(KERNEL) $(FUZZ) $(SCRIPTS))" tests/run $(ARGS)

tests: $(UNIT) $(KERNEL) $(FUZZ) $(SCRIPTS) $(LAB) $(CLUSTER) ## build the test programs
	$(disown)

fuzz: ## give all that reads foreign bytes made-up ones, SECONDS=60 or RUNS=N for each, or TARGET=NAME alone
	$(Q)tools/deps.sh build test || [ $$? = 2 ]
	$(Q)O=$(O) CLANG=$(CLANG) RUNS=$(RUNS) tests/fuzz/run $(or $(SECONDS),$(if $(RUNS),0,60)) $(TARGET)

reconcile: all tests ## real clients for SECONDS=600: each interface has counted what the hooks saw, or it fails
	$(Q)O=$(O) tests/reconcile/run $(or $(SECONDS),600)

attack: all $(LAB) ## a random attacker tries for MINUTES=30 to get packets past a guard, beginning with SEED=1
	$(Q)O=$(O) tests/attack/run $(or $(MINUTES),30) $(or $(SEED),1)

# Not a part of "make check": it takes long, and installs much.
clients: all $(LAB) ## real programs of Debian: what is told of them against what the wire saw (ARGS="curl dns" for some)
	$(Q)tools/deps.sh build test clients || { [ $$? = 2 ] && echo 'Programs that are missing are skipped.' >&2; }
	$(Q)O=$(O) tests/clients/run $(ARGS)

# Not a part of "make check" either: it takes minutes.
outputs: all $(CLUSTER) ## EVENTS=200000 through each output with a connection, with an outage in the middle: nothing is lost
	$(Q)O=$(O) tests/outputs/run $(or $(EVENTS),200000)

# Not a part of it either: a million events, and packages of npm where that is reached.
fleet: all $(CLUSTER) ## a fleet's events in the real ClickHouse, and its questions answered; Kafka and OpenTelemetry by their own clients
	$(Q)tools/deps.sh build outputs fleet || { [ $$? = 2 ] && echo 'What is missing is skipped.' >&2; }
	$(Q)O=$(O) tests/fleet/run $(EVENTS)

bench: all ## measure cost per packet, what passes a tunnel, memory, time to start, speed of the replay; ARGS=growth: what grows
	$(Q)$(if $(filter growth,$(ARGS)),O=$(O) tools/bench/growth/run $(filter-out growth,$(ARGS)),O=$(O) tools/bench/run $(ARGS))
	$(Q)$(if $(filter growth,$(ARGS)),,O=$(O) tools/bench/replay.sh)

distros: ## build, test and load it in Debian's releases with each compiler that they ship (ARGS="trixie" for one)
	$(Q)O=$(O) tests/distros/run $(ARGS)

# Each kernel with what "make distros" kept of each release, too.
kernels: all $(O)/tests/test_budget $(LAB) ## run it on Debian's kernels, 6.1 to the newest, in qemu (slow; ARGS="bookworm" for one)
	$(Q)O=$(O) tests/kernels/run $(ARGS)

deb: ## build a Debian package for the release that it runs on, and look at it with lintian
	$(Q)tools/packaging/deb.sh "$(VERSION)" "$(abspath $(O))/deb"

systemd: ## run its units on a real systemd, in a root of Debian's (slow; ARGS="bookworm guard" for some; CYCLES=N restarts)
	$(Q)tools/deps.sh build systemd || { [ $$? = 2 ] && echo 'Tests that need what is missing are skipped.' >&2; }
	$(Q)O=$(O) tests/systemd/run $(ARGS)

packages: ## build, install, upgrade and remove those of Arch and Fedora, and run the image, in a root of Debian's (slow; ARGS="rpm" for one)
	$(Q)O=$(O) tests/packages/run $(ARGS)

pictures: all $(LAB) ## make those of the README, of real programs in the lab of the tests
	$(Q)tools/deps.sh build test screen || [ $$? = 2 ]
	$(Q)O=$(O) tools/pictures/run

lint: ## check the sources: both compilers' warnings, include layers, scripts, form
	$(Q)tools/lint.sh

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' Makefile | expand -t 14
	@sed -n '/^# Variables/,/^[^#]/s/^# */  /p' Makefile

$(O)/leakaudit: $(O)/user/cli/main.o $(O)/libleakaudit.a
$(UNIT): $(O)/tests/%: $(O)/tests/unit/%.o $(O)/libtest.a $(O)/libleakaudit.a
$(KERNEL): $(O)/tests/%: $(O)/tests/kernel/%.o $(O)/libtest.a $(O)/libleakaudit.a
$(FUZZ): $(O)/tests/%: $(O)/tests/fuzz/%.o $(FUZZ_O) $(O)/libleakaudit.a
# What makes inputs and checks outputs is nothing to explore.
$(FUZZ_O): SANITIZER := $(filter-out -fsanitize=fuzzer-no-link,$(SANITIZER))
$(FUZZ): LDFLAGS += $(if $(FUZZING),-fsanitize=fuzzer)
$(filter-out $(O)/tests/attacker,$(LAB)): $(O)/tests/%: $(O)/tests/lib/%.o
$(O)/tests/send: $(O)/tests/lib/send_packet.o
$(O)/tests/attacker: $(call objects,tests/attack/*.c)
$(CLUSTER): $(O)/tests/%: $(O)/tests/lib/%.o
$(CLUSTER): PKG_LIBS = -lrdkafka
$(O)/leakaudit $(UNIT) $(KERNEL) $(FUZZ) $(LAB) $(CLUSTER):
	$(call say,LINK)
	$(Q)$(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS) -lresolv

$(SCRIPTS): $(O)/tests/run_%: FORCE
	@mkdir -p $(@D) && ln -sfn '$(CURDIR)/tests/$*/run' $@

fuzzers: $(FUZZ)
	$(disown)

# Removed first, since ar keeps the members whose sources are gone; appended, since two rooms may have files of one name.
$(O)/libleakaudit.a: $(LIB_O)
$(O)/libtest.a: $(HELPER_O)
$(O)/%.a: $(O)/flags
	$(call say,AR)
	$(Q)rm -f $@ && ar qcs $@ $(filter %.o,$^)

# What a pinned guard and its reader have in common. Written where it differs, or all would be built anew.
$(O)/abi.h: tools/abi.sh $(wildcard bpf/*.h bpf/core/*.h) $(O)/flags
	$(Q)tools/abi.sh >$@.new && if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(O)/%.o: %.c $(O)/flags | $(O)/abi.h
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(COMPILE) -c -o $@ $<

$(O)/user/policy/known_resolvers_data.o: user/policy/known-resolvers.txt
$(O)/user/report/page_data.o: $(wildcard user/report/page.* user/report/page_words.js)
$(O)/user/%_data.o: user/%_data.S $(O)/flags
	$(call say,AS)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) -c -o $@ $<

# Who includes the skeletons. All else includes them through nothing, and need not wait for them.
$(call objects,user/datapath/*.c tests/kernel/*.c): \
	$(O)/leakaudit.skel.h $(O)/owners.skel.h

$(O)/%.skel.h: $(O)/%.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@

# "gen object" drops the DWARF, which the skeleton would carry along, and keeps the BTF.
$(O)/%.bpf.o: bpf/%.bpf.c tools/bpf-stack.awk $(O)/flags | $(O)/abi.h
	$(call say,BPF)
	$(Q)$(BPF_CC) -MT $@ -MF $(O)/$*.bpf.d -c -o $(O)/$*.dwarf.o $<
	$(Q)$(BPF_CC) -MF /dev/null -S -o $(O)/$*.bpf.s $< && awk -f tools/bpf-stack.awk $(O)/$*.bpf.s
	$(Q)$(BPFTOOL) gen object $@ $(O)/$*.dwarf.o

# Everything is rebuilt when the commands change. That includes a new directory: the time to say what is missing.
$(O)/flags: FORCE
	@mkdir -p $(O) && printf '%s\n' '$(subst ','\'',$(COMPILE) $(LINK) $(BPF_CC) $(BPFTOOL))' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else NO_INSTALL=1 tools/deps.sh build && mv $@.new $@; fi

# With what the units share in its place.
$(O)/%.service: tools/systemd/%.service tools/systemd/sandbox.conf FORCE
	@mkdir -p $(O) && sed 1d tools/systemd/sandbox.conf | sed -e '/^#sandbox.conf/{r /dev/stdin' -e 'd}' -e 's|/usr/local/bin|$(PREFIX)/bin|' $< >$@

# The manual, with the paths of this installation.
PAGES     := $(notdir $(wildcard docs/man/*.[578]))
$(O)/man/%: docs/man/% FORCE
	@mkdir -p $(@D) && sed 's|/usr/local|$(PREFIX)|' $< >$@

# source:mode:place
INSTALLED := $(O)/leakaudit:755:$(PREFIX)/bin/leakaudit \
	     $(O)/leakaudit@.service:644:$(PREFIX)/lib/systemd/system/leakaudit@.service \
	     $(O)/leakaudit-guard@.service:644:$(PREFIX)/lib/systemd/system/leakaudit-guard@.service \
	     tools/systemd/guarded.conf:644:$(PREFIX)/share/doc/leakaudit/guarded.conf \
	     tools/completion/leakaudit.bash:644:$(PREFIX)/share/bash-completion/completions/leakaudit \
	     tools/completion/leakaudit.zsh:644:$(ZSH_DIR)/_leakaudit \
	     tools/completion/leakaudit.fish:644:$(PREFIX)/share/fish/vendor_completions.d/leakaudit.fish \
	     tools/rsyslog/leakaudit.conf:644:$(PREFIX)/share/doc/leakaudit/rsyslog.conf \
	     tools/logrotate/leakaudit:644:$(PREFIX)/share/doc/leakaudit/logrotate \
	     $(foreach f,leakaudit.rules.yml prometheus.yml leakaudit.json,tools/pipeline/prometheus/$(f):644:$(PREFIX)/share/doc/leakaudit/prometheus/$(f)) \
	     README.md:644:$(PREFIX)/share/doc/leakaudit/README.md LICENSE:644:$(PREFIX)/share/doc/leakaudit/LICENSE \
	     $(foreach p,$(wildcard tools/pipeline/*.*),$(p):644:$(PREFIX)/share/doc/leakaudit/pipeline/$(notdir $(p))) \
	     $(foreach p,$(PAGES),$(O)/man/$(p):644:$(PREFIX)/share/man/man$(subst .,,$(suffix $(p)))/$(p))

install: all $(O)/leakaudit@.service $(O)/leakaudit-guard@.service $(PAGES:%=$(O)/man/%) ## install to PREFIX (/usr/local), under DESTDIR
	$(Q)set -e; for f in $(INSTALLED); do IFS=:; set -- $$f; unset IFS; install -D -m $$2 $$1 "$(DESTDIR)$$3"; done
	$(Q)$(STRIP) "$(DESTDIR)$(PREFIX)/bin/leakaudit"

# With the directories that install may have made, but for those that a system has anyway.
uninstall: ## remove what install put there
	$(Q)for f in $(INSTALLED); do \
		f=$${f##*:}; rm -f "$(DESTDIR)$$f"; f=$${f%/*}; \
		while [ "$$f" ]; do \
			case $$f in $(if $(DESTDIR),-,$(PREFIX)|$(PREFIX)/bin|$(PREFIX)/lib|$(PREFIX)/share|$(PREFIX)/share/doc|$(PREFIX)/share/man)) break ;; esac; \
			rmdir "$(DESTDIR)$$f" 2>/dev/null || break; f=$${f%/*}; \
		done; \
	done

clean: ## remove what was built
	$(Q)rm -rf $(O)

FORCE:
.PHONY: all watch check tests fuzz fuzzers reconcile attack clients outputs fleet bench distros kernels deb packages systemd pictures lint install uninstall clean help FORCE
.PRECIOUS: $(O)/%.bpf.o
.DELETE_ON_ERROR:
-include $(wildcard $(O)/*.d $(O)/user/*/*.d $(O)/tests/*/*.d)
