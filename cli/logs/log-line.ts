/** A line of a log file, of a service (JSON) or of an engine (each with a form of its own). */
export interface LogLine {
  /** Milliseconds since 1970; of a line without a time, that of the line before. */
  at: number;
  source: string;
  level: Level;
  /** The service within the process. */
  service?: string | undefined;
  message: string;
  details: Record<string, unknown>;
  requestId?: string | undefined;
}

export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number];

const isLevel = (word: unknown): word is Level => LEVELS.some((level) => level === word);

/** Reads the lines of a source in order: a continuation has the time and the level of the line before it. */
export function createLineReader(source: string): (text: string) => LogLine {
  let last: Pick<LogLine, 'at' | 'level'> = { at: 0, level: 'info' };
  return (text) => {
    const line = ofService(text, source) ?? ofEngine(text, source) ?? continuation(text, source, last);
    last = line;
    return line;
  };
}

function continuation(text: string, source: string, last: Pick<LogLine, 'at' | 'level'>): LogLine {
  return { at: last.at, level: last.level, source, message: text, details: {} };
}

function ofService(text: string, source: string): LogLine | null {
  if (!text.startsWith('{')) return null;
  try {
    const { time, level, msg, part, name: _name, pid: _pid, ...details } = JSON.parse(text);
    const at = Date.parse(time);
    if (Number.isNaN(at)) return null;
    const { requestId } = details;
    return {
      at,
      level: isLevel(level) ? level : 'info',
      source,
      service: part,
      message: msg ?? '',
      details,
      requestId,
    };
  } catch {
    return null;
  }
}

/** The engines' words for levels. */
const WORDS: Record<string, Level> = {
  DEBUG: 'debug',
  WARNING: 'warn',
  ERROR: 'error',
  FATAL: 'fatal',
  PANIC: 'fatal',
  DBG: 'debug',
  TRC: 'trace',
  WRN: 'warn',
  ERR: 'error',
  FTL: 'fatal',
  '#': 'warn',
};

const POSTGRES = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) (UTC|GMT) \[\d+\].*? ([A-Z0-9]+):\s+(.*)$/;
const NATS = /^\[\d+\] (\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d\.\d{3})\d* \[([A-Z]{3})\] (.*)$/;
const REDIS = /^\d+:[A-Z] (\d+ [A-Z][a-z]+ \d{4} \d\d:\d\d:\d\d\.\d+) ([.*#-]) (.*)$/;

function ofEngine(text: string, source: string): LogLine | null {
  const [, time, , word, sentence] = POSTGRES.exec(text) ?? [];
  if (time) return engineLine(Date.parse(`${time.replace(' ', 'T')}Z`), word, sentence);
  const [, year, month, day, clock, short, news] = NATS.exec(text) ?? [];
  // NATS and Redis write the time of this machine's zone.
  if (year) return engineLine(Date.parse(`${year}-${month}-${day}T${clock}`), short, news);
  const [, moment, mark, event] = REDIS.exec(text) ?? [];
  return moment ? engineLine(Date.parse(moment), mark, event) : null;

  function engineLine(at: number, levelWord = '', message = ''): LogLine {
    const level = WORDS[levelWord.replace(/^DEBUG\d$/, 'DEBUG')] ?? 'info';
    return { at, level, source, message, details: {} };
  }
}
