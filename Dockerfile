# The image: one static binary on nothing, with the built-in fixtures inside it.

FROM rust:1.95 AS build
WORKDIR /build
# glibc, linked statically: as fast as the dynamic one, and the image needs no libraries.
ENV RUSTFLAGS="-C target-feature=+crt-static"

# The dependencies alone, in a layer that only a change of the manifest makes anew.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src benches \
    && echo 'fn main() {}' > src/main.rs \
    && echo 'fn main() {}' > benches/throughput.rs \
    && touch src/lib.rs README.md \
    && cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu" \
    && rm -r src

COPY . .
# cargo goes by times, and the copied files may be older than the stand-ins.
RUN touch src/main.rs src/lib.rs \
    && cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu" \
    && cp "target/$(uname -m)-unknown-linux-gnu/release/scandouble" /scandouble

FROM scratch
COPY --from=build /scandouble /scandouble
# Inside a container all interfaces are the container's own.
ENV SCANDOUBLE_LISTEN=0.0.0.0:8080
EXPOSE 8080
USER 65534:65534
# It asks the server at SCANDOUBLE_LISTEN.
HEALTHCHECK --interval=5s --timeout=4s --start-period=5s CMD ["/scandouble", "health"]
ENTRYPOINT ["/scandouble"]
