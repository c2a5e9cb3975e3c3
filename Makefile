# Ropewalk: make, make check, make demo, make bench. MODE=release|debug|asan|ubsan|tsan  REAL=float|double
MODE ?= release
REAL ?= float
ARCH ?= native
-include config.mk

B := build/$(MODE)-$(REAL)
CC_tsan := clang
CC := $(or $(CC_$(MODE)),gcc)

CFLAGS_release := -O3 -g
CFLAGS_debug   := -O0 -g3
CFLAGS_asan    := -O1 -g -fsanitize=address -fno-omit-frame-pointer
CFLAGS_ubsan   := -O1 -g -fsanitize=undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
CFLAGS_double  := -DREAL_DOUBLE

# -ffp-contract=fast: fused multiply-adds, the same in every row of a tile; never -ffast-math.
CFLAGS := -std=gnu11 -march=$(ARCH) -ffp-contract=fast -fno-math-errno -fno-trapping-math -fopenmp \
          -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla -Wno-psabi -I. \
          $(CFLAGS_$(MODE)) $(CFLAGS_$(REAL)) $(EXTRA_CFLAGS)

# of libblis4-serial: OpenMP inside of BLIS is not instrumented, and would look like races
SERIAL    := /usr/lib/$(shell gcc -print-multiarch)/blis-serial
BLIS_tsan := -L$(SERIAL) -Wl,-rpath,$(SERIAL) -l:libblis.so.4
BLIS_LIB  := $(or $(BLIS_$(MODE)),-lblis)
LDLIBS := $(BLIS_LIB) -lgsl -lyaml -ljansson -lsqlite3 -lpcre2-8 -lzstd -lz -lm

CORE := $(wildcard src/base/*.c src/stat/*.c src/num/*.c src/model/*.c src/data/*.c src/train/*.c \
                   src/eval/*.c src/theory/*.c src/lab/*.c rope/*.c curriculum/*.c)
CLI  := $(wildcard src/cli/*.c)
OBJ  := $(CORE:%.c=$B/%.o)
LIB  := $B/libropewalk.a

TESTS   := $(sort $(wildcard tests/*/test_*.c))
TWINS   := $(sort $(wildcard tests/*/twin_*.c))
SCRIPTS := $(sort $(wildcard tests/*/test_*.sh))
# Long suites, of `make check-all` alone: programs slow_*.c and scripts slow_*.sh.
SLOW    := $(sort $(wildcard tests/*/slow_*.c))
SLOW_SCRIPTS := $(sort $(wildcard tests/*/slow_*.sh))
BENCHES := $(sort $(wildcard tests/bench/bench_*.c))

# make V=1 shows the commands.
SAY = $(if $V,,@echo '  $@' && )

all: build/ropewalk

build/ropewalk: $(CLI:%.c=$B/%.o) $(LIB)
	@mkdir -p $(@D)
	$(SAY)$(CC) $(CFLAGS) $(CLI:%.c=$B/%.o) $(LIB) $(LDLIBS) $(LDFLAGS) -o $B/ropewalk
	@cp -f $B/ropewalk $@.new && mv -f $@.new $@

$(LIB): $(OBJ)
	@rm -f $@
	@ar rcs $@ $^

# Runs record the commit that they were made by; the object is built anew when it changes.
COMMIT := $(shell git describe --always --dirty --abbrev=12 --match= 2>/dev/null)
$(shell mkdir -p $B; echo '$(COMMIT)' | cmp -s - $B/commit || echo '$(COMMIT)' >$B/commit)
$B/src/train/metadata.o: CFLAGS += -DROPEWALK_COMMIT='"$(COMMIT)"'
$B/src/train/metadata.o: $B/commit

# The scripts of figures are part of the program.
$B/src/lab/figure_registry.o $B/src/lab/figure_script.o: $(wildcard plots/*.gp)
$B/src/lab/report_html.o: src/lab/report.css

$B/%.o: %.c
	@mkdir -p $(@D)
	$(SAY)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$B/tests/%: $B/tests/%.o $(LIB)
	$(SAY)$(CC) $(CFLAGS) $< $(LIB) -lcheck -lsubunit $(LDLIBS) -lrt -lpthread $(LDFLAGS) -o $@

# Programs of the chosen build: the float tests, the double twins, the benchmarks.
tests: $(TESTS:%.c=$B/%)
twins: $(TWINS:%.c=$B/%)
slow: $(SLOW:%.c=$B/%)
benches: $(BENCHES:%.c=$B/%)

deps:
	@sh tests/deps.sh

check: deps
	@$(MAKE) --no-print-directory -j2 all tests
	@$(MAKE) --no-print-directory -j2 REAL=double twins
	@bash tests/run.sh $(TESTS:%.c=build/$(MODE)-float/%) $(TWINS:%.c=build/$(MODE)-double/%) \
	    $(SCRIPTS)

check-all: check
	@$(MAKE) --no-print-directory -j2 slow
	@bash tests/run.sh $(SLOW:%.c=build/$(MODE)-float/%) $(SLOW_SCRIPTS)

demo: deps
	@$(MAKE) --no-print-directory -j2 all
	@sh experiments/quickstart/run.sh

bench:
	@$(MAKE) --no-print-directory -j2 $B/tests/bench/bench_step
	@$B/tests/bench/bench_step

# What is generated from the program: committed, and held to it by a test.
docs: all
	@sh rope/readme.sh build/ropewalk >rope/README.md.new && mv rope/README.md.new rope/README.md

bench-eval:
	@$(MAKE) --no-print-directory -j2 $B/tests/bench/bench_eval
	@$B/tests/bench/bench_eval

bench-encodings:
	@$(MAKE) --no-print-directory -j2 $B/tests/bench/bench_encodings
	@$B/tests/bench/bench_encodings

clean:
	rm -rf build

.PHONY: all tests twins slow benches deps check check-all demo bench bench-eval bench-encodings docs clean
.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)
