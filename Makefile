# Everything that is done with this project, also by its CI. `make help` explains the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# The machine's own tools where they are good enough, else those that tools/install.sh keeps in the user's cache.
PATH := $(shell tools/path.sh)
export PATH

sources := $(shell find provider sdk/nodejs -name '*.ts' 2>/dev/null) tsconfig.json package.json

# What dist/bin has for people and for Pulumi.
programs := virtctl pulumi-resource-kubevirt

.PHONY: help
help: ## Explain the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Install what is missing, start the engine, run examples/quickstart and show the guest's answer
	@tools/demo.sh up

.PHONY: demo-down
demo-down: ## Remove everything that `make demo` made and started
	@tools/demo.sh down

.PHONY: test
test: tools node_modules build ## Run all tests on real libvirt and the real engine (only="--project unit" for a part)
	@tools/with-libvirt.sh npx vitest run $(or $(only),--project unit --project golden --project integration --project faults --project e2e)

.PHONY: unit
unit: node_modules ## Run the tests that need nothing but Node.js
	npx vitest run --project unit --project golden

.PHONY: golden
golden: node_modules ## Compare with recorded answers, also of another folder (corpus=FOLDER), and print a table
	@GOLDEN_CORPUS=$(abspath $(or $(corpus),test/golden/corpus)) npx vitest run --project golden test/golden/corpus.test.ts

.PHONY: golden-update
golden-update: node_modules ## Rewrite the expected files in test/golden and show what changed
	GOLDEN_UPDATE=1 npx vitest run --project golden
	@git --no-pager diff --stat --patch -- test/golden

.PHONY: test-faults
test-faults: tools node_modules build ## The faults in numbers: thousands of simulated schedules, hundreds of kills (stories= seed= kills= machines= file=)
	@FAULT_STORIES=$(or $(stories),3000) FAULT_SEED=$(seed) FAULT_KILLS=$(or $(kills),200) FAULT_MACHINES=$(or $(machines),20) \
	  tools/with-libvirt.sh npx vitest run --project faults $(file)

.PHONY: build
build: dist/.built ## Compile to dist/; dist/bin/virtctl and dist/bin/pulumi-resource-kubevirt are runnable then

dist/.built: node_modules/.installed $(sources) provider/cmd/bin/launcher
	@npx tsc --project .
	@for program in $(programs); do install -D --mode=755 provider/cmd/bin/launcher dist/bin/$$program; done
	@touch $@

.PHONY: generate
generate: node_modules ## Write everything that is derived from provider/api
	@npx tsc --project .
	node dist/provider/codegen/main.js .

.PHONY: verify
verify: node_modules build ## Check formatting, lint, types, and that generated files are up to date
	npx biome ci .
	npx tsc --noEmit --project .
	npx tsc --noEmit --project test
	npx eslint provider sdk
	@tools/verify-generated.sh

.PHONY: format
format: node_modules ## Format the code and mend what lint can
	npx biome check --write .

.PHONY: bench
bench: tools node_modules build ## Measure against named peers in the same run, print ratios (only=core|yaml|api-server|fleet|launchers|machine|many|engine|pulumi|pulumi-many)
	@tools/with-libvirt.sh node --disable-warning=ExperimentalWarning --disable-warning=MODULE_TYPELESS_PACKAGE_JSON --import ./test/integration/apiserver/support/ts-loader.mjs test/bench/main.ts $(only)

.PHONY: images
images: node_modules ## Build the container images into dist/images/oci (Debian; tools/images/push.sh REGISTRY pushes them)
	@tools/install.sh node images
	@tools/images/build.sh

.PHONY: cluster-up
cluster-up: ## Start a real Kubernetes cluster of two nodes on this machine, for tests (as root; the first time builds it: 15 minutes)
	@tools/cluster/up.sh

.PHONY: test-cluster
test-cluster: node_modules build ## Run the tests on a real Kubernetes cluster, which is started unless it is up (file= for a part)
	@tools/with-cluster.sh npx vitest run --project cluster $(file)

.PHONY: cluster-down
cluster-down: ## Remove everything of that cluster
	@tools/cluster/down.sh

.PHONY: bench-cluster
bench-cluster: node_modules build ## Measure machines on the test cluster
	@tools/with-cluster.sh node --disable-warning=ExperimentalWarning --disable-warning=MODULE_TYPELESS_PACKAGE_JSON --import ./test/integration/apiserver/support/ts-loader.mjs test/bench/main.ts cluster

.PHONY: tools
tools: ## Install the tools that the tests need and this machine lacks
	@tools/install.sh node libvirt guest tests pulumi kubectl kube-apiserver etcd docker-registry

.PHONY: node
node: ## Install Node.js in the user's cache if this machine's is too old
	@tools/install.sh node

.PHONY: node_modules
node_modules: node_modules/.installed

node_modules/.installed: package.json package-lock.json
	@tools/install.sh node
	@echo "==> installing npm packages (about 15 seconds)"
	@npm ci --silent --no-audit --no-fund
	@touch $@

.PHONY: clean
clean: ## Remove what was built
	rm -rf dist
