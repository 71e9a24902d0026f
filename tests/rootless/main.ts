import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A newcomer without root: `npm run test:rootless -- [COMMAND ...]`, as root on Debian. Makes a bare system by
 * debootstrap, once, with Node, npm and pip and no engine; clones the last commit into it for a user without
 * sudo, and runs the README's commands there.
 */
const ROOT = join(import.meta.dir, '..', '..');
const BARE = '/var/tmp/ecs-bare';
const HOME = '/home/guest';
const CHECKOUT = `${HOME}/ecs`;
const COMMANDS = [
  'npm run demo',
  './ecs up --detach --port 0',
  './ecs doctor',
  './ecs status',
  './ecs down',
  'npm test',
];
const PACKAGES = 'ca-certificates,git,procps,python3,python3-pip';
/** The machine's own way to the registries. */
const NETWORK = ['/etc/resolv.conf', '/etc/hosts', '/etc/ssl/certs', '/etc/pip.conf', '/root/.npmrc'];

function main(commands: string[]): number {
  if (process.getuid?.() !== 0 || Bun.which('debootstrap') === null) {
    console.error('needs root and debootstrap: apt-get install debootstrap');
    return 2;
  }
  if (!existsSync(BARE)) makeBareSystem();
  const mounts = ['proc', 'dev'].map((name) => mount(name));
  try {
    rmSync(join(BARE, HOME), { recursive: true, force: true });
    run('cp', '-a', join(BARE, 'etc', 'skel'), join(BARE, HOME));
    if (existsSync('/root/.npmrc')) cpSync('/root/.npmrc', join(BARE, HOME, '.npmrc'));
    run('git', 'clone', '-q', ROOT, join(BARE, CHECKOUT));
    run('chroot', BARE, 'chown', '-R', 'guest:guest', HOME);
    const results = commands.map(runAsGuest);
    const failed = results.filter((isFine) => !isFine).length;
    console.log(`${results.length - failed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
  } finally {
    for (const path of mounts.toReversed()) Bun.spawnSync(['umount', '-l', path]);
  }
}

function makeBareSystem(): void {
  const making = `${BARE}.making`;
  rmSync(making, { recursive: true, force: true });
  const { VERSION_CODENAME: suite = 'stable' } = Object.fromEntries(
    readFileSync('/etc/os-release', 'utf8')
      .split('\n')
      .map((line) => line.split('=')),
  ) as Record<string, string>;
  const mirror = /^URIs: *(\S+)/m.exec(readFileSync('/etc/apt/sources.list.d/debian.sources', 'utf8'))?.[1];
  run(
    'debootstrap',
    '--variant=minbase',
    `--include=${PACKAGES}`,
    suite,
    making,
    ...(mirror ? [mirror] : []),
  );
  const npm = realpathSync(Bun.which('npm') ?? '').replace(/\/bin\/[^/]*$/, '');
  mkdirSync(join(making, 'usr/local/lib/node_modules'), { recursive: true });
  cpSync(realpathSync(Bun.which('node') ?? ''), join(making, 'usr/local/bin/node'));
  run('cp', '-a', npm, join(making, 'usr/local/lib/node_modules/npm'));
  for (const name of ['npm', 'npx']) {
    run('ln', '-sf', `../lib/node_modules/npm/bin/${name}-cli.js`, join(making, 'usr/local/bin', name));
  }
  for (const path of NETWORK.filter(existsSync)) {
    mkdirSync(dirname(join(making, path)), { recursive: true });
    run('cp', '-aTL', path, join(making, path));
  }
  run('chroot', making, 'useradd', '--create-home', '--shell', '/bin/sh', 'guest');
  renameSync(making, BARE);
}

function mount(name: string): string {
  const path = join(BARE, name);
  run('mount', '--rbind', `/${name}`, path);
  run('mount', '--make-rslave', path);
  return path;
}

/** `npm run` adds folders of its own user, which no other may write. */
const NETWORK_VARIABLES =
  /^(npm_config_(registry|cafile|proxy|https_proxy|noproxy)|PIP_|NODE_EXTRA_|SSL_CERT_|https?_proxy|no_proxy)/i;

function runAsGuest(command: string): boolean {
  console.log(`\n$ ${command}`);
  const startedMs = performance.now();
  const variables = Object.entries(process.env).filter(([name]) => NETWORK_VARIABLES.test(name));
  const environment = {
    HOME,
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    ...Object.fromEntries(variables),
  };
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const shell = ['sh', '-c', `cd ${CHECKOUT} && ${command}`];
  const { exitCode } = Bun.spawnSync(
    ['chroot', '--userspec=guest:guest', BARE, 'env', '-i', ...settings, ...shell],
    { stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' },
  );
  console.log(`exit ${exitCode} after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return exitCode === 0;
}

/** Throws an Error with the command when it fails. */
function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command, { stdin: 'ignore' });
  if (exitCode !== 0) throw new Error(`${command.join(' ')} failed: ${stderr.toString().trim()}`);
}

const [, , ...commands] = process.argv;
process.exit(main(commands.length > 0 ? commands : COMMANDS));
