import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import type { Operator } from '../../../../sdk/contracts/operator.ts';
import type { Page } from '../page.ts';
import { formatTime } from '../ui/format.ts';
import { Fault } from '../ui/states.tsx';
import { noteLeft, refresh } from './loaded-at.ts';
import { Notices } from './notices.tsx';
import { signOut } from './session.ts';

/** Header, navigation, and the page between them. */
export function Layout(props: { pages: readonly Page[]; account: Operator; children: ComponentChildren }) {
  const { pages, account, children } = props;
  const [location] = useLocation();
  const [isOpen, setIsOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    setIsOpen(false);
    noteLeft();
    // After a click on a link the reader goes on in the new page, not at the top of the document.
    if (isFirst.current) isFirst.current = false;
    else main.current?.focus();
  }, [location]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="top">
        <button
          type="button"
          class="menu"
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setIsOpen(!isOpen)}
        >
          Menu
        </button>
        <strong>ECS console</strong>
        <Account account={account} />
      </header>
      <div class="frame">
        <nav id="navigation" aria-label="Pages" class={isOpen ? 'open' : ''}>
          <ul>
            {pages
              .filter(({ isListed }) => isListed)
              .map((page) => (
                <li key={page.path}>
                  <PageLink page={page} location={location} />
                </li>
              ))}
          </ul>
        </nav>
        <main id="main" ref={main} tabIndex={-1}>
          <PrintedBy name={account.name} />
          <Notices />
          {children}
        </main>
      </div>
    </>
  );
}

function PageLink({ page: { path, title }, location }: { page: Page; location: string }) {
  const isCurrent = location === path || location.startsWith(`${path}/`);
  // The page in sight is loaded again: another entry of the history would lose its filters.
  const loadAgain = (event: MouseEvent) => {
    if (location !== path) return;
    event.preventDefault();
    refresh();
  };
  return (
    <Link href={path} onClick={loadAgain} aria-current={isCurrent ? 'page' : undefined}>
      {title}
    </Link>
  );
}

/** On paper alone: where it is from, by whom, and of which moment. */
function PrintedBy({ name }: { name: string }) {
  const line = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    const fill = () => {
      const text = `ECS console, ${location.href}: printed by ${name}, ${formatTime(Date.now())}`;
      if (line.current) line.current.textContent = text;
    };
    addEventListener('beforeprint', fill);
    return () => removeEventListener('beforeprint', fill);
  }, [name]);
  return <p class="printed" ref={line} />;
}

function Account({ account }: { account: Operator }) {
  const [fault, setFault] = useState<string | null>(null);
  return (
    <details class="who">
      <summary>{account.name}</summary>
      <div>
        <p>
          <strong>{account.name}</strong>
          <br />
          {account.roles.join(', ') || 'no role'}
          <br />
          signed in until {formatTime(account.token_expires_at)}
        </p>
        <button type="button" onClick={() => void signOut().then(setFault)}>
          Sign out
        </button>
        <Fault of={fault} />
      </div>
    </details>
  );
}
