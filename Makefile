# Espalier: `make help` lists the targets.

GO    ?= go
# PG picks the Postgres major for the tests and the demo; empty means the one that is found.
PG    ?=
BUILD := .build
# What isn't run a second time through PgBouncer: the tests that go there anyway,
# that count allocations, or that look at the server's sessions.
UNPOOLED := 'Cut|Soak|Alloc|SchemaChange|Turns|Connect|NothingLeaks|CancelOvertakes'

ifneq ($(PG),)
export ESPALIER_PG_MAJOR := $(PG)
endif
# Where no Postgres is found, root on Debian or Ubuntu gets the system's package.
export ESPALIER_INSTALL  := 1

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Show the whole path on a real Postgres: migrate, seed, query, branch
	@mkdir -p $(BUILD)
	@$(GO) build -o $(BUILD)/demo ./internal/demo
	@$(BUILD)/demo

.PHONY: test
test: ## Run every test; PG=18 picks a Postgres major
	@./portability/mariadb.sh >/dev/null
	@./internal/pglocal/pgbouncer/install.sh >/dev/null
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! command -v mkfs.btrfs >/dev/null; then \
		echo "installing btrfs-progs for the tests of reflinks"; apt-get update -qq && apt-get install -y -qq btrfs-progs >/dev/null; fi
	$(GO) test -timeout 20m ./...
	cd portability && $(GO) test -timeout 10m ./...
	cd clienttest && $(GO) test -timeout 10m ./...
	ESPALIER_TEST_POOLED=1 $(GO) test -timeout 10m -skip $(UNPOOLED) ./neon ./ent
	cd clienttest && ESPALIER_TEST_POOLED=1 $(GO) test -timeout 10m ./...
	@command -v npm >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing npm for the tests with Neon's own client"; apt-get update -qq && apt-get install -y -qq npm >/dev/null; fi
	cd neontests && $(GO) test -timeout 10m ./...
	cd bench && $(GO) test -timeout 10m .

.PHONY: race
race: ## Run the tests of the main module with the race detector
	$(GO) test -race -timeout 40m ./...

.PHONY: build
build: ## Build the commands into .build
	$(GO) build -o $(BUILD)/ ./cmd/...

.PHONY: generate
generate: ## Generate the client and ent/schema.sql from ent/schema
	$(GO) generate ./...
	cd clienttest && $(GO) generate ./...
	cd bench && $(GO) generate ./...

.PHONY: fuzz
fuzz: ## Fuzz each parser for FUZZTIME (10s)
	@for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(or $(FUZZTIME),10s) $$pkg || exit 1; \
		done; done

.PHONY: bench
bench: ## Measure the client and the seed engine against others, in one run (minutes); writes docs/bench.md
	cd bench && $(GO) run .

.PHONY: lint
lint: ## Vet and staticcheck
	$(GO) vet ./...
	$(GO) tool -modfile=tools/lint/go.mod staticcheck ./...

.PHONY: verify
verify: ## Generate, tidy, gofmt, vet, lint, and a clean tree
	$(MAKE) generate
	$(GO) mod tidy
	cd portability && $(GO) mod tidy
	cd clienttest && $(GO) mod tidy
	cd neontests && $(GO) mod tidy
	cd bench && $(GO) mod tidy
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not gofmt-ed: $$out"; exit 1; fi
	$(MAKE) lint
	@out=$$(git status --porcelain); if [ -n "$$out" ]; then echo "the tree is not clean:"; echo "$$out"; exit 1; fi

.PHONY: clean
clean: ## Remove what the targets built
	rm -rf $(BUILD)
