# SPDX-License-Identifier: Apache-2.0
#
# make demo     watch people in groups become accounts on a real PostgreSQL and a real MySQL, and lose them again
# make test     everything: format, debug and release builds, all tests against real servers
# make sanitize the tests again under ThreadSanitizer and AddressSanitizer: half an hour
# make lambda   the zip that Lambda runs: .build/lambda/sso-sync-lambda.zip; FILES="sso-sync.json ca.pem" go into it, too
# make bench    the figures of Docs/benchmarks.md
# make down     stop the throw-away servers

.PHONY: demo test setup lint headers templates containers build release unit consumer zip lambda sanitize bench down clean
.NOTPARALLEL:

# Hundreds of tests with a server each would keep a small machine so busy that logins time out.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 3

demo: setup
	@dev/demo

test: setup lint headers templates containers build release unit consumer zip
	@echo "make test: all passed"

setup:
	@dev/setup
	@dev/servers setup

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

headers:
	dev/check-mysql-headers

# Templates, the Terraform module and policies, without AWS.
templates:
	dev/check-deploy

# The recipes of containers, without an engine that would build them.
containers:
	dev/check-containers

# The test targets with warnings: a build that is free of them prints none.
build:
	dev/build-without-warnings debug --build-tests

# The optimiser has crashed on code that debug builds accept, so releases are built before anything lands.
release:
	dev/build-without-warnings release

unit:
	dev/unit

consumer:
	dev/check-consumer

# The zip of `make lambda`, and the function's tests on what is in it.
zip:
	dev/check-lambda

# No server is needed for it, nor anything else that tests start.
lambda:
	@dev/setup build
	dev/make-lambda $(FILES)

sanitize: setup
	dev/sanitize thread
	dev/sanitize address

bench: setup
	swift build -c release --static-swift-stdlib --product sso-sync
	swift run -c release --package-path Benchmarks sso-sync-benchmarks

down:
	@dev/servers down

clean: down
	rm -rf .build .build-* .servers Benchmarks/.build
