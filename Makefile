# `make help` lists what there is. Users get the release build, .build/release/calyx; all tests, unit and end-to-end, run on the
# debug build, since only that can see inside a module and checks its own assumptions.

# A toolchain that `SWIFT_INSTALL=1` put there is found without touching the shell's own settings.
SWIFT_HOME ?= $(HOME)/.local/share/swift-6.3.1
export SWIFT_HOME
export PATH := $(PATH):$(SWIFT_HOME)/usr/bin

PORT ?= 5555
export PORT BROKER SWIFT_INSTALL

SWIFT_SOURCES = Package.swift Sources Tests

# A corpus of one's own: make attacks CORPUS=FILE
CORPUS ?= attacks/corpus.json

.PHONY: help run build test test-long unit-test end-to-end-test attacks attacks-controls fuzz-gateway fuzz-ingest bench-ingest bench-gateway bench-sessions bench-api bench-control format lint layering clean

help:
	@echo "make run      build Calyx and start it on http://127.0.0.1:$(PORT) with a demo Celery application"
	@echo "              BROKER=redis://host:6379/0  monitor that broker instead of the demo"
	@echo "              PORT=5556                   listen there"
	@echo "make test     run all tests: Swift Testing, then pytest against real Redis, Celery, nginx and Chromium"
	@echo "make test-long    more of it: many more random event streams and mutated payloads"
	@echo "make fuzz-ingest  mutated payloads and RESP through decoder and state: COUNT=1000000 SEED=1"
	@echo "make fuzz-gateway mutated requests through the gateway's guard, judged by a parser in Python: COUNT=5000000 SEED=1"
	@echo "make attacks  execute the attack corpus and list who executes each entry; CORPUS=FILE takes another corpus"
	@echo "make attacks-controls  prove the corpus: without any one rule of the gateway, some entry gets through"
	@echo "make build    build .build/release/calyx"
	@echo "make bench-ingest   what an event costs Calyx and Flower, side by side"
	@echo "make bench-gateway  what a proxied request costs"
	@echo "make bench-sessions what sessions cost in memory, and how fast their end is known elsewhere"
	@echo "make bench-api      what a request to the REST API costs Calyx and Flower, side by side"
	@echo "make bench-control  what commands to 50 and to 1000 workers take"
	@echo "make format   format the Swift sources in place"
	@echo "make lint     check the format (what CI checks)"
	@echo "make layering check that imports follow the module table"
	@echo "make clean    remove .build"
	@echo
	@echo "All of them install what is missing with apt; SWIFT_INSTALL=1 also installs Swift from swift.org."

run:
	@deploy/run.sh

build:
	@deploy/prepare.sh build
	swift build -c release --product calyx

test: unit-test end-to-end-test

unit-test:
	@deploy/prepare.sh test
	swift build --build-tests
	swift test --skip-build

# Of one pytest file or test: make end-to-end-test ONLY=test_prefix.py
end-to-end-test:
	@deploy/prepare.sh test
	swift build --product calyx
	@deploy/venv.sh Tests/EndToEnd/requirements.txt
	@for version in 5.2.7 5.4.0; do \
		VENV=.build/venv-celery-$$version deploy/venv.sh Tests/EndToEnd/celery-$$version.txt || exit 1; done
	cd Tests/EndToEnd && ../../.build/venv/bin/python -m pytest $(ONLY)

# Damaged payloads through the decoder under the sanitizers, then through decoder and state, and damaged RESP.
COUNT ?= 1000000
SEED ?= 1
FUZZ = .build/event_decoder_fuzz
fuzz-ingest:
	@deploy/prepare.sh test
	@mkdir -p .build
	g++ -std=c++17 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra -D_Nullable= -D_Nonnull= \
		-ISources/System/CEventJSON/include Tests/Fuzz/event_decoder_fuzz.cpp Sources/System/CEventJSON/*.cpp \
		-lsimdjson -lz -lbz2 -o $(FUZZ)
	$(FUZZ) $(COUNT) $(SEED) Tests/Fixtures/Celery/*.ndjson
	swift build --build-tests
	CALYX_FUZZ_COUNT=$(COUNT) CALYX_FUZZ_SEED=$(SEED) swift test --skip-build --filter 'IngestFuzzTests|RESPFuzzTests'

# Damaged requests through framing gate, decoder and guard; what is accepted is shown to a strict parser in Python.
fuzz-gateway: COUNT = 5000000
fuzz-gateway:
	@deploy/prepare.sh test
	@deploy/venv.sh Tests/EndToEnd/requirements.txt
	swift build --build-tests
	CALYX_FUZZ_COUNT=$(COUNT) CALYX_FUZZ_SEED=$(SEED) swift test --skip-build --filter GuardFuzzTests

# Random event streams through Celery's State and through Calyx; SEEDS=100:200 chooses others.
SEEDS ?= 9:100
test-long: fuzz-ingest
	@deploy/prepare.sh test
	swift build --product calyx
	@deploy/venv.sh Tests/EndToEnd/requirements.txt
	cd Tests/EndToEnd && CALYX_DIFFERENTIAL_SEEDS=$(SEEDS) ../../.build/venv/bin/python -m pytest test_state_differential.py
	cd Tests/EndToEnd && CALYX_COMMANDS=5000 ../../.build/venv/bin/python -m pytest test_reply_queue.py

attacks:
	@deploy/prepare.sh test
	swift build --product calyx
	@deploy/venv.sh Tests/EndToEnd/requirements.txt
	cd Tests/EndToEnd && ../../.build/venv/bin/python -m attacks list --corpus $(CORPUS) \
	    && ../../.build/venv/bin/python -m attacks run --corpus $(CORPUS)

# A copy of the sources with a switch at every rule of the gateway: with any rule off, some entry must get through.
CONTROLS = .build/controls
attacks-controls:
	@deploy/prepare.sh test
	@deploy/venv.sh Tests/EndToEnd/requirements.txt
	cd Tests/EndToEnd && ../../.build/venv/bin/python -m attacks.controls prepare ../../$(CONTROLS)/tree
	swift build --package-path $(CONTROLS)/tree --scratch-path $(CONTROLS)/build --product calyx
	cd Tests/EndToEnd && ../../.build/venv/bin/python -m attacks.controls run ../../$(CONTROLS)/build/debug/calyx

bench-ingest: build
	@deploy/prepare.sh bench
	python3 Benchmarks/ingest.py $(ARGS)

bench-api: build
	@deploy/prepare.sh bench
	python3 Benchmarks/api.py $(ARGS)

bench-control: build
	@deploy/prepare.sh bench
	python3 Benchmarks/control.py $(ARGS)

bench-gateway: build
	@deploy/prepare.sh bench
	python3 Benchmarks/gateway.py $(ARGS)

bench-sessions: build
	@deploy/prepare.sh bench
	python3 Benchmarks/sessions.py $(ARGS)

format:
	swift format format --in-place --parallel --recursive --configuration .swift-format $(SWIFT_SOURCES)

lint:
	swift format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_SOURCES)

layering:
	@.ci/layering

clean:
	rm -rf .build
