# Calyx as an image: one program, one user without rights, no shell needed to run it.
#
#   docker build -t calyx .
#   docker run --rm -p 127.0.0.1:5555:5555 -e CALYX_BROKER=redis://host.docker.internal:6379/0 \
#       -e CALYX_BASIC_AUTH=admin:change-me calyx

FROM swift:6.3-bookworm AS build
RUN apt-get update -q \
    && apt-get install -q -y --no-install-recommends \
        libssl-dev libcurl4-openssl-dev libhiredis-dev libsimdjson-dev libsqlite3-dev libpq-dev libcrypt-dev zlib1g-dev libbz2-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /calyx
# The packages are fetched in a layer of their own, which stays as long as the manifest does.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
RUN swift build -c release --product calyx --static-swift-stdlib \
    && install -D -m 755 "$(swift build -c release --product calyx --static-swift-stdlib --show-bin-path)/calyx" \
        /out/usr/local/bin/calyx

FROM debian:bookworm-slim
RUN apt-get update -q \
    && apt-get install -q -y --no-install-recommends \
        ca-certificates tzdata libcurl4 libhiredis0.14 libsimdjson14 libsqlite3-0 libpq5 libcrypt1 zlib1g libbz2-1.0 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    # Two users of one group: gateway and core may run apart, and meet in /run/calyx (docker-compose.yml).
    && groupadd --gid 10000 calyx \
    && useradd --uid 10001 --gid calyx --no-create-home --home-dir /var/lib/calyx --shell /usr/sbin/nologin calyx \
    && useradd --uid 10002 --gid calyx --no-create-home --home-dir /var/lib/calyx --shell /usr/sbin/nologin calyx-core \
    && install -d -o calyx -g calyx -m 0700 /var/lib/calyx \
    && install -d -o calyx-core -g calyx -m 0700 /var/lib/calyx-core \
    && install -d -o calyx-core -g calyx -m 2750 /run/calyx
COPY --from=build /out/ /
USER calyx
ENV STATE_DIRECTORY=/var/lib/calyx
VOLUME ["/var/lib/calyx"]
EXPOSE 5555
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5555 && printf 'GET /healthcheck HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["calyx"]
CMD ["up"]
