import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCredentials, pickCredential, saveCredential } from './credentials.ts';
import { CliError, EXIT } from '../ui/output.ts';

const NOW = new Date('2026-11-23T09:00:00Z');
const login = (email: string, changes = {}) => ({
  system: 'local',
  email,
  userId: 'u',
  token: 't',
  expiresAt: '2026-11-23T10:00:00Z',
  ...changes,
});

function withFolder(work: (dataDir: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-credentials-'));
  try {
    work(join(folder, 'not-there-yet'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the last login is the default, and each is found by its e-mail', () => {
  withFolder((dataDir) => {
    saveCredential(dataDir, login('ada@example.com'));
    saveCredential(dataDir, login('bruno@example.com'));
    saveCredential(dataDir, login('ada@example.com', { token: 'newer' }));
    expect(loadCredentials(dataDir)).toHaveLength(2);
    expect(pickCredential(dataDir, { system: 'local' }, NOW).token).toBe('newer');
    const bruno = pickCredential(dataDir, { system: 'local', email: 'Bruno@Example.com' }, NOW);
    expect(bruno.email).toBe('bruno@example.com');
  });
});

test('tokens are for the eyes of their owner, and for the system that gave them', () => {
  withFolder((dataDir) => {
    saveCredential(dataDir, login('ada@example.com', { system: 'https://ecs.example.com' }));
    expect(statSync(join(dataDir, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(() => pickCredential(dataDir, { system: 'local' }, NOW)).toThrow('nobody is logged in');
    expect(() => pickCredential(dataDir, { system: 'https://elsewhere.example.com' }, NOW)).toThrow(CliError);
  });
});

test('an expired login says how to log in again, with the exit code of what is not allowed', () => {
  withFolder((dataDir) => {
    saveCredential(dataDir, login('ada@example.com'));
    const pick = () => pickCredential(dataDir, { system: 'local' }, new Date('2026-11-23T10:00:01Z'));
    expect(pick).toThrow('has expired');
    try {
      pick();
    } catch (error) {
      expect(error).toMatchObject({ exitCode: EXIT.notAllowed, hint: 'ecs login ada@example.com' });
    }
  });
});
