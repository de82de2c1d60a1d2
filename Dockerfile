# The image: one static binary on nothing, with the built-in fixtures inside it.

# glibc, linked statically: as fast as the dynamic one, and the image needs no libraries. With fixed addresses half a megabyte of
# relocations is not there. The profile (.ci/rustflags) fits what this very version of the compiler makes.
FROM rust:1.95.0 AS build
WORKDIR /build

# The dependencies alone, in a layer that only a change of the manifest or of the profile makes anew. cargo wants a file for each
# target that the manifest names.
COPY Cargo.toml Cargo.lock ./
COPY .cargo/config.toml .cargo/
COPY .ci/rustflags .ci/
COPY benches/release.profdata benches/
RUN mkdir src \
    && echo 'fn main() {}' > src/main.rs \
    && sed -n '/^\[\[bench\]\]/,/^$/s/^name = "\(.*\)"/\1/p' Cargo.toml \
        | while read -r bench; do echo 'fn main() {}' > "benches/$bench.rs"; done \
    && touch src/lib.rs \
    && RUSTFLAGS="$(.ci/rustflags)" cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu" --bin scandouble \
    && rm -r src

COPY . .
# cargo goes by times, and the copied files may be older than the stand-ins. The names of functions are an eighth of the size.
RUN touch src/main.rs src/lib.rs \
    && RUSTFLAGS="$(.ci/rustflags)" cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu" --bin scandouble \
    && strip -o /scandouble "target/$(uname -m)-unknown-linux-gnu/release/scandouble" \
    && mkdir /empty

FROM scratch
LABEL org.opencontainers.image.title="scandouble" \
      org.opencontainers.image.description="A test double for malware-scan services: four vendor HTTP APIs on one sample store" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /scandouble /scandouble
# A volume takes its owner from the folder that it is mounted on, and the store is written by nobody in particular.
COPY --from=build --chown=65534:65534 /empty /data
# Inside a container all interfaces are the container's own. Fixtures mounted at /fixtures are read, and the store is kept
# in what is mounted at /data, both by themselves.
ENV SCANDOUBLE_LISTEN=0.0.0.0:8080 \
    SCANDOUBLE_TLS_LISTEN=0.0.0.0:8443 \
    SCANDOUBLE_FIXTURES_DIR=/fixtures \
    SCANDOUBLE_DATA_DIR=/data
# 8443 answers with `--tls self-signed`.
EXPOSE 8080 8443
USER 65534:65534
# It asks the server at SCANDOUBLE_LISTEN. The first check happens after one interval, so a short one lets `docker compose up
# --wait` and the like return soon. `--start-interval` would do the same, but Docker before 25 and Podman 4 refuse it.
HEALTHCHECK --interval=1s --timeout=4s --start-period=10s CMD ["/scandouble", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/scandouble"]
