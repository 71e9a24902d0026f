import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The service that does not run unless it is asked for. */
const CHALLENGED = {
  COMPOSE_PROFILES: 'challenger',
  CHALLENGER_MODEL_URL: 'http://credit-analysis-service:8000/scorecard-2',
};

const UP_ATTEMPTS = 4;

/** `docker compose`, or `docker-compose` where that is all there is, for the compose files of a folder. */
export class Compose {
  readonly project = 'ecs-test';
  private readonly command: string[];
  private readonly base: Record<string, string>;

  constructor(
    private readonly root: string,
    files: string[],
    /** Whether PostgreSQL is several servers, of which one is the primary. */
    readonly isCluster: boolean,
  ) {
    const plugin = Bun.spawnSync(['docker', 'compose', 'version']).exitCode === 0;
    const program = plugin ? ['docker', 'compose'] : ['docker-compose', '--compatibility'];
    this.base = baseOfPatroni();
    this.command = [...program, ...files.flatMap((file) => ['-f', file])];
    this.addSecrets();
  }

  /** Writes those that .env has not. */
  addSecrets(): void {
    Bun.spawnSync(['sh', 'deploy/secrets.sh'], { cwd: this.root });
  }

  /** Throws with the command's output when it fails. */
  async run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.start([...this.command, '-p', this.project, ...args]);
    if (code !== 0) throw new Error(`compose ${args.join(' ')}: ${stderr.slice(-2000)}`);
    return stdout;
  }

  /**
   * Brings everything up. A service that gets no CPU for some seconds counts as unhealthy, and those that
   * depend on it are not started: they are asked for again.
   */
  async up(): Promise<void> {
    for (let attempt = 1; attempt < UP_ATTEMPTS; attempt += 1) {
      if (await this.succeeds('up', '-d')) return;
    }
    await this.run('up', '-d');
  }

  async succeeds(...args: string[]): Promise<boolean> {
    return (await this.start([...this.command, '-p', this.project, ...args])).code === 0;
  }

  async docker(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.start(['docker', ...args]);
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr.slice(-2000)}`);
    return stdout;
  }

  async containers(
    only?: string,
  ): Promise<{ name: string; service: string; replicas: number; status: string }[]> {
    const label = 'com.docker.compose';
    const filter = `label=${label}.project=${this.project}`;
    const format = `{{.Names}}\t{{.Label "${label}.service"}}\t{{.Status}}`;
    const lines = (await this.docker('ps', '-a', '--filter', filter, '--format', format)).trim().split('\n');
    const rows = lines.map((line) => {
      const [name = '', service = '', status = ''] = line.split('\t');
      return { name, service, status };
    });
    const replicas = (service: string) => rows.filter((container) => container.service === service).length;
    // The two gateways are services of their own, and replicas all the same.
    const selected = rows.filter((container) => only === undefined || container.service === only);
    return selected.map((container) => ({
      ...container,
      replicas: container.service.startsWith('api-gateway-ecs-') ? 2 : replicas(container.service),
    }));
  }

  /** Resolves when every container that has a health check is healthy. */
  async untilHealthy(deadlineMs = 180_000): Promise<void> {
    const deadline = Date.now() + deadlineMs;
    for (;;) {
      const containers = (await this.containers()).filter(({ service }) => service !== 'migrations');
      const unready = containers.filter(({ status }) => !status.includes('(healthy)'));
      if (containers.length > 0 && unready.length === 0) return;
      if (Date.now() > deadline) {
        throw new Error(`not healthy: ${unready.map(({ name, status }) => `${name} ${status}`).join(', ')}`);
      }
      await Bun.sleep(300);
    }
  }

  /** Runs a client program of PostgreSQL, in the container of a server that is there. */
  onPrimary(...command: string[]): Promise<string> {
    return this.run('exec', '-T', 'postgres', ...(this.isCluster ? ['on-primary'] : []), ...command);
  }

  sql(statement: string): Promise<string> {
    return this.onPrimary('psql', '-U', 'ecsuser', '-d', 'ecsdb', '-tAc', statement);
  }

  /** Rows of a customer's events. */
  async storedEvents(userId: string): Promise<number> {
    const text = await this.sql(`select (select count(*) from emotional_events where user_id = '${userId}')
      + (select count(*) from transactions where user_id = '${userId}')`);
    return Number(text);
  }

  secret(name: string): string | undefined {
    const lines = readFileSync(join(this.root, '.env'), 'utf8').split('\n');
    return lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  }

  private async start(command: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { ...process.env, ...CHALLENGED, ...this.base };
    const child = Bun.spawn(command, {
      cwd: this.root,
      env,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  }
}

/**
 * The base of deploy/patroni/Dockerfile is pulled. Where no registry is reached, the image of compose.yaml's
 * PostgreSQL may be one that is made of Debian's packages, which will do.
 */
function baseOfPatroni(): Record<string, string> {
  const succeeds = (...command: string[]) => Bun.spawnSync(['docker', ...command]).exitCode === 0;
  if (succeeds('image', 'inspect', 'postgres:17-bookworm')) return {};
  const hasPackages = ['run', '--rm', '--pull=never', '--entrypoint', 'sh'];
  if (!succeeds(...hasPackages, 'postgres:17-alpine', '-c', 'command -v apt-get')) return {};
  return { ECS_PATRONI_BASE: 'postgres:17-alpine' };
}
