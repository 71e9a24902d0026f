import { brokerUsers } from '../../platform/messaging/broker-users.ts';

/**
 * Prints users.conf for so many partitions of emotions and of transactions (`STREAM_PARTITIONS`):
 * `sh cli/bun.sh deploy/nats/users.ts 4 > deploy/nats/users.conf`
 */
const [argument = '1', ...rest] = process.argv.slice(2);
if (!/^[1-9]\d{0,3}$/.test(argument) || Number(argument) > 1024 || rest.length > 0) {
  const words = process.argv.slice(2).join(' ');
  console.error(`usage: sh cli/bun.sh deploy/nats/users.ts [PARTITIONS], 1 to 1024, not ${words}`);
  process.exit(64);
}
process.stdout.write(brokerUsers(Number(argument)));
