# SPDX-License-Identifier: Apache-2.0
#
# sso-sync in a container, to serve: Docs/containers.md says how to build and run it. For x86_64 and arm64: nothing here
# depends on which.

ARG SWIFT_IMAGE=swift:6.3.1-bookworm
# Of the same Debian, whose libraries the program is linked with.
ARG RUN_IMAGE=debian:bookworm-20260824-slim

FROM ${SWIFT_IMAGE} AS build
WORKDIR /src
COPY dev/setup dev/
RUN dev/setup build
COPY . .
RUN swift build -c release --static-swift-stdlib --product sso-sync \
    && install -D --strip .build/release/sso-sync /out/sso-sync

FROM ${RUN_IMAGE}
# In the versions that the release has by then, with what has been mended in them.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libcurl4 libmariadb3 libpq5 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /run/sso-sync
COPY LICENSE NOTICE /usr/share/doc/sso-sync/
COPY --from=build /out/sso-sync /usr/local/bin/
# By number, so that an orchestrator can tell that it is not root.
USER 10001:10001
WORKDIR /etc/sso-sync
ENTRYPOINT ["/usr/local/bin/sso-sync"]
CMD ["serve", "--log-format", "json", "--health-file", "/run/sso-sync/health.json"]
