# couponrush in production: compiled code, production dependencies, nothing that builds or tests.
# It runs as an ordinary user and writes nothing, so the root file system can be read-only. It needs REDIS_URL, MYSQL_URL and
# ADMIN_TOKEN, each as a variable or as a file (REDIS_URL_FILE=/run/secrets/...). The schema is there already if MYSQL_URL's
# user may not create it: `docker run … couponrush migrate` with MYSQL_MIGRATION_URL. docker-compose.perf.yml shows all of it.
#
# The last stage takes only the program `node` out of Node's image: its npm, its headers and its package tools are 70 MB that
# production does not need, and that a guest in the container would enjoy.
ARG NODE_IMAGE=node:24-trixie-slim
ARG BASE_IMAGE=debian:trixie-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY tsconfig.json ./
COPY src src
COPY workers workers
COPY client client
COPY console console
COPY docs/runbook.md docs/
COPY bin/bundle.mjs bin/
RUN for project in client client/tsconfig.types.json client/demo; do node node_modules/typescript/bin/tsc -p $project || exit 1; done \
 && node node_modules/typescript/bin/tsc -p tsconfig.json --sourceMap false --incremental false \
 && node bin/bundle.mjs \
 && npm prune --omit=dev --no-audit --no-fund --loglevel=error
# uWebSockets.js brings a binary for each platform and each Node: 250 MB, of which this Node loads 7. With a Node that it has none for,
# node:http serves (docs/http-engines.md).
RUN cd node_modules/uWebSockets.js \
 && keep="uws_linux_$(node -p process.arch)_$(node -p process.versions.modules).node" \
 && find . -mindepth 1 -maxdepth 1 ! -name "$keep" ! -name package.json ! -name uws.js ! -name ESM_wrapper.mjs ! -name LICENSE \
      -exec rm -r {} +
# Type declarations, source maps and manuals of libraries: 12 MB that nobody reads here.
RUN find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.md' \) -delete

FROM ${BASE_IMAGE}
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 METRICS_HOST=0.0.0.0
# Its first line also finds a library that the base image lacks.
RUN node --version \
 && groupadd --gid 1000 node && useradd --uid 1000 --gid node --no-create-home --home-dir /app --shell /usr/sbin/nologin node \
 && printf '#!/bin/sh\nexec node /app/dist/src/cli.js "$@"\n' >/usr/local/bin/couponrush && chmod 755 /usr/local/bin/couponrush
COPY --from=build /app/node_modules node_modules
COPY package.json ./
COPY bin/healthcheck.mjs bin/
COPY lua lua
COPY sql sql
COPY --from=build /app/dist dist
# For /demo, which is served only with COUPONRUSH_DEMO=on.
COPY --from=build /app/client/dist client/dist
COPY client/demo client/demo
USER node
EXPOSE 8080 9464
# The primary is process 1, without an init in front of it: it handles SIGTERM and SIGINT, waits for its own children and has no
# grandchildren to adopt, and when it dies the kernel ends every process of the container at once.
CMD ["node", "dist/src/main.js"]
# Ready means that coupons are issued: not while the gate is shut, Redis is away or the server drains. MySQL may be away.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --start-interval=1s --retries=3 CMD ["node", "bin/healthcheck.mjs"]
