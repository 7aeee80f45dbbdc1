# syntax=docker/dockerfile:1

# One image for every role: `serve` (the default), `work --queue NAME`, `migrate`, ….
#
#   docker build -t matching .
#   docker run -p 127.0.0.1:5000:5000 -e API_KEYS=… -v matching:/var/lib/matching matching
#
# It listens on all addresses of its container, and therefore asks for API_KEYS, REQUIRE_KEYS=true or,
# where nobody else can reach it, ALLOW_ANONYMOUS=true (docs/access.md). Without further settings it is the embedded service, with its
# files in the volume; compose.yaml shows it with PostgreSQL, Redis and an object store.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
# What .dockerignore lets through; among it crates/engine/taxonomy/, from which the build compiles tables.
COPY . .
# The caches outlive the layer: after a change only what changed is built again, dependencies almost
# never. The binary is copied out, since a cache is no part of any layer.
ARG TARGETPLATFORM
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,id=matching-target-$TARGETPLATFORM,sharing=locked \
    cargo build --profile dist --locked --bin matching \
    && install -D target/dist/matching /image/usr/local/bin/matching \
    && install -D -m 644 -t /image/usr/share/doc/matching LICENSE-MIT LICENSE-APACHE NOTICE \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt -t /image/etc/ssl/certs

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="matching" \
      org.opencontainers.image.description="Scores how well candidates fit job postings, in durable priority queues, with explained results and signed webhooks" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
# The binary, the root certificates, the licences and the notices of its data. Nothing is installed, so
# the image is as reproducible as its two bases.
COPY --from=build /image /
# For the files of the embedded parts. The account is a number, so that Kubernetes can see that it is
# not root, and needs no name and no home.
RUN install -d -o 10001 -g 10001 /var/lib/matching

ENV HOST=0.0.0.0 \
    WORKER_MONITORING_PORT=5001 \
    DATA_DIR=/var/lib/matching
USER 10001:10001
WORKDIR /var/lib/matching
VOLUME /var/lib/matching
# The API of `serve`, and the pages of `work` for health checks and metrics.
EXPOSE 5000 5001

# For `serve`, and for `work` with HEALTH_PORT=5001; switch it off for the other commands. Bash speaks
# TCP, so the image needs no HTTP client.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${HEALTH_PORT:-${PORT:-5000}} && printf 'GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [[ $status == 200 ]]"]

# Stops accepting, lets running tasks end or gives them back; takes up to 25 s, so allow it 30.
STOPSIGNAL SIGTERM
ENTRYPOINT ["matching"]
CMD ["serve"]
