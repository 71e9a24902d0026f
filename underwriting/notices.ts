import type { CreditType } from '../sdk/contracts/credit.ts';
import type { Locale } from './policy/policy-document.ts';

/** Returns the texts of the notification that tells a customer of an active limit. */
export function activationNotice(
  { creditLimit, interestRate, creditType }: Limit,
  locale: Locale,
): { title: string; message: string } {
  const { title, terms, message } = ACTIVE[locale];
  const amounts = AMOUNTS[locale];
  return {
    title,
    message: message(terms[creditType], amounts.format(creditLimit), amounts.format(interestRate)),
  };
}

/** Returns the texts of the notification that tells a customer of a denial, with its principal reason. */
export function denialNotice(
  denial: { reason: string | null },
  locale: Locale,
): { title: string; message: string } {
  const { title, message, more } = DENIED[locale];
  return { title, message: [message, denial.reason, more].filter((text) => text !== null).join(' ') };
}

/** Returns the texts of the notification that tells a customer of a closed limit. */
export function closingNotice(
  closing: { creditLimit: number; reason: string },
  locale: Locale,
): { title: string; message: string } {
  const { title, ...texts } = CLOSED[locale];
  const limit = AMOUNTS[locale].format(closing.creditLimit);
  const byReason: Record<string, LimitText> = { withdrawn: texts.withdrawn, closed_by_operator: texts.byUs };
  const text = byReason[closing.reason] ?? texts.closed;
  return { title, message: text(limit) };
}

/** Returns the texts of the notification that tells a customer of a decided review. */
export function reviewNotice(
  review: { outcome: 'upheld' | 'overridden'; creditLimit: number | null },
  locale: Locale,
): { title: string; message: string } {
  const { title, upheld, overridden } = REVIEWED[locale];
  if (review.outcome === 'upheld' || review.creditLimit === null) return { title, message: upheld };
  return { title, message: overridden(AMOUNTS[locale].format(review.creditLimit)) };
}

interface Limit {
  creditLimit: number;
  /** Percent a year. */
  interestRate: number;
  creditType: CreditType;
}

interface ActivationTexts {
  title: string;
  terms: Record<CreditType, string>;
  message: (term: string, limit: string, rate: string) => string;
}

const ACTIVE: Record<Locale, ActivationTexts> = {
  en: {
    title: 'Your credit limit is active',
    terms: { LONG_TERM_PERSONAL_LOAN: 'long-term', SHORT_TERM_PERSONAL_LOAN: 'short-term' },
    message: (term, limit, rate) =>
      `Your ${term} credit limit of ${limit} at ${rate} % a year can be used now.`,
  },
  'pt-BR': {
    title: 'Seu limite de crédito está ativo',
    terms: { LONG_TERM_PERSONAL_LOAN: 'longo prazo', SHORT_TERM_PERSONAL_LOAN: 'curto prazo' },
    message: (term, limit, rate) =>
      `Seu limite de crédito de ${term} no valor de ${limit}, a ${rate} % ao ano, já pode ser usado.`,
  },
};

const DENIED: Record<Locale, { title: string; message: string; more: string }> = {
  en: {
    title: 'Your credit application was denied',
    message: 'We cannot offer you a credit limit now.',
    more:
      'The decision has all reasons, and the change that would turn it where one is known. ' +
      'You may ask for a person to review it.',
  },
  'pt-BR': {
    title: 'Seu pedido de crédito foi negado',
    message: 'Não podemos oferecer um limite de crédito agora.',
    more:
      'A decisão traz todos os motivos e, quando se conhece, a mudança que a inverteria. ' +
      'Você pode pedir que uma pessoa a revise.',
  },
};

type LimitText = (limit: string) => string;

const CLOSED: Record<Locale, { title: string; withdrawn: LimitText; closed: LimitText; byUs: LimitText }> = {
  en: {
    title: 'Your credit limit is closed',
    withdrawn: (limit) => `You have withdrawn from your credit limit of ${limit}. It can no longer be used.`,
    closed: (limit) => `Your credit limit of ${limit} is closed. It can no longer be used.`,
    byUs: (limit) => `We have closed your credit limit of ${limit}. It can no longer be used.`,
  },
  'pt-BR': {
    title: 'Seu limite de crédito foi encerrado',
    withdrawn: (limit) => `Você desistiu do seu limite de crédito de ${limit}. Ele não pode mais ser usado.`,
    closed: (limit) => `Seu limite de crédito de ${limit} foi encerrado. Ele não pode mais ser usado.`,
    byUs: (limit) => `Encerramos o seu limite de crédito de ${limit}. Ele não pode mais ser usado.`,
  },
};

const REVIEWED: Record<Locale, { title: string; upheld: string; overridden: LimitText }> = {
  en: {
    title: 'Your credit decision was reviewed',
    upheld: 'A person has reviewed the denial of your credit application, and it stands.',
    overridden: (limit) =>
      `A person has reviewed the denial of your credit application: we offer you a credit limit of ${limit}.`,
  },
  'pt-BR': {
    title: 'Sua decisão de crédito foi revisada',
    upheld: 'Uma pessoa revisou a recusa do seu pedido de crédito, e ela foi mantida.',
    overridden: (limit) =>
      `Uma pessoa revisou a recusa do seu pedido de crédito: oferecemos um limite de ${limit}.`,
  },
};

const DIGITS = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
const AMOUNTS: Record<Locale, Intl.NumberFormat> = {
  en: new Intl.NumberFormat('en-US', DIGITS),
  'pt-BR': new Intl.NumberFormat('pt-BR', DIGITS),
};
