// Verifies the bundle of evidence in its folder: node verify.mjs [--anchors FILE]. It needs nothing but Node.js, and no network.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [option, ownAnchors, ...stray] = process.argv.slice(2);
if (option !== undefined && (option !== '--anchors' || ownAnchors === undefined || stray.length > 0)) {
  console.error(`usage: node verify.mjs [--anchors FILE], not ${process.argv.slice(2).join(' ')}`);
  process.exit(2);
}

const folder = dirname(fileURLToPath(import.meta.url));
const START = '0'.repeat(64);
const faults = [];
const proved = [];
/** Anchors of what a restore of the database has lost, in the words of their reader. */
const lost = [];
const fault = (file, sentence) => faults.push(`${file}: ${sentence}`);

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/** RFC 8785: names sorted, no blanks, numbers as ECMAScript writes them. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  // oxlint-disable-next-line unicorn/no-array-sort -- Node.js 18 has no toSorted.
  names.sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

function read(file) {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8'));
  } catch (error) {
    fault(file, `cannot be read (${error.message})`);
    return null;
  }
}

function checkFiles() {
  const manifest = read('manifest.json');
  if (manifest === null) return;
  const { digest, ...rest } = manifest;
  const isPlain =
    readFileSync(join(folder, 'manifest.json'), 'utf8') === `${JSON.stringify(manifest, null, 2)}\n`;
  if (!isPlain || digest !== sha256(canonical(rest))) fault('manifest.json', 'was changed');
  for (const [file, hash] of Object.entries(manifest.files ?? {})) {
    if (!existsSync(join(folder, file))) fault(file, 'is missing');
    else if (sha256(readFileSync(join(folder, file))) !== hash) fault(file, 'was changed');
  }
  for (const file of readdirSync(folder)) {
    if (file !== 'manifest.json' && !manifest.files?.[file]) fault(file, 'is no file of the bundle');
  }
}

/** The hash of a decision's record: customer and emotions are in it by a salted hash, so that they can be erased. */
function hashOfRecord(record) {
  if (typeof record.salt !== 'string' || record.private_hash !== undefined) return sha256(canonical(record));
  const { user_id, trace_id, salt, full, counts, outcomes, basis, ...rest } = record;
  const { reasons, recourse, evidence, weights, ...facts } = rest;
  const explanation = { reasons, recourse, evidence, weights };
  const counted = basis === 'full';
  const erasable = {
    user_id,
    trace_id,
    full,
    emotions: counts.emotions,
    outcome: outcomes.full,
    ...(counted ? explanation : {}),
  };
  return sha256(
    canonical({
      ...facts,
      basis,
      counts: { transactions: counts.transactions },
      outcomes: { twin: outcomes.twin },
      ...(counted ? { reasons: reasons.map(({ code }) => ({ code })) } : explanation),
      private_hash: sha256(`${salt}${canonical(erasable)}`),
    }),
  );
}

/** Whether a record was erased that had no salt: its hash is of what is gone. */
function isUnproven({ unproven, schema, private_hash, salt, user_id }) {
  const isErased = salt === undefined && user_id === undefined && private_hash === '';
  return unproven === true && schema === 1 && isErased;
}

/** Follows the links of a chain; returns them by position. */
function checkChain(file) {
  const links = new Map();
  for (const { before, links: segment } of read(file) ?? []) {
    let { position, link } = before;
    if (position === 0 && link !== START) fault(file, 'the chain begins with another link than its start');
    for (const next of segment) {
      const computed = sha256(`${link}${next.record_hash}${next.seal ?? ''}`);
      if (next.position !== position + 1) fault(file, `position ${position + 1} is missing`);
      if (next.link !== computed)
        fault(file, `the link at position ${next.position} does not fit the one before`);
      ({ position, link } = next);
      links.set(position, next);
    }
  }
  return links;
}

/** The row tells the reasons of the record, in the words of the policy; no hash is over the row's words. */
function checkReasons({ reasons = [] }, record, policy, prefix) {
  const untold = reasons.map(({ message: _, ...reason }) => reason);
  if (canonical(untold) !== canonical(record.reasons)) {
    fault(`${prefix}row.json`, `has other reasons than ${prefix}record.json`);
  }
  for (const { code, message } of reasons) {
    const texts = Object.entries(policy?.reasons ?? {}).find(([name]) => name === code)?.[1];
    if (texts && message !== undefined && !Object.values(texts).includes(message)) {
      fault(`${prefix}row.json`, `tells the reason ${code} in other words than policy.json`);
    }
  }
}

/** The files of a denial that was overridden have the prefix `denial-`; its policy is that of the override. */
function checkDecision(links, prefix = '') {
  const [rowFile, recordFile] = [`${prefix}row.json`, `${prefix}record.json`];
  const row = read(rowFile);
  const record = read(recordFile);
  const policy = read('policy.json');
  if (row === null || record === null) return;
  if (record.analysis_id !== row.analysis_id) fault(recordFile, `is of another analysis than ${rowFile}`);
  const hadNoSalt = isUnproven(record);
  if (!hadNoSalt && hashOfRecord(record) !== row.record_hash) fault(recordFile, 'does not have its hash');
  if (policy !== null && sha256(canonical(policy)) !== record.versions.policy_hash) {
    fault('policy.json', 'is not the document that the decision was made by');
  }
  if (policy === null) proved.push('policy.json has no policy: what the decision was made by is not shown');
  checkReasons(row, record, policy, prefix);
  if (row.position === null) return proved.push('the decision was not linked yet: its hash proves it alone');
  const link = links.get(row.position);
  if (!link) return fault('chain-decisions.json', `has no link at position ${row.position}`);
  if (link.record_hash !== row.record_hash) fault(rowFile, 'has another hash than the chain');
  const { created_at, linked_at, offer_id } = row;
  if (link.seal !== null && link.seal !== sha256(canonical({ created_at, linked_at, offer_id }))) {
    fault(rowFile, 'has another time or offer than the chain sealed');
  }
  if (hadNoSalt && link.seal !== null) {
    fault(recordFile, 'has no hash, as only records from before seals do, but its link has a seal');
  }
  if (hadNoSalt) return proved.push(`nothing proves what is left of the decision ${row.analysis_id}`);
  proved.push(`the decision ${row.analysis_id} is the one that was linked at position ${row.position}`);
}

