# One image for every service: `docker run ecs gateway`, `docker run ecs emotion-processing`, ... or `all`.
FROM oven/bun:1.4.5-slim AS dependencies
WORKDIR /app
COPY package.json bun.lock ./
RUN bun install --frozen-lockfile --production --ignore-scripts

FROM oven/bun:1.4.5-slim
WORKDIR /app
ENV NODE_ENV=production \
    HOST=:: \
    PORT=8000 \
    OPS_PORT=9464 \
    # The root file system may be read-only: nothing is cached beside the code.
    BUN_RUNTIME_TRANSPILER_CACHE_PATH=0 \
    # A replica that was replaced has another address.
    BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS=1 \
    # The runtime's own limit of requests to other services is 256 a process.
    BUN_CONFIG_MAX_HTTP_REQUESTS=65336 \
    # The garbage collector lets the heap grow by the machine's memory: by 256 MiB, its peak is a third lower.
    BUN_JSC_forceRAMSize=268435456
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json tsconfig.json ecs ./
COPY migrations ./migrations
COPY sdk ./sdk
COPY underwriting ./underwriting
COPY platform ./platform
COPY cli ./cli
COPY deploy/local ./deploy/local
COPY load-tests ./load-tests
COPY apps ./apps
# The console shows it.
COPY docs/failure-modes.md ./docs/failure-modes.md
# Takes the place of a build at each start, while its sources are these.
RUN bun apps/console/built-pages.ts
# A new volume takes its owner from here; a volume that is mounted elsewhere needs no folder.
RUN mkdir /reports && chown 1000:1000 /reports
# Also where the image has no such name: only the numbers count.
USER 1000:1000
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bun", "apps/health.ts"]
ENTRYPOINT ["bun", "apps/main.ts"]
CMD ["all"]
