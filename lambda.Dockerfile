# SPDX-License-Identifier: Apache-2.0
#
# The Lambda function as a container image, where that is wanted instead of the zip, and the zip, where there is no Debian to make
# it on: Docs/containers.md says how to build either.
# For x86_64 and arm64: nothing here depends on which. The program is the zip's, made by the same script.

ARG SWIFT_IMAGE=swift:6.3.1-bookworm
ARG RUN_IMAGE=public.ecr.aws/lambda/provided:al2023.2026.02.27.21

FROM ${SWIFT_IMAGE} AS build
WORKDIR /src
COPY dev/setup dev/
RUN dev/setup build
COPY . .
RUN dev/make-lambda

# The zip alone, to be taken out: no image is made of it.
FROM scratch AS zip
COPY --from=build /src/.build/lambda/sso-sync-lambda.zip /

FROM ${RUN_IMAGE}
COPY LICENSE NOTICE /usr/share/doc/sso-sync/
COPY --from=build /src/.build/lambda/bootstrap ${LAMBDA_RUNTIME_DIR}/bootstrap
# Nobody, wherever it runs; Lambda takes care of that itself.
USER 65534:65534
# The base's entry point wants a handler's name, and the program needs none.
CMD ["sso-sync"]