/** What an operator may not change of a denial; emotions and identity are gone from one that was erased. */
const FACTS = ['versions', 'jurisdiction', 'consents', 'window', 'effect', 'twin'];

function checkOverride() {
  const record = read('record.json');
  if (!record?.override) return;
  if (!existsSync(join(folder, 'denial-record.json'))) {
    return fault('denial-record.json', 'is missing: record.json is of a decision in its place');
  }
  const denial = read('denial-record.json');
  const row = read('denial-row.json');
  if (denial === null || row === null) return;
  const { analysis_id, record_hash } = record.override;
  if (analysis_id !== denial.analysis_id || record_hash !== row.record_hash) {
    fault('denial-record.json', 'is not the denial that record.json overrides');
  }
  const names = record.full === undefined || denial.full === undefined ? FACTS : [...FACTS, 'full'];
  for (const name of names) {
    if (canonical(record[name] ?? null) !== canonical(denial[name] ?? null)) {
      fault('record.json', `has another ${name} than denial-record.json, in the place of which it stands`);
    }
  }
}

function checkActs(links) {
  const acts = read('acts.json') ?? [];
  for (const { position, ...act } of acts) {
    const { id, created_at, actor_kind, actor, subject_kind, subject_id, private_hash, details } = act;
    const hashed = { id, created_at, actor_kind, actor, act: act.act, subject_kind, subject_id };
    const writer = act.written_by ? { written_by: act.written_by } : {};
    if (sha256(canonical({ ...hashed, private_hash, details, ...writer })) !== act.record_hash) {
      fault('acts.json', `the act ${id} does not have its hash`);
    }
    const { customer_id, reason, salt } = act;
    if (salt !== null && sha256(`${salt}${canonical({ customer_id, reason })}`) !== private_hash) {
      fault('acts.json', `the act ${id} has another customer or reason than its hash`);
    }
    if (position === null) continue;
    const link = links.get(position);
    if (link?.record_hash !== act.record_hash)
      fault('acts.json', `the act ${id} is not the one that was linked`);
  }
  proved.push(`${acts.length} acts are those that were linked`);
  return acts;
}

/** A restore as an act has it that was linked, of the time of the anchor; none speaks for anchors after itself. */
function restoreOf({ at }, acts) {
  return acts.find(({ act, actor_kind, position, created_at, details }) => {
    if (act !== 'database.restore' || actor_kind !== 'operator' || position === null) return false;
    return details.lost_from <= at && at <= details.lost_until && at <= created_at;
  });
}

function checkAnchors({ chain, links, acts }, anchors, from) {
  let count = 0;
  for (const anchor of anchors) {
    const { position, link } = anchor[chain];
    const own = links.get(position);
    if (!own) continue;
    count += 1;
    if (own.link === link) continue;
    const sentence = `the anchor of ${anchor.at} has another link of ${chain} at ${position}`;
    const restore = restoreOf(anchor, acts);
    if (restore === undefined) fault(from, sentence);
    else {
      const { id, actor, created_at, reason } = restore;
      lost.push(
        `${from}: ${sentence}: a restore of the database has lost what it is of, as ${actor} entered at ` +
          `${created_at} (act ${id}: ${reason ?? 'without a reason'})`,
      );
    }
  }
  if (count > 0) proved.push(`${count} anchors of ${from} fit the chain of ${chain}`);
  else if (links.size > 0) {
    const [last] = [...links.values()].slice(-1);
    proved.push(
      `no anchor of ${from} is among these links of ${chain}; the last is ${last.position} ${last.link}`,
    );
  }
}

checkFiles();
const chains = { decisions: checkChain('chain-decisions.json'), acts: checkChain('chain-acts.json') };
if (existsSync(join(folder, 'record.json'))) checkDecision(chains.decisions);
if (existsSync(join(folder, 'denial-record.json'))) checkDecision(chains.decisions, 'denial-');
if (existsSync(join(folder, 'record.json'))) checkOverride();
const acts = checkActs(chains.acts);
const sources = [['anchors.json', read('anchors.json') ?? []]];
if (ownAnchors !== undefined) {
  const lines = readFileSync(ownAnchors, 'utf8').split('\n');
  sources.push([ownAnchors, lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line))]);
}
for (const [from, anchors] of sources) {
  for (const chain of ['decisions', 'acts'])
    checkAnchors({ chain, links: chains[chain], acts }, anchors, from);
}
for (const sentence of faults.length > 0 ? faults : proved) console.log(sentence);
for (const sentence of lost) console.log(sentence);
const aside =
  lost.length > 0 ? `, but for ${lost.length} links of anchors that a restore has lost: see README.md` : '';
console.log(faults.length > 0 ? `NOT VALID: ${faults.length} faults: see README.md` : `valid${aside}`);
process.exitCode = faults.length > 0 ? 1 : 0;
