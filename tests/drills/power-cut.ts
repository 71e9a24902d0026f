import { dlopen, ptr } from 'bun:ffi';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { syncsFirst } from '../../deploy/local/engines/nats-program.ts';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { eventually } from '../harness/engines.ts';
import { type Drill, loadDuring, type Stage } from './drill.ts';

/**
 * The power fails: PostgreSQL and NATS live on a file system of their own, which forgets everything that was
 * not yet synced, and every process is dead at once.
 */
const FOLDERS = ['postgresql', 'nats'];
const DISK_BYTES = 2 * 1024 ** 3;
/** `EXT4_IOC_SHUTDOWN` of Linux' fs/ext4/ext4.h; 2 is without writing the journal first. */
const EXT4_IOC_SHUTDOWN = 0x8004587dn;
const NO_LOG_FLUSH = 2;
const BACK_MS = 120_000;

export const powerCut: Drill = {
  name: 'power-cut',
  summary: 'the power fails: all processes die, and the disk forgets what was not synced (--rounds)',
  events: 0,
  rounds: 3,
  impossible() {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      return 'it needs Linux and root, to mount a disk';
    if (!existsSync('/dev/loop-control')) return 'it needs loop devices (/dev/loop-control)';
    return ['mkfs.ext4', 'mount', 'umount'].every((name) => Bun.which(name))
      ? null
      : 'it needs mkfs.ext4 and mount';
  },
  prepare: mountNewDisk,
  run: (stage) => cutAgain(stage, 0),
  // A broker that acknowledges before it syncs loses events with the power; acceptances are PostgreSQL's.
  excuses: ({ brokerSyncs }) => (brokerSyncs === 1 ? [] : ['lost']),
};

/** How long the processes go on without a disk. */
const GOING_ON_MS = 500;

export const diskFails: Drill = {
  ...powerCut,
  name: 'disk-fails',
  summary: 'the disk takes nothing from one moment on, and the processes end a little later (--rounds)',
  run: (stage) => cutAgain(stage, GOING_ON_MS),
  // nats-server acknowledges a message although its sync fails, see docs/failure-modes.md.
  excuses: () => ['lost'],
};

/** Cuts the disk off again and again, as soon as the processes have ended or while they go on. */
async function cutAgain(stage: Stage, goingOnMs: number): Promise<Record<string, number>> {
  const { faults, random, rounds, system } = stage;
  const disk = diskOf(system.dataDir);
  const brokerSyncs = await syncsAlways(system.natsUrl);
  await loadDuring(stage, async (load) => {
    const count = () => load.emotions.size + load.transactions.size;
    for (let round = 0; round < rounds; round += 1) {
      // A cut finds the system at work.
      const before = count();
      await eventually('events are acknowledged', () => count() > before, BACK_MS);
      await Bun.sleep(random.integer(0, 1500));
      if (goingOnMs > 0) {
        cutPower(disk);
        await Bun.sleep(goingOnMs);
      }
      await faults.killWhile([...faults.names('service'), ...faults.names('engine')], async () => {
        if (goingOnMs === 0) cutPower(disk);
        await eventually('nobody uses the disk', () => command('umount', disk), BACK_MS);
        mount(system.dataDir);
      });
    }
  });
  return { brokerSyncs: brokerSyncs ? 1 : 0 };
}

const imageOf = (dataDir: string) => join(dataDir, 'disk.img');
const diskOf = (dataDir: string) => join(dataDir, 'disk');

function command(...words: string[]): boolean {
  return Bun.spawnSync(words, { stdout: 'ignore', stderr: 'ignore' }).success;
}

function mount(dataDir: string): void {
  if (!command('mount', '-o', 'loop', imageOf(dataDir), diskOf(dataDir))) throw new Error('cannot mount');
}

function mountNewDisk(dataDir: string): () => void {
  writeFileSync(imageOf(dataDir), '');
  truncateSync(imageOf(dataDir), DISK_BYTES);
  if (!command('mkfs.ext4', '-q', imageOf(dataDir))) throw new Error('cannot make a file system');
  mkdirSync(diskOf(dataDir));
  // While nothing is mounted, no engine may begin a new life here: a file cannot be a data folder.
  for (const name of FOLDERS) writeFileSync(join(diskOf(dataDir), name), '');
  mount(dataDir);
  for (const name of FOLDERS) {
    mkdirSync(join(diskOf(dataDir), name));
    symlinkSync(join(diskOf(dataDir), name), join(dataDir, name));
  }
  return () => {
    command('umount', diskOf(dataDir));
    rmSync(imageOf(dataDir), { force: true });
  };
}

/** From here on no write reaches the disk any more, and unflushed writes are gone. */
function cutPower(disk: string): void {
  const { symbols } = dlopen('libc.so.6', { ioctl: { args: ['i32', 'u64', 'ptr'], returns: 'i32' } });
  const descriptor = openSync(disk, 'r');
  const failed = symbols.ioctl(descriptor, EXT4_IOC_SHUTDOWN, ptr(new Uint32Array([NO_LOG_FLUSH])));
  closeSync(descriptor);
  if (failed !== 0) throw new Error('the file system cannot be shut down');
}

/** Whether the broker is one that we tell to sync before it acknowledges, see deploy/local/engines/nats.ts. */
async function syncsAlways(natsUrl: string): Promise<boolean> {
  const connection = await connect(readNatsUrl(natsUrl));
  const version = connection.info?.version ?? null;
  await connection.close();
  return syncsFirst(version);
}
