/** The only place where the command line reads the environment. */
export function environment(): Record<string, string | undefined> {
  return process.env;
}

/** Addresses and secrets the user gives; what is not given `ecs up` makes. */
export function givenEnvironment() {
  const { DATABASE_URL, NATS_URL, REDIS_URL, SECRET_KEY, INTERNAL_SERVICE_API_KEY, ECS_URL } = process.env;
  return {
    databaseUrl: DATABASE_URL || undefined,
    natsUrl: NATS_URL || undefined,
    redisUrl: REDIS_URL || undefined,
    secretKey: SECRET_KEY || undefined,
    internalKey: INTERNAL_SERVICE_API_KEY || undefined,
    url: ECS_URL || undefined,
  };
}
