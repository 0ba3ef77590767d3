# syntax=docker/dockerfile:1
ARG VERSION=3
FROM base AS build
ARG VERSION
ENV HOME=/root PATH="$PATH:/opt/${VERSION:-3}/bin"
WORKDIR /src
COPY go.mod go.sum ./
COPY --chown=1:2 ["cmd/a b.go", "pkg/*.go", "/src/"]
RUN --mount=type=bind,source=assets,target=/a --mount=type=cache,target=/c make
FROM scratch
COPY --from=build /src/out /out
COPY --from=0 /etc/passwd /etc/
ADD vendor.tar.gz https://example.org/x /v/
