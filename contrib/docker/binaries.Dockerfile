# An image of binaries that are built already, on a system whose C library is no newer than the image's (Debian 12).
#
#   . scripts/env.sh
#   docker build --file contrib/docker/binaries.Dockerfile --tag assay "$CARGO_TARGET_DIR/release"
FROM debian:12-slim
RUN apt-get update \
	&& apt-get install --yes --no-install-recommends ca-certificates libssl3 \
	&& rm -rf /var/lib/apt/lists/* \
	&& useradd --system --uid 1000 --home-dir /data --create-home --shell /usr/sbin/nologin assay
COPY assay assay-node assay-worker /usr/local/bin/
USER assay
VOLUME ["/data"]
EXPOSE 30333 9944 9615
ENTRYPOINT ["/usr/local/bin/assay-node", "--base-path", "/data", "--no-telemetry"]
