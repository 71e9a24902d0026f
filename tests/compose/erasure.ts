import { EcsClient } from '../../sdk/index.ts';
import type { Compose } from './compose.ts';
import { until } from './until.ts';

/** A customer to erase, with rows, messages and a cached analysis. */
interface Person {
  id: string;
  email: string;
  password: string;
}

/** Registers a person, sends events and asks for credit for them. Resolves once the events are stored. */
export async function addPerson(compose: Compose, url: string): Promise<Person> {
  const credentials = { email: `${crypto.randomUUID()}@example.com`, password: 'a long passphrase' };
  const anonymous = new EcsClient({ baseUrl: url });
  const { id } = await anonymous.auth.register(credentials);
  const { access_token: token } = await anonymous.auth.login(credentials);
  const internalKey = compose.secret('INTERNAL_SERVICE_API_KEY') ?? '';
  const emotionEvent = { type: 'calm', metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.5 } };
  const platform = new EcsClient({ baseUrl: url, internalKey });
  await platform.emotions.send({ userId: id, timestamp: new Date().toISOString(), emotionEvent });
  const customer = new EcsClient({ baseUrl: url, token });
  await customer.transactions.send({ userId: id, amount: 150.25 });
  await until(async () => (await compose.storedEvents(id)) === 2);
  await customer.analyses.create(id);
  return { id, ...credentials };
}

/** Erases a person as an operator does; false when the system does not report it done. */
export async function erasePerson(compose: Compose, { email }: Person): Promise<boolean> {
  return compose.succeeds('run', '--rm', 'operator', 'erase', email, '--by', 'carol', '--yes', '--wait');
}

/** Returns the containers that still hold a person: a dump of the database, the broker's files, Redis. */
export async function tracesOf(compose: Compose, { id, email }: Person): Promise<string[]> {
  const canaries = `-e ${id} -e ${email}`;
  const credit = 'redis-cli --no-auth-warning --user credit --pass "$CREDIT_PASSWORD"';
  const searches: [service: RegExp, script: string][] = [
    [
      /^postgres$/,
      `${compose.isCluster ? 'on-primary ' : ''}pg_dump -U ecsuser ecsdb | grep -cF ${canaries}`,
    ],
    [/^nats/, `grep -rlaF ${canaries} /data | wc -l`],
    [/^redis$/, `${credit} get analysis:${id} | grep -c .`],
  ];
  const containers = await compose.containers();
  const counts = await Promise.all(
    searches.flatMap(([pattern, script]) =>
      containers
        .filter(({ service }) => pattern.test(service))
        .map(async ({ name, service }) => {
          const count = await compose.docker('exec', name, 'sh', '-c', `${script} || true`);
          return { service, count: Number(count) };
        }),
    ),
  );
  return counts.filter(({ count }) => count > 0).map(({ service }) => service);
}
