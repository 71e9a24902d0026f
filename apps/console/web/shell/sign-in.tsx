import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Operator } from '../../../../sdk/contracts/operator.ts';
import { textOf } from '../ui/dialog.tsx';
import { begin, isProviderOffered, PROVIDER_URL, signIn, type Standing } from './session.ts';
import { Fault } from '../ui/states.tsx';
import { Words } from '../ui/texts.tsx';
import { useTitle } from './title.ts';

export function SignIn() {
  useTitle('Sign in');
  return (
    <main class="sign-in">
      <h1>ECS console</h1>
      <SignInForm name="" />
      <p class="hint">
        An account is made by <code>ecs operators add NAME --role ROLE</code>.
      </p>
    </main>
  );
}

/** In front of pages whose session is over, or another's: they go on where the same operator signs in. */
export function SignInAgain(props: { account: Operator; session: Exclude<Standing, { is: 'open' }> }) {
  const { account, session } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const focused = useRef(document.activeElement as HTMLElement | null);
  // Before the form takes the keyboard to its password: a modal takes it to its first field.
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return () => focused.current?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="again"
      aria-labelledby="again-title"
      onCancel={(event) => event.preventDefault()}
      // Browsers let a second Escape close it all the same.
      onClose={() => dialog.current?.isConnected && dialog.current.showModal()}
    >
      <h2 id="again-title">Sign in again</h2>
      {session.is === 'over' ? (
        <p>
          The session of <Words of={account.name} /> is over.
        </p>
      ) : (
        <p>
          <Words of={session.by.account.name} /> has signed in in this browser. The page is of{' '}
          <Words of={account.name} />, and does nothing in the name of another.
        </p>
      )}
      <p>
        It goes on as it was, with what was typed, once {account.name} signs in. Anybody else begins anew.
      </p>
      <SignInForm name={account.name}>
        {session.is === 'replaced' && (
          <button type="button" onClick={() => begin(session.by)}>
            Go on as {session.by.account.name}
          </button>
        )}
      </SignInForm>
    </dialog>
  );
}

function SignInForm({ name, children }: { name: string; children?: ComponentChildren }) {
  const [fault, setFault] = useState<string | null>(faultOfProvider);
  const [isOffered, setIsOffered] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLInputElement>(name ? '[type=password]' : '[name=name]')?.focus();
    void isProviderOffered().then(setIsOffered);
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setIsBusy(true);
    setFault(await signIn(textOf(fields, 'name'), textOf(fields, 'password')));
    setIsBusy(false);
  };
  return (
    <form ref={form} onSubmit={(event) => void submit(event)}>
      <label>
        Name
        <input name="name" defaultValue={name} autocomplete="username" required maxLength={63} />
      </label>
      <label>
        Password
        <input name="password" type="password" autocomplete="current-password" required maxLength={128} />
      </label>
      <Fault of={fault} />
      <button type="submit" class="primary" disabled={isBusy}>
        {isBusy ? 'Signing in' : 'Sign in'}
      </button>
      {children}
      {isOffered && (
        <p>
          {/* Beside pages that go on: the way to the provider leaves the page. */}
          <a href={PROVIDER_URL} target={name ? '_blank' : undefined} rel="noreferrer">
            Sign in at the provider of your organization
          </a>
        </p>
      )}
    </form>
  );
}

/** After a way back from the provider that led to no session. */
const faultOfProvider = () =>
  new URLSearchParams(location.search).get('sign-in') === 'failed'
    ? 'The sign-in at the provider did not work, or its account has no role here.'
    : null;
